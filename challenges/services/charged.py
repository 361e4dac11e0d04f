"""Each revision of a signed result is charged once: the rules say it, rows hold that nobody else
says it too."""

from collections.abc import Collection, Mapping
from datetime import datetime

from challenges.calc import Rules
from challenges.calc.charges import takers
from challenges.calc.parse_charges import stranger
from challenges.calc.records import Charge
from challenges.charging.queries import is_decided, leaves, left_of, source_id_of
from challenges.gathering.inputs import frame_of
from challenges.models import Challenge, ChargedRevision
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, Place, error, refuse_errors
from kernel.numbers import as_text

Key = tuple[int, str, str, str, str, int]
"""Source, revision, person, metric, value, number of records."""


def note_charges(challenge: Challenge, rules: Rules) -> None:
    """Bring the rows in step with rules that are being written; `Invalid` for a charge that no
    signed result leaves, or that is charged already, and for a window that begins too early for
    one.

    The caller holds the challenge's lock. A challenge that is called off takes nothing in.
    """
    known = {_key_of(row): row for row in ChargedRevision.objects.filter(into=challenge)}
    charges = () if rules.cancelled_at is not None else rules.charges
    wanted = {_key(one): (number, one) for number, one in enumerate(charges)}
    gone = [row.pk for key, row in known.items() if key not in wanted]
    new = {key: found for key, found in wanted.items() if key not in known}
    for source_id in sorted({key[0] for key in new}):
        # of two who charge the same the second waits here, and finds that it is charged
        transaction_lock("challenge-charges", source_id)
    ChargedRevision.objects.filter(pk__in=gone).delete()
    _refuse_undue(challenge, rules, wanted, frozenset(new))
    ChargedRevision.objects.bulk_create(
        ChargedRevision(
            source_id=key[0], into=challenge, revision=key[1], person_number=key[2],
            metric=key[3], value=key[4], count=key[5],
        )
        for key in new
    )  # fmt: skip


def refuse_lost(challenge: Challenge, rules: Rules, at: datetime) -> None:
    """`Invalid` for a charge that would be taken from nobody, and be due nowhere else: of somebody
    who does not play, as rules and teams are now."""
    _refuse(challenge, rules, dict(enumerate(rules.charges)), at)


def refuse_late(challenge: Challenge, rules: Rules, before: Rules, at: datetime) -> None:
    """`Invalid` for a charge that rules of a running challenge have and those of `before` had not,
    as in `refuse_lost`, and for one that a decided round would take in. What was charged in time
    stays, whoever has left since."""
    known = {_key(one) for one in before.charges}
    added = {n: one for n, one in enumerate(rules.charges) if _key(one) not in known}
    _refuse(challenge, rules, added, at, decided=True)


def _refuse(
    challenge: Challenge,
    rules: Rules,
    charges: Mapping[int, Charge],
    at: datetime,
    *,
    decided: bool = False,
) -> None:
    if not charges:
        return
    there = takers(rules, frame_of(challenge, at).roster, at)
    issues: list[Issue] = []
    for number, one in charges.items():
        place = Place(path=f"charges[{number}].person")
        if one.person not in there:
            issues.append(stranger(one.person, place))
        elif decided and is_decided(there[one.person], at):
            issues.append(_decided(one, place))
    refuse_errors(issues)


def _decided(charge: Charge, place: Place) -> Issue:
    return error(
        "challenges.charge_to_decided_round",
        N_("The round that would take in the charge of “{person}” is decided: it stays as it is."),
        N_("Charge to a challenge whose first round is not decided yet."),
        place,
        person=charge.person,
    )


def _key_of(row: ChargedRevision) -> Key:
    return (
        row.source_id, row.revision, row.person_number, row.metric, row.value, row.count,
    )  # fmt: skip


def _key(charge: Charge) -> Key:
    return (
        source_id_of(charge.origin) or 0,
        charge.revision, charge.person, charge.metric, as_text(charge.value), charge.count,
    )  # fmt: skip


def _refuse_undue(
    challenge: Challenge,
    rules: Rules,
    wanted: Mapping[Key, tuple[int, Charge]],
    new: Collection[Key],
) -> None:
    if not wanted:
        return
    sources = Challenge.objects.in_bulk({key[0] for key in wanted})
    issues: list[Issue] = []
    due = {
        (pk, one.revision, one.person, one.metric, as_text(one.value), one.count)
        for pk in sources.keys() & {key[0] for key in new}
        for one in left_of(sources[pk])
    }
    for key, (number, charge) in wanted.items():
        place = Place(path=f"charges[{number}]")
        source = sources.get(key[0])
        if source is None or source.pk == challenge.pk or not leaves(source):
            issues.append(_no_source(charge, place.under("from")))
        elif rules.start < source.ends_at:
            issues.append(too_early(source, place.under("from")))
        elif key in new and key not in due:
            issues.append(_not_due(key, charge, place.under("record")))
    if issues:
        raise Invalid(issues)


def _no_source(charge: Charge, place: Place) -> Issue:
    return error(
        "challenges.charge_from_nowhere",
        N_("“{name}” is no signed challenge that leaves something to the next period."),
        N_("Charge from the page of the signed challenge: that writes everything."),
        place,
        name=charge.origin,
    )


def too_early(source: Challenge, place: Place) -> Issue:
    """What happened in both windows would be taken away twice."""
    return error(
        "challenges.charge_too_early",
        N_("“{name}” was not over yet when this challenge begins: it may count the same records."),
        N_("Charge to a challenge that begins later."),
        place,
        name=source.name,
    )


def _not_due(key: Key, charge: Charge, place: Place) -> Issue:
    taken = ChargedRevision.objects.filter(
        source_id=key[0], revision=key[1], person_number=key[2], metric=key[3]
    ).select_related("into").first()  # fmt: skip
    if taken is not None:
        return charged_already(taken, place)
    return error(
        "challenges.not_due",
        N_("{record} does not leave {value} to be charged to “{person}”."),
        N_("Charge from the page of the signed challenge: that writes everything."),
        place,
        record=charge.revision,
        value=key[4],
        person=charge.person,
    )


def charged_already(taken: ChargedRevision, place: Place) -> Issue:
    """Who comes second is told where it went."""
    return error(
        "challenges.charged_already",
        N_("This is charged to “{name}” already."),
        N_("Each difference is charged once. Load the page again."),
        place,
        name=taken.into.name,
    )
