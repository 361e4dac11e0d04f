"""Every revision of the records that a metric counts, or once counted, in a window.

A challenge must know more than what counts now: a record that arrived after the cut-off, a deal
that was cancelled after the result was signed, the state that a correction replaced. So this gives
whole chains, and the engine of challenges decides by its own rules which revision counts.
"""
# ruff: noqa: S608 - the texts are fixed here; every value travels as a parameter in `Sql`

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from kernel.issues import N_, Invalid, Issue, error
from kernel.money import digits_of
from kernel.periods import Window
from kpis.calc.definitions import read_definition
from kpis.calc.metrics import (
    Count,
    Definition,
    SumAmount,
    SumAttribute,
    is_additive,
    is_money,
    types_of,
)
from kpis.engine.fragments import Sql, joined, rows_of
from kpis.engine.measures import number_of, only_where
from kpis.models import Metric
from kpis.queries.catalogue import Catalogue, catalogue, unknown_kpi
from people import queries as people


@dataclass(frozen=True, slots=True)
class Part:
    """What one person has of a revision; `value` in the unit of the metric (major units)."""

    person_id: int
    metric: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class RecordVersion:
    """One revision. `id` is "source:external id#revision"; `parts` is empty when it counts for
    nobody: a cancellation, or a correction to something that the metrics do not measure."""

    id: str
    supersedes: str | None
    occurred_at: datetime
    recorded_at: datetime
    account: str | None
    deal: str | None
    parts: tuple[Part, ...]


def countable_metrics(known: Catalogue) -> list[str]:
    """Keys of the metrics that records add up to one by one, in the catalogue's order."""
    return [key for key, info in known.metrics.items() if is_additive(info.definition)]


def metric_issues(keys: Iterable[str], known: Catalogue) -> list[Issue]:
    """Why metrics cannot be scored record by record; empty when all can."""
    issues = []
    for key in sorted(set(keys)):
        if key not in known.metrics:
            issues.append(unknown_kpi(key, countable_metrics(known)))
        elif not is_additive(known.metrics[key].definition):
            issues.append(
                error(
                    "kpis.not_record_by_record",
                    N_('"{name}" is not added up record by record.'),
                    N_("Use one of: {known}."),
                    name=key,
                    known=", ".join(countable_metrics(known)),
                )
            )
    return issues


def scored_versions(
    metric_keys: Iterable[str],
    *windows: Window,
    known: Catalogue | None = None,
    person_ids: Collection[int] | None = None,
    revised: bool = False,
) -> list[RecordVersion]:
    """All revisions of each id of which some revision of a counted type lies in one of the windows,
    and is credited to one of `person_ids` when these are given; with `revised` only ids with
    several.

    One query, so that whatever commits meanwhile is there for all metrics and windows or for none;
    two more without `known`. Of a chain all revisions are given, also those outside the windows and
    those credited to others, because they say when the chain was first known and where a record
    went. `Invalid` for metrics that are not added up record by record.
    """
    company = people.company()
    known = known or catalogue(windows[0].start.astimezone(company.tz).date())
    keys = sorted(set(metric_keys))
    problems = metric_issues(keys, known)
    if problems:
        raise Invalid(problems)
    found: dict[int, _Draft] = {}
    definitions = {key: known.metrics[key].definition for key in keys}
    cents = 10 ** digits_of(company.currency)
    units = {key: cents if is_money(one) else 1 for key, one in definitions.items()}
    asked = (
        Sql("SELECT %s::text AS metric, m.* FROM (", (key,))
        + _statement(one, windows, person_ids, revised=revised)
        + ") m"
        for key, one in definitions.items()
    )
    for key, *row in rows_of(joined(asked, " UNION ALL ")):
        _take(found, key, units[key], row)
    return [found[pk].version() for pk in sorted(found)]


@dataclass(slots=True)
class _Draft:
    id: str
    supersedes: str | None
    occurred_at: datetime
    recorded_at: datetime
    account: str | None
    deal: str | None
    parts: list[Part]

    def version(self) -> RecordVersion:
        return RecordVersion(
            self.id, self.supersedes, self.occurred_at, self.recorded_at,
            self.account, self.deal, tuple(self.parts),
        )  # fmt: skip


def _take(found: dict[int, _Draft], key: str, unit: int, row: Sequence[Any]) -> None:
    pk, source, external_id, revision, follows, occurred, recorded, account, deal, person, value = (
        row
    )
    chain = f"{source}:{external_id}#"
    if pk not in found:
        before = f"{chain}{revision - 1}" if follows else None
        found[pk] = _Draft(f"{chain}{revision}", before, occurred, recorded, account, deal, [])
    if person is not None and value is not None:
        found[pk].parts.append(Part(person, key, Fraction(Decimal(value)) / unit))


def has_revisions(
    keys: Collection[str],
    window: Window,
    person_ids: Collection[int],
    frozen: Mapping[str, Any] | None = None,
) -> bool:
    """Whether the log holds any revision, counted or not, of these people in the window of a type
    that one of the metrics counts. False means that no news about them there can move the metrics;
    an unknown metric is never ruled out. `frozen` as for `types_counted`. Two queries.
    """
    types = types_counted(keys, frozen)
    if types is None:
        return True
    ((found,),) = rows_of(
        Sql(
            "SELECT EXISTS (SELECT 1 FROM activities_credit c"
            " JOIN activities_activity a ON a.id = c.activity_id WHERE c.person_id = ANY(%s)"
            " AND c.occurred_at >= %s AND c.occurred_at < %s AND a.type_id = ANY(%s))",
            (sorted(person_ids), window.start, window.end, types),
        )
    )
    return bool(found)


def types_counted(
    keys: Collection[str], frozen: Mapping[str, Any] | None = None
) -> list[str] | None:
    """The activity types that these metrics count, in order; None where one is unknown. Those whose
    definitions are `frozen` (of `frozen_metrics`) count what they counted then."""
    stored = dict(Metric.objects.filter(key__in=keys).values_list("key", "definition"))
    stored |= {key: data for key, data in (frozen or {}).items() if key in keys}
    definitions = [read_definition(data) for data in stored.values()]
    if len(definitions) < len(set(keys)):
        return None
    return sorted({one for known in definitions for one in types_of(known)})


def _statement(
    definition: Definition,
    windows: Sequence[Window],
    person_ids: Collection[int] | None,
    *,
    revised: bool,
) -> Sql:
    types = list(getattr(definition, "types", ()))
    whose = Sql("")
    if person_ids is not None:
        whose = Sql(" AND c.person_id = ANY(%s)", (sorted(person_ids),))
    if revised:
        whose += _REVISED
    return (
        Sql(
            "WITH touched AS (SELECT DISTINCT a.source, a.external_id FROM activities_credit c"
            " JOIN activities_activity a ON a.id = c.activity_id"
            " WHERE a.type_id = ANY(%s) AND (",
            (types,),
        )
        + joined((_within(one) for one in windows), " OR ")
        + ")"
        + whose
        + ") SELECT f.id, f.source, f.external_id, f.revision, f.supersedes_id IS NOT NULL,"
        " f.occurred_at, f.recorded_at, account.name,"
        " coalesce(nullif(deal.name, ''), deal.external_id), f.person_id,"
        + Sql(" CASE WHEN f.type_id = ANY(%s) AND f.kind <> 'cancellation' THEN ", (types,))
        + value_of(definition)
        + " END FROM (SELECT a.*, c.person_id, c.share, c.amount_minor AS part_minor"
        " FROM touched t JOIN activities_activity a"
        " ON a.source = t.source AND a.external_id = t.external_id"
        " LEFT JOIN activities_credit c ON c.activity_id = a.id) f"
        " LEFT JOIN activities_account account ON account.id = f.account_id"
        " LEFT JOIN activities_deal deal ON deal.id = f.deal_id"
        " ORDER BY f.id, f.person_id"
    )


def _within(window: Window) -> Sql:
    return Sql("(c.occurred_at >= %s AND c.occurred_at < %s)", (window.start, window.end))


# both ends of every step; few rows have one, and an index finds them
_REVISED = (
    " AND a.id IN (SELECT id FROM activities_activity WHERE supersedes_id IS NOT NULL UNION"
    " SELECT supersedes_id FROM activities_activity WHERE supersedes_id IS NOT NULL)"
)


def value_of(definition: Definition) -> Sql:
    """What one credit counts, from a row `f` of the record with `share` and `part_minor`."""
    match definition:
        case Count(where=where):
            return only_where(where, Sql("f.share::numeric"))
        case SumAmount(where=where):
            return only_where(where, Sql("f.part_minor"))
        case SumAttribute(attribute=attribute, where=where):
            return only_where(where, "(" + number_of(attribute) + ") * f.share")
        case _:
            raise TypeError("not added up record by record")
