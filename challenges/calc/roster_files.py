"""A roster from a file: CSV or JSON (`docs/formats/challenge.md`)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from challenges.calc.document import WEEKDAYS
from challenges.calc.roster import Baseline, Membership, Person, Roster, Span, Target
from challenges.calc.tables import MOST_ISSUES, Row, misspelt, read_rows
from kernel.documents import Document
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.numbers import parse_number, parse_rate, refuse_ambiguous
from kernel.periods import parse_period

COLUMNS = (
    "person", "name", "team", "fte", "valid_from", "valid_to", "joined_on", "left_on",
    "target", "targets", "target_from", "target_to", "absences", "weekdays", "memberships",
    "role", "baseline", "baselines",
)  # fmt: skip

_INNER = {
    "memberships": ("team", "fte", "valid_from", "valid_to"),
    "targets": ("metric", "value", "target_from", "target_to"),
}
_EXAMPLES = {
    "memberships": '{"team": "north", "valid_from": "2026-11-01"}',
    "targets": '{"metric": "revenue", "value": "100"}',
    "baselines": '{"revenue": "100"}',
}


def read_roster(text: str, file: str | None = None) -> Roster:
    """People in any number of rows each; Invalid names every bad row (at most 100)."""
    found = read_rows(text, COLUMNS, "people", file)
    reader = _Reader(found.issues)
    for row in found.rows:
        reader.read(row)
    people = reader.people()
    names = reader.team_names(found.document)
    if found.issues:
        raise Invalid(found.issues[:MOST_ISSUES])
    return Roster(people, names)


@dataclass(slots=True)
class _Draft:
    """What the rows of one person have said so far."""

    place: Place
    leaves_at: Place | None = None
    name: str = ""
    joined_on: date | None = None
    left_on: date | None = None
    weekdays: frozenset[int] | None = None
    role: str | None = None
    baselines: dict[str | None, Fraction] = field(default_factory=dict)
    memberships: set[Membership] = field(default_factory=set)
    targets: set[Target] = field(default_factory=set)
    absences: set[Span] = field(default_factory=set)


class _Reader:
    def __init__(self, issues: list[Issue]) -> None:
        self.issues = issues
        self.drafts: dict[str, _Draft] = {}

    def read(self, row: Row) -> None:
        id_ = row.text("person")
        if id_ is None:
            self._empty(row, "person")
        # the other cells of a row without a person are read too, for what is wrong with them
        draft = self.drafts.setdefault(id_, _Draft(row.place)) if id_ else _Draft(row.place)
        self._once(draft, "name", row.text("name"), row)
        self._once(draft, "joined_on", self._day(row, "joined_on"), row)
        self._once(draft, "left_on", self._day(row, "left_on"), row)
        draft.leaves_at = row.at("left_on") if row.text("left_on") else draft.leaves_at
        self._once(draft, "weekdays", self._weekdays(row), row)
        self._once(draft, "role", row.text("role"), row)
        self._baselines(draft, row)
        self._membership(draft, row)
        self._targets(draft, row)
        draft.absences.update(self._absences(row))

    def people(self) -> tuple[Person, ...]:
        """The finished people; overlaps are issues."""
        found = []
        for id_ in sorted(self.drafts):
            draft = self.drafts[id_]
            self._check(id_, draft)
            found.append(
                Person(
                    id=id_,
                    name=draft.name or id_,
                    memberships=tuple(sorted(draft.memberships, key=_by_span)),
                    joined_on=draft.joined_on,
                    left_on=draft.left_on,
                    targets=tuple(sorted(draft.targets, key=_by_metric)),
                    absences=tuple(sorted(draft.absences, key=_span_key)),
                    weekdays=draft.weekdays,
                    role=draft.role,
                    baselines=tuple(
                        Baseline(value, metric)
                        for metric, value in sorted(
                            draft.baselines.items(), key=lambda pair: pair[0] or ""
                        )
                    ),
                )
            )
        return tuple(found)

    def team_names(self, document: Document | None) -> tuple[tuple[str, str], ...]:
        """The names of teams that a JSON roster may state."""
        data = None if document is None else document.value
        if document is None or not isinstance(data, dict) or data.get("teams") is None:
            return ()
        teams = data["teams"]
        if isinstance(teams, dict) and all(isinstance(name, str) for name in teams.values()):
            return tuple(sorted((key, str(name)) for key, name in teams.items()))
        self._issue(
            document.place("teams"),
            "not_team_names",
            N_("The names of the teams cannot be read."),
            N_("Write them as {example}."),
            example='{"north": "The North"}',
        )
        return ()

    def _check(self, id_: str, draft: _Draft) -> None:
        self._refuse_backwards(draft.joined_on, draft.left_on, draft.leaves_at or draft.place)
        if _overlap([m.span for m in draft.memberships]):
            self._issue(
                draft.place,
                "two_teams",
                N_("{person} is in two teams on the same day."),
                N_("Give each membership its own “valid_from” and “valid_to” (exclusive)."),
                person=id_,
            )
        for metric in sorted({t.metric or "" for t in draft.targets}):
            if _overlap([t.span for t in draft.targets if (t.metric or "") == metric]):
                self._issue(
                    draft.place,
                    "two_targets",
                    N_("{person} has two targets for the same days."),
                    N_("Give each target its own “target_from” and “target_to” (exclusive)."),
                    person=id_,
                )

    def _once(self, draft: _Draft, attribute: str, value: object, row: Row) -> None:
        if value is None:
            return
        earlier = getattr(draft, attribute)
        if earlier and earlier != value:
            self._two_values(row, attribute)
        setattr(draft, attribute, value)

    def _two_values(self, row: Row, column: str) -> None:
        self._issue(
            row.at(column),
            "two_values",
            N_("“{column}” differs between the rows of the same person."),
            N_("Write the same value in each row, or only once."),
            column=column,
        )

    def _membership(self, draft: _Draft, row: Row) -> None:
        for inner in self._tables(row, "memberships"):
            self._membership(draft, inner)
            if inner.text("team") is None:
                self._empty(inner, "team")
        team, share = row.text("team"), self._fte(row)
        span = self._span(row, "valid_from", "valid_to")
        if team is not None:
            draft.memberships.add(Membership(team, share, span))

    def _fte(self, row: Row) -> Fraction:
        text = row.text("fte")
        if text is None:
            return Fraction(1)
        value = self._number(text, row, "fte", rate=True)
        if value is None or 0 <= value <= 1:
            return Fraction(1) if value is None else value
        self._issue(
            row.at("fte"),
            "not_a_share",
            N_("The working share must lie between 0 and 1."),
            N_("Write 1 for full time, 0.8 or 80 % for four days of five."),
        )
        return Fraction(1)

    def _targets(self, draft: _Draft, row: Row) -> None:
        span = self._span(row, "target_from", "target_to")
        for column, raw in row.cells.items():
            if column == "target" or column.startswith("target:"):
                metric = column.partition(":")[2] or None
                self._target(
                    draft, metric, None if raw is None else row.text(column), span, row, column
                )
        listed = row.cells.get("targets")
        if isinstance(listed, Mapping):
            for metric in listed:
                inner = row.inner(listed, "targets")
                self._target(draft, metric, inner.text(metric), span, inner, metric)
            return
        for inner in self._tables(row, "targets"):
            span = self._span(inner, "target_from", "target_to")
            self._target(draft, inner.text("metric"), inner.text("value"), span, inner, "value")

    def _baselines(self, draft: _Draft, row: Row) -> None:
        """`baseline` for any metric, `baseline:METRIC`, and `baselines` of JSON by metric."""
        cells = [(column, row) for column in row.cells if column.startswith("baseline:")]
        listed = row.cells.get("baselines")
        if isinstance(listed, Mapping):
            inner = row.inner(listed, "baselines")
            cells += [(str(metric), inner) for metric in listed]
        elif listed not in (None, ""):
            self._not_a_table(row.at("baselines"), "baselines")
        for column, found in [("baseline", row), *cells]:
            text = found.text(column)
            value = None if text is None else self._number(text, found, column)
            metric = None if column == "baseline" else column.removeprefix("baseline:")
            if value is not None and draft.baselines.setdefault(metric, value) != value:
                self._two_values(found, column)

    def _tables(self, row: Row, column: str) -> Iterable[Row]:
        """The rows inside a cell of JSON."""
        listed = row.cells.get(column)
        if listed in (None, ""):
            return
        for index, item in enumerate(listed if isinstance(listed, list) else [listed]):
            path = f"{column}[{index}]" if isinstance(listed, list) else column
            if isinstance(item, Mapping):
                inner = row.inner(item, path)
                names = [str(key) for key in item if key not in _INNER[column]]
                found = (misspelt(name, _INNER[column], inner.at(name)) for name in names)
                self.issues.extend(issue for issue in found if issue is not None)
                yield inner
                continue
            self._not_a_table(row.at(path), column)

    def _not_a_table(self, place: Place, column: str) -> None:
        self._issue(
            place,
            "not_a_row",
            N_("This is not a table with keys."),
            N_("Write each row as {example}."),
            example=_EXAMPLES[column],
        )

    def _target(
        self,
        draft: _Draft,
        metric: str | None,
        text: str | None,
        span: Span,
        row: Row,
        column: str,
    ) -> None:
        if not text:
            return
        value = self._number(text, row, column)
        if value is None:
            return
        if value < 0:
            self._issue(
                row.at(column),
                "negative_target",
                N_("A target cannot be negative."),
                N_("Write zero or more; leave it empty for no target."),
            )
            return
        draft.targets.add(Target(value, metric, span))

    def _absences(self, row: Row) -> Iterable[Span]:
        raw = row.cells.get("absences")
        if raw is None:
            return
        parts: Sequence[object] = raw if isinstance(raw, list) else str(raw).split(";")
        if not isinstance(raw, list) and "|" in str(raw):
            parts = str(raw).split("|")
        for part in parts:
            text = str(part).strip()
            if text:
                try:
                    yield _absence(text, row.at("absences"))
                except Invalid as invalid:
                    self.issues.extend(invalid.issues)

    def _weekdays(self, row: Row) -> frozenset[int] | None:
        raw = row.cells.get("weekdays")
        if raw in (None, ""):
            return None
        words = raw if isinstance(raw, list) else str(raw).replace(",", " ").split()
        days = [str(word).strip().lower()[:3] for word in words]
        if not days or any(day not in WEEKDAYS for day in days):
            self._issue(
                row.at("weekdays"),
                "unknown_weekday",
                N_("The weekdays cannot be read."),
                N_("Write for example “mon tue thu fri”."),
            )
            return None
        return frozenset(WEEKDAYS.index(day) for day in days)

    def _span(self, row: Row, first: str, last: str) -> Span:
        start, end = self._day(row, first), self._day(row, last)
        self._refuse_backwards(start, end, row.at(last))
        return Span(start, end)

    def _refuse_backwards(self, start: date | None, end: date | None, place: Place) -> None:
        if start is not None and end is not None and end <= start:
            self._issue(
                place,
                "empty_span",
                N_("It ends before it starts, or on the same day."),
                N_("The end is the first day that no longer belongs to it."),
            )

    def _day(self, row: Row, column: str) -> date | None:
        text = row.text(column)
        if text is None:
            return None
        try:
            if len(text) != 10:
                raise ValueError
            return date.fromisoformat(text)
        except ValueError:
            self._issue(
                row.at(column),
                "not_a_date",
                N_("“{text}” is not a date."),
                N_("Write year-month-day, for example 2026-11-30."),
                text=text,
            )
            return None

    def _number(self, text: str, row: Row, column: str, *, rate: bool = False) -> Fraction | None:
        comma = row.decimal_comma and "," in text
        read = parse_rate if rate else parse_number
        try:
            value = read(text, decimal_comma=comma, place=row.at(column))
            if not comma:
                refuse_ambiguous(text, row.at(column))
            return value
        except Invalid as invalid:
            self.issues.extend(invalid.issues)
            return None

    def _empty(self, row: Row, column: str) -> None:
        self._issue(
            row.at(column),
            "empty_cell",
            N_("“{column}” is empty."),
            N_("Fill it in; the row cannot count without it."),
            column=column,
        )

    def _issue(self, place: Place, code: str, message: str, remedy: str, **params: object) -> None:
        self.issues.append(error(code, message, remedy, place, **params))


def _absence(text: str, place: Place) -> Span:
    if len(text) == 10 and "/" not in text:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            pass
        else:
            return Span(day, day + timedelta(days=1))
    period = parse_period(text, place)
    return Span(period.start, period.end)


def _overlap(spans: Sequence[Span]) -> bool:
    ordered = sorted(spans, key=_span_key)
    return any(
        one.end is None or (other.start or date.min) < one.end for one, other in pairwise(ordered)
    )


def _span_key(span: Span) -> tuple[date, date]:
    return (span.start or date.min, span.end or date.max)


def _by_span(membership: Membership) -> tuple[date, date, str]:
    return (*_span_key(membership.span), membership.team)


def _by_metric(target: Target) -> tuple[str, date, date]:
    return (target.metric or "", *_span_key(target.span))
