"""The letter that tells a payee the rules and objectives of a period, in French and in English.

The frame of the letter stands here in both languages and not in the translation files: the French
text is the one that counts, so it may never depend on whether a translation is complete. The rules
themselves are the words that are generated from the plan (incentives/plans/wording.py).

The last line is the reference: a digest of what the letter says (plan, days, objectives), not of
how it says it, so that a better wording of the product makes no new letter necessary.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from django.utils import translation
from django.utils.translation import gettext

from common.formats import day_text, in_unit_text, money_text, percent_text
from incentives.calc import Plan
from incentives.calc.steps import MECHANICS
from incentives.gathering.inputs import objectives_read
from incentives.gathering.payees import Payee
from incentives.gathering.targets import value_of
from incentives.models import PlanVersion
from incentives.plans.wording import meanings, plan_words
from kernel.periods import Period
from kernel.trace import sha256_of
from kpis.queries.catalogue import Catalogue

REFERENCE_LENGTH = 64
NAMES = re.compile(r"\{\w+\}")
FRAME: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "title": "Règles et objectifs de la rémunération variable",
        "to": "Pour : {name}",
        "company": "Employeur : {company}",
        "days": "Période : du {first} au {last}",
        "part": "Jours payés par ce plan : {days}",
        "span": "du {first} au {last}",
        "plan": "Plan : {plan}, version {number}",
        "objectives": "Objectifs de la période",
        "no_objectives": "Ce plan ne dépend d'aucun objectif.",
        "objective": "{name} : {target}",
        "unset": "{name} : pas encore fixé",
        "rules": "Règles de calcul, dans l'ordre",
        "names": "D'où viennent les valeurs",
        "meaning": "{name} : {source}",
        "counts": "Le texte français fait foi ; l'anglais n'est qu'une copie de courtoisie.",
        "replaces": "Cette notice remplace celle publiée le {day}.",
        "reference": "Référence : {reference}",
    },
    "en": {
        "title": "Rules and objectives of variable pay",
        "to": "For: {name}",
        "company": "Employer: {company}",
        "days": "Period: {first} to {last}",
        "part": "Days paid by this plan: {days}",
        "span": "{first} to {last}",
        "plan": "Plan: {plan}, version {number}",
        "objectives": "Objectives of the period",
        "no_objectives": "This plan depends on no objective.",
        "objective": "{name}: {target}",
        "unset": "{name}: not set yet",
        "rules": "Rules of calculation, in order",
        "names": "Where the values come from",
        "meaning": "{name}: {source}",
        "counts": "The French text is the one that counts; this English copy is a courtesy.",
        "replaces": "This notice replaces the one published on {day}.",
        "reference": "Reference: {reference}",
    },
}


@dataclass(frozen=True, slots=True)
class Letter:
    """What a payee is to be told: who, by which plan, for which days; `plan` is the document."""

    payee: Payee
    version: PlanVersion
    plan: Plan
    days: Period
    company: str
    currency: str
    catalogue: Catalogue
    replaces_on: date | None = None

    def text(self, language: str) -> str:
        """The letter in a language (fr, en), its lines ended by the reference."""
        with translation.override(language):
            return "\n".join(_lines(self, language, FRAME[language]))


def sentences_not_in_french(plan: Plan) -> list[str]:
    """The sentences of a plan's rules that have no French yet; such a letter would not count.

    Sentences that are only a figure ("{amount}.") are the same in both languages.
    """
    mechanics = {
        placed.mechanic
        for steps in (*(part.steps for part in plan.components), plan.steps)
        for placed in steps
    }
    sentences = [MECHANICS[one].sentence for one in sorted(mechanics)]
    with translation.override("fr"):
        return [
            one
            for one in sentences
            if gettext(one) == one and any(map(str.isalpha, NAMES.sub("", one)))
        ]


def reference_of(payee: Payee, plan_sha256: str, days: Period) -> str:
    """A digest of what the letter to a payee says; another one when anything of it changes."""
    return sha256_of(
        {
            "person": payee.person_id,
            "plan": plan_sha256,
            "period": [days.start.isoformat(), days.end.isoformat()],
            "days": [[one.start.isoformat(), one.end.isoformat()] for one in payee.spans],
            "objectives": [[key, [list(part) for part in parts]] for key, parts in
                           payee.objectives],
        }
    )  # fmt: skip


def _lines(letter: Letter, language: str, frame: Mapping[str, str]) -> Iterator[str]:
    plan, version, payee = letter.plan, letter.version, letter.payee
    yield frame["title"]
    yield ""
    yield frame["to"].format(name=payee.name)
    yield frame["company"].format(company=letter.company)
    yield _span(frame["days"], letter.days)
    if payee.spans != (letter.days,):
        told = ", ".join(_span(frame["span"], one) for one in payee.spans)
        yield frame["part"].format(days=told)
    yield frame["plan"].format(plan=plan.name[language], number=version.number)
    if letter.replaces_on is not None:
        yield frame["replaces"].format(day=day_text(letter.replaces_on))
    yield from ("", f"# {frame['objectives']}")
    yield from _objectives(letter, language, frame)
    yield from ("", f"# {frame['rules']}")
    yield from _rules(plan)
    yield from ("", f"# {frame['names']}")
    for one in meanings(plan):
        source = _in_words(one.source, letter.catalogue, language)
        yield "- " + frame["meaning"].format(name=one.name, source=source)
    yield from ("", frame["counts"])
    reference = reference_of(payee, version.sha256, letter.days)
    yield frame["reference"].format(reference=reference)


def _in_words(source: str, catalogue: Catalogue, language: str) -> str:
    """Where a value comes from, with the name of a KPI where the plan has its key."""
    before, colon, key = source.rpartition(": ")
    kpi = catalogue.kpis.get(key)
    if kpi is None:
        return source
    return f"{before}{colon}{kpi.name_fr if language == 'fr' else kpi.name_en}"


def _span(text: str, days: Period) -> str:
    last = days.end - timedelta(days=1)
    return text.format(first=day_text(days.start), last=day_text(last))


def _objectives(letter: Letter, language: str, frame: Mapping[str, str]) -> Iterator[str]:
    """The objectives that are set, then those that the plan reads and nobody has set."""
    found = dict(letter.payee.objectives)
    kpis = letter.catalogue.kpis
    missing = sorted(objectives_read(letter.plan) - found.keys())
    if not found and not missing:
        yield frame["no_objectives"]
    for key in [*found, *missing]:
        kpi = kpis.get(key)
        name = key if kpi is None else (kpi.name_fr if language == "fr" else kpi.name_en)
        if key in found:
            unit = kpi.unit if kpi else "number"
            target = _target(value_of(found[key]), unit, letter.currency)
            yield "- " + frame["objective"].format(name=name, target=target)
        else:
            yield "- " + frame["unset"].format(name=name)


def _target(value: Fraction, unit: str, currency: str) -> str:
    """A target without any rounding that could be told from the one in force."""
    if unit == "money":
        return money_text(value, currency, 0 if value.denominator == 1 else None)
    return percent_text(value, 4) if unit == "percent" else in_unit_text(value, unit)


def _rules(plan: Plan) -> Iterator[str]:
    for part in plan_words(plan):
        note = f" ({part['note']})" if part["note"] else ""
        yield f"## {part['title']}{note}"
        for number, step in enumerate(part["steps"], start=1):
            yield f"{number}. {step['text']}"
            for item in step["items"]:
                yield f"   - {item}"
