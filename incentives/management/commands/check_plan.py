"""``python manage.py check_plan --plan FILE [--profile fr] [--previous FILE]``: no database."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation
from django.utils.translation import gettext as _

from common.commands import add_language, in_language, texts_of_files
from common.issues import localized, text_of
from incentives.calc import Plan, check_examples, parse_plan, review_plan
from incentives.calc.exposure import exposure_of
from incentives.calc.profile import Finding, Profile, profile_of
from incentives.calc.profile_checks import check_profile
from incentives.calc.profile_facts import read_facts
from kernel.documents import Document, load_text
from kernel.issues import Invalid, Issue, Level


class Command(BaseCommand):
    """All that is to be said about a plan before it pays anybody."""

    help = "Check a plan: mistakes, failing examples, cliffs and idle limits, a legal profile."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The plan, the profile with what it needs to know, --json for a program."""
        parser.add_argument("--plan", required=True, help="plan document, YAML or JSON")
        parser.add_argument("--profile", default="", help="a legal profile: fr")
        parser.add_argument("--previous", default="", help="the version published before")
        parser.add_argument("--facts", default="", help="notices, start and shares, YAML or JSON")
        parser.add_argument("--json", action="store_true", help="one JSON object")
        add_language(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print every issue; exit code 1 when one of them is an error or blocks."""
        with in_language(options):
            profile = _profile(options["profile"])
            issues, findings, plan = _checked(options, profile)
            language = translation.get_language() or "en"
            if options["json"]:
                self._write_json(issues, findings, plan, profile, language)
            else:
                self._write(issues, findings, profile, language)
        if any(one.level is Level.ERROR for one in issues) or any(f.blocks for f in findings):
            sys.exit(1)

    def _write(
        self,
        issues: Sequence[Issue],
        findings: Sequence[Finding],
        profile: Profile | None,
        language: str,
    ) -> None:
        for issue in [*issues, *(one.issue(language) for one in findings)]:
            self.stdout.write(f"{issue.level.value}: {text_of(issue)}")
        if not issues and not findings:
            self.stdout.write(_("Nothing to remark."))
        if profile is not None:
            self.stdout.write(f"{profile.key} {profile.version}: {profile.note[_tongue(language)]}")

    def _write_json(
        self,
        issues: Sequence[Issue],
        findings: Sequence[Finding],
        plan: Plan | None,
        profile: Profile | None,
        language: str,
    ) -> None:
        body: dict[str, Any] = {
            "ok": not any(one.level is Level.ERROR for one in issues)
            and not any(one.blocks for one in findings),
            "plan": None if plan is None else plan.hash,
            "issues": [localized(issue) for issue in issues],
            "profile": None,
        }
        if profile is not None:
            tongue = _tongue(language)
            body["profile"] = {
                "key": profile.key,
                "version": profile.version,
                "note": profile.note[tongue],
                "findings": [one.as_json(tongue) for one in findings],
            }
        self.stdout.write(json.dumps(body, indent=2, ensure_ascii=False, sort_keys=True))


def _tongue(language: str) -> str:
    return "fr" if language.startswith("fr") else "en"


def _profile(key: str) -> Profile | None:
    if not key:
        return None
    profile = profile_of(key)
    if profile is None:
        raise CommandError(_("There is no profile {key}.").format(key=key))
    return profile


def _checked(
    options: dict[str, Any], profile: Profile | None
) -> tuple[list[Issue], tuple[Finding, ...], Plan | None]:
    """The issues of the documents, the findings of the profile, and the plan if it is one."""
    names = [options["plan"], *(options[one] for one in ("previous", "facts") if options[one])]
    texts = dict(zip(names, texts_of_files(names), strict=True))
    issues: list[Issue] = []
    plan, written = _plan(texts[options["plan"]], options["plan"], issues)
    previous = None
    if options["previous"]:
        previous, _written = _plan(texts[options["previous"]], options["previous"], issues)
    if plan is None or written is None:
        return issues, (), None
    issues += review_plan(plan, written)
    issues += [issue.at(written.place(issue.place.path)) for issue in check_examples(plan)]
    if profile is None:
        return issues, (), plan
    try:
        facts = read_facts(texts.get(options["facts"], "{}"), exposure_of(plan))
    except Invalid as problem:
        return [*issues, *problem.issues], (), plan
    return issues, check_profile(profile, plan, previous, facts, written), plan


def _plan(text: str, name: str, issues: list[Issue]) -> tuple[Plan | None, Document | None]:
    try:
        return parse_plan(text, file=name), load_text(text, name)
    except Invalid as problem:
        issues += problem.issues
        return None, None
