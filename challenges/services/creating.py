"""A new challenge, from a rules document: checked against the rules' language and the company."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from challenges.calc import Rules, parse_rules
from challenges.calc.budgets import budget_issues
from challenges.gathering import documents
from challenges.gathering.inputs import entrants_of, measures_of
from challenges.gathering.rosters import Audience
from challenges.models import Challenge, ChallengeState, Entrant
from challenges.services.arriving import refuse_slow
from challenges.services.charged import refuse_lost
from challenges.services.locking import database_clock, locked, refuse_unless
from challenges.services.scoring import score_locked
from challenges.services.versions import change_rules, clocks_of, refuse_stale, write_rules
from common import audit
from common.formats import moment_text
from kernel.issues import N_, Invalid, Issue, Place, error, refuse_errors
from kpis.queries.catalogue import catalogue
from kpis.queries.versions import metric_issues
from people import queries as people
from people.models import Person, User


@dataclass(frozen=True, slots=True)
class Draft:
    """A document that was read and checked, not yet stored."""

    rules: Rules
    text: str
    team_ids: tuple[int, ...]
    role_keys: tuple[str, ...]


def read_draft(
    document: Mapping[str, object] | str,
    *,
    team_keys: Sequence[str] | None = None,
    role_keys: Sequence[str] = (),
    changes: Challenge | None = None,
) -> Draft:
    """Read and check without storing; `Invalid` carries everything that is wrong.

    What the document leaves open comes from the company: time zone, working days and holidays.
    The teams that play are `team_keys` (with all teams below), or those that the document names,
    or all. Metrics, people, teams and roles must exist. The challenge that the document `changes`
    keeps its metrics as they were frozen, whatever has become of them since.
    """
    text, plain = _completed(document)
    rules = parse_rules(plain, text)
    teams = {team.key: team.id for team in people.team_tree()}
    named = team_keys if team_keys is not None else rules.entrants.teams
    audience = tuple(named) if named is not None else _roots()
    refuse_errors(
        [
            *_metric_issues(rules, changes),
            *_unknown("teams", {*audience, *(rules.entrants.teams or ())}, teams),
            *_unknown("people", set(rules.entrants.people or ()), _numbers()),
            *_unknown("roles", set(role_keys), {role.key for role in people.roles()}),
            *_early_facts(rules),
            *_stated_baselines(rules),
        ]
    )
    ids = tuple(sorted({teams[key] for key in audience}))
    refuse_errors(budget_issues(rules, entrants_of(rules, Audience(ids, tuple(role_keys)))))
    return Draft(rules, text or documents.write(plain), ids, tuple(sorted(set(role_keys))))


def _completed(document: Mapping[str, object] | str) -> tuple[str | None, documents.Document]:
    """The document with the company's zone and calendar; its own text when nothing was added."""
    written = document if isinstance(document, str) else None
    plain = documents.read(document) if isinstance(document, str) else dict(document)
    company = people.company()
    calendar = {"country": company.country}
    if company.subdivision:
        calendar["subdivision"] = company.subdivision
    defaults: documents.Document = {"timezone": company.timezone, "calendar": calendar}
    missing = {key: value for key, value in defaults.items() if key not in plain}
    return (None if missing else written), {**plain, **missing}


def _roots() -> tuple[str, ...]:
    return tuple(team.key for team in people.team_tree() if team.parent_id is None)


def _numbers() -> set[str]:
    return {one.number for one in people.directory()}


def _metric_issues(rules: Rules, changes: Challenge | None) -> list[Issue]:
    known = catalogue(rules.start.astimezone(rules.zone).date())
    if changes is not None:
        known = measures_of(changes, known)
    place = Place(path="score.metric")
    return [issue.at(place) for issue in metric_issues(rules.metrics, known)]


def _unknown(kind: str, wanted: Collection[str], known: Collection[str]) -> list[Issue]:
    return [
        error(
            "challenges.unknown",
            N_("“{name}” is not known here."),
            N_("Check the spelling, or create it first."),
            Place(path=f"entrants.{kind}"),
            name=name,
        )
        for name in sorted(wanted)
        if name not in known
    ]


def _early_facts(rules: Rules) -> list[Issue]:
    """A new challenge cannot be signed or cancelled already."""
    stated = {"official_at": rules.official_at, "cancelled_at": rules.cancelled_at}
    return [
        error(
            "challenges.not_yet",
            N_("A new challenge has no “{key}”: that is written when it happens."),
            N_("Remove it from the document."),
            Place(path=key),
            key=key,
        )
        for key, moment in stated.items()
        if moment is not None
    ]


def _stated_baselines(rules: Rules) -> list[Issue]:
    """Files of `score_challenge` state a baseline for each one; here nobody has one."""
    asked = rules.format.baselines(rules.params)
    if asked is None or asked.window is not None:
        return []
    key = "placed_by" if rules.format.key == "tiered_leagues" else "baseline"
    return [
        error(
            "challenges.no_stated_baselines",
            N_("No baselines are stated here: they come from the records of an earlier window."),
            N_("Write an earlier window with “start” and “end” instead of “roster”."),
            Place(path=f"score.{key}"),
        )
    ]


@transaction.atomic
def create_challenge(
    *,
    actor: User | None,
    document: Mapping[str, object] | str,
    team_keys: Sequence[str] | None = None,
    role_keys: Sequence[str] = (),
    targets: Mapping[str, Decimal] | None = None,
) -> Challenge:
    """A draft. `document` is YAML or JSON text, or plain data (docs/formats/challenge.md).

    `role_keys` limits who plays (without any: everybody in the teams who does not lead);
    `targets` are own targets of this challenge by person number. `Invalid` as in `read_draft`.
    """
    draft = read_draft(document, team_keys=team_keys, role_keys=role_keys)
    challenge = Challenge(created_by=actor, role_keys=list(draft.role_keys))
    challenge.starts_at, challenge.ends_at = draft.rules.start, draft.rules.end
    challenge.cut_off_at = draft.rules.cut_off_at
    challenge.save()
    challenge.teams.set(draft.team_ids)
    rules = write_rules(challenge, draft.text, actor=actor, reason="", number=1)
    challenge.save()
    refuse_lost(challenge, rules, database_clock())
    _set_targets(challenge, targets or {})
    audit.record(
        actor=actor,
        action="challenge.create",
        subject=challenge,
        after={**_described(challenge, draft), "targets": dict(targets or {})},
    )
    return challenge


def _described(challenge: Challenge, draft: Draft) -> dict[str, object]:
    return {
        **clocks_of(challenge),
        "name": challenge.name,
        "rules_sha256": draft.rules.sha256,
        "team_ids": list(draft.team_ids),
        "role_keys": list(draft.role_keys),
    }


def _set_targets(challenge: Challenge, targets: Mapping[str, Decimal]) -> None:
    refuse_errors(_unknown("people", targets, _numbers()))
    ids = dict(Person.objects.filter(number__in=targets).values_list("number", "pk"))
    Entrant.objects.bulk_create(
        Entrant(challenge=challenge, person_id=ids[number], target=target)
        for number, target in sorted(targets.items())
    )


@transaction.atomic
def change_draft(
    *,
    actor: User | None,
    challenge: Challenge,
    document: Mapping[str, object] | str,
    team_keys: Sequence[str] | None = None,
    role_keys: Sequence[str] = (),
    based_on: int | None = None,
    at: datetime | None = None,
) -> Challenge:
    """Replace everything of a challenge that has not started; afterwards only an amendment can.
    `based_on` as in `amend_challenge`. `Invalid` when the window has begun, though no timer has
    said so yet."""
    challenge = locked(challenge.pk)
    refuse_unless(challenge, ChallengeState.DRAFT, ChallengeState.SCHEDULED)
    refuse_stale(challenge, based_on)
    moment = at or database_clock()
    if challenge.state == ChallengeState.SCHEDULED:
        _refuse_begun(challenge, moment)
    draft = read_draft(document, team_keys=team_keys, role_keys=role_keys, changes=challenge)
    before = clocks_of(challenge)
    challenge.role_keys = list(draft.role_keys)
    rules = change_rules(challenge, documents.read(draft.text), actor=actor, reason="")
    challenge.teams.set(draft.team_ids)
    refuse_lost(challenge, rules, moment)
    if challenge.state == ChallengeState.SCHEDULED:
        refuse_slow(challenge, moment)
        score_locked(challenge, moment)
    audit.record(
        actor=actor,
        action="challenge.change_draft",
        subject=challenge,
        before=before,
        after=_described(challenge, draft),
    )
    return challenge


def _refuse_begun(challenge: Challenge, at: datetime) -> None:
    if at >= challenge.starts_at:
        raise Invalid(
            error(
                "challenges.begun",
                N_("The window began at {start}: the rules can only be amended, with a reason."),
                N_("Load the page again in a moment."),
                start=moment_text(challenge.starts_at),
            )
        )
