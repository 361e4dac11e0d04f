"""From a rules document to `Rules`, with every mistake named at once."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from challenges.calc.document import DOCUMENT, WEEKDAYS, score_fields
from challenges.calc.formats import FORMATS
from challenges.calc.formats.base import Format, measure_from
from challenges.calc.moments import add_working_days, read_moment
from challenges.calc.parse_prizes import read_prizes
from challenges.calc.rules import (
    AfterOfficial,
    Criterion,
    EntrantKind,
    Entrants,
    LateJoiners,
    Pause,
    Rules,
    ScoresFrom,
    TeamScore,
    TieRule,
    Ties,
)
from challenges.calc.shapes import MISSING, Choice, Field, Obj, Values
from challenges.calc.source import Items, Node, Scalar, Table, read_data, read_text
from kernel.calendars import WorkCalendar
from kernel.issues import N_, Invalid, Issue, error
from kernel.trace import sha256_of


def parse_rules(
    document: Mapping[str, object] | str, text: str | None = None, *, file: str | None = None
) -> Rules:
    """Rules from YAML or JSON text, or from loaded data; Invalid carries all issues.

    `text` is the source that `document` was loaded from: when given, it is what is read, so
    that issues know their line. Equal texts may give the very same rules: nobody changes them.
    """
    source = document if isinstance(document, str) else text
    return _from(read_data(document)) if source is None else _from_text(source, file)


# rules never change under their text, and reading YAML with its places is slow
@lru_cache(maxsize=128)
def _from_text(text: str, file: str | None) -> Rules:
    return _from(read_text(text, file))


def _from(node: Node) -> Rules:
    issues: list[Issue] = []
    rules = _Reader(node, issues).rules()
    if issues or rules is None:
        raise Invalid(issues)
    return replace(rules, sha256=sha256_of(_plain(node)))


def _plain(node: Node) -> object:
    match node:
        case Scalar():
            return node.text
        case Items():
            return [_plain(item) for item in node.items]
        case Table():
            return {key: _plain(inner) for key, inner in node.entries.items()}


class _Reader:
    """Reads one document; its state is the list of issues."""

    def __init__(self, node: Node, issues: list[Issue]) -> None:
        self.node = node
        self.issues = issues
        self.zone = ZoneInfo("UTC")

    def rules(self) -> Rules | None:
        format_ = self._format()
        fields = dict(DOCUMENT)
        fields["format"] = Field(Choice(tuple(FORMATS)), "the way of competing", required=True)
        if format_ is not None:
            fields["score"] = Field(score_fields(format_.key), "what counts", required=True)
        else:
            fields["score"] = Field(_Anything(), "what counts", required=True)
        values = Obj(fields).read(self.node, self.issues)
        if values is MISSING or format_ is None:
            return None
        return self._build(values, format_)

    def _format(self) -> Format | None:
        if isinstance(self.node, Table):
            chosen = self.node.entries.get("format")
            if isinstance(chosen, Scalar) and chosen.text in FORMATS:
                return FORMATS[chosen.text]
        return None

    def _build(self, values: Values, format_: Format) -> Rules | None:
        self._read_zone(values)
        calendar = self._calendar(values["calendar"])
        pauses = self._pauses(values["pauses"])
        window = self._window(values, pauses)
        entrants = self._entrants(values["entrants"], format_)
        ties = self._ties(values["ties"])
        after, above = self._after_official(values["after_official"])
        lower = values["score"].get("better") == "lower"
        self._check_minimum(values, lower=lower)
        format_.check(values["score"], self.issues)
        prizes = read_prizes(values["prizes"], format_, values["score"], ties, self.issues)
        if window is None or calendar is None or self.issues:
            return None
        start, end = window
        cut_off_at = self._cut_off(values, end, calendar)
        rules = Rules(
            key=values["key"],
            names=_names(values["name"]),
            format=format_,
            params=format_.build(values["score"]),
            zone=self.zone,
            start=start,
            end=end,
            cut_off_at=cut_off_at or end,
            calendar=calendar,
            entrants=entrants,
            minimum=values["minimum"],
            winners=None if values["winners"] == "all" else values["winners"],
            lower_wins=lower,
            ties=ties,
            prizes=prizes,
            after_official=after,
            amend_above=above,
            official_at=self._moment(values, "official_at"),
            cancelled_at=self._moment(values, "cancelled_at"),
            published=values["published"],
            pauses=pauses,
            prorate=values["prorate"],
            decimals=values["decimals"],
        )
        self._check_clocks(rules, values)
        return rules

    def _read_zone(self, values: Values) -> None:
        try:
            self.zone = ZoneInfo(values["timezone"])
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.issues.append(
                error(
                    "unknown_zone",
                    N_("“{zone}” is not a time zone."),
                    N_("Write an IANA name such as Europe/Paris, not an offset."),
                    values.at("timezone"),
                    zone=values["timezone"],
                )
            )

    def _moment(self, values: Values, key: str) -> datetime | None:
        if values[key] is None:
            return None
        try:
            return read_moment(values[key], self.zone, values.at(key))[0]
        except Invalid as invalid:
            self.issues.extend(invalid.issues)
            return None

    def _window(
        self, values: Values, pauses: tuple[Pause, ...]
    ) -> tuple[datetime, datetime] | None:
        window: Values = values["window"]
        start, end = self._moment(window, "start"), self._moment(window, "end")
        if start is None or end is None:
            return None
        if end <= start:
            self.issues.append(
                error(
                    "empty_window",
                    N_("The window ends before it starts, or at the same moment."),
                    N_("Write an end after the start; the end itself does not count."),
                    window.at("end"),
                )
            )
            return None
        return start, end + self._extension(values, pauses, start, end)

    def _extension(
        self, values: Values, pauses: tuple[Pause, ...], start: datetime, end: datetime
    ) -> timedelta:
        """The time that pauses took; a pause in the extension extends again."""
        extension = timedelta()
        if values["extend_for_pauses"]:
            for pause in pauses:
                if start <= pause.start < end + extension:
                    extension += pause.end - pause.start
        return extension

    def _pauses(self, listed: tuple[Values, ...]) -> tuple[Pause, ...]:
        pauses: list[Pause] = []
        for values in listed:
            start, end = self._moment(values, "start"), self._moment(values, "end")
            if start is None or end is None:
                continue
            if start >= end or any(start < p.end and p.start < end for p in pauses):
                self.issues.append(
                    error(
                        "bad_pause",
                        N_("The pause is empty, or overlaps another one."),
                        N_("Write an end after the start, and each stretch once."),
                        values.place,
                    )
                )
                continue
            pauses.append(Pause(start, end))
        return tuple(sorted(pauses, key=lambda pause: pause.start))

    def _calendar(self, values: Values | None) -> WorkCalendar | None:
        if values is None:
            return WorkCalendar()
        try:
            return WorkCalendar(
                (values["country"] or "").upper(),
                values["subdivision"],
                frozenset(WEEKDAYS.index(day) for day in values["weekdays"]),
                frozenset(values["closed"]),
            )
        except Invalid as invalid:
            self.issues.extend(issue.at(values.place) for issue in invalid.issues)
            return None

    def _cut_off(self, values: Values, end: datetime, calendar: WorkCalendar) -> datetime | None:
        written = values["cut_off"]
        if isinstance(written, str):
            return self._moment(values, "cut_off")
        days = 3 if written is None else written["working_days"]
        return add_working_days(end, days, self.zone, calendar)

    def _check_clocks(self, rules: Rules, values: Values) -> None:
        if rules.cut_off_at < rules.end:
            self.issues.append(
                error(
                    "early_cut_off",
                    N_("The cut-off lies before the end."),
                    N_("Write a cut-off at or after the end (pauses extend the end)."),
                    values.at("cut_off"),
                )
            )
        if rules.official_at is not None and rules.official_at < rules.cut_off_at:
            self.issues.append(
                error(
                    "early_official",
                    N_("The result cannot be official before the cut-off {cut_off}."),
                    N_("Sign it later, or move the cut-off."),
                    values.at("official_at"),
                    cut_off=rules.cut_off_at.astimezone(rules.zone).isoformat(),
                )
            )

    def _entrants(self, values: Values | None, format_: Format) -> Entrants:
        if values is None:
            return Entrants()
        team = values["kind"] == "team"
        if team and values["team_score"] not in format_.team_scores:
            self._refuse(
                values,
                "team_score",
                "team_score_not_possible",
                N_("The format {format} has no team score “{chosen}”."),
                N_("Use one of: {options}."),
                format=format_.key,
                chosen=values["team_score"],
                options=", ".join(sorted(format_.team_scores)) or "-",
            )
        best = values["team_score"] == "best_n"
        if best != (values["best_n"] is not None):
            self._refuse(
                values,
                "best_n",
                "best_n",
                N_("“best_n” and “team_score: best_n” belong together."),
                N_("Write both, or neither."),
            )
        late = LateJoiners(values["late_joiners"])
        until = values["open_until"]
        if (late is LateJoiners.OPEN_UNTIL) != (until is not None):
            self._refuse(
                values,
                "open_until",
                "open_until",
                N_("“open_until” and “late_joiners: open_until” belong together."),
                N_("Write both, for example “open_until: 50 %”, or neither."),
            )
        if until is not None and not 0 <= until <= 1:
            self._refuse(
                values,
                "open_until",
                "not_a_share",
                N_("The share must lie between 0 % and 100 %."),
                N_("Write for example “50 %” or 0.5."),
            )
        return Entrants(
            kind=EntrantKind(values["kind"]),
            people=values["people"],
            teams=values["teams"],
            team_score=TeamScore(values["team_score"]),
            best_n=values["best_n"],
            late_joiners=late,
            open_until=until if until is not None else Fraction(1),
            scores_from=ScoresFrom(values["scores_from"]),
        )

    def _ties(self, values: Values | None) -> Ties:
        if values is None:
            return Ties()
        rule = TieRule(values["rule"])
        if (rule is TieRule.CHAIN) != (values["chain"] is not None):
            self._refuse(
                values,
                "chain",
                "tie_chain",
                N_("“chain” and “rule: chain” belong together."),
                N_("Write both, or neither."),
            )
        chain = tuple(_criterion(link) for link in values["chain"] or ())
        if any(link.by == "draw" for link in chain) and not values["seed"]:
            self._refuse(
                values,
                "seed",
                "draw_without_seed",
                N_("A draw needs a seed, so that it can be replayed."),
                N_("Add “seed” with any text that is fixed before the start."),
            )
        return Ties(rule, chain, values["seed"] or "")

    def _after_official(self, values: Values | None) -> tuple[AfterOfficial, Fraction]:
        if values is None:
            return AfterOfficial.FINAL, Fraction(0)
        policy = AfterOfficial(values["policy"])
        if (policy is AfterOfficial.AMEND_ABOVE) != (values["above"] is not None):
            self._refuse(
                values,
                "above",
                "amend_above",
                N_("“above” and “policy: amend_above” belong together."),
                N_("Write both, or neither."),
            )
        return policy, values["above"] or Fraction(0)

    def _check_minimum(self, values: Values, *, lower: bool) -> None:
        if lower and values["minimum"] is not None:
            self._refuse(
                values,
                "minimum",
                "minimum_with_lower",
                N_("A minimum makes no sense where the lowest score wins."),
                N_("Use the minimum number of records or the minimum denominator in “score”."),
            )

    def _refuse(
        self, values: Values, key: str, code: str, message: str, remedy: str, **params: object
    ) -> None:
        self.issues.append(error(code, message, remedy, values.at(key), **params))


class _Anything:
    """Stands in for `score` when the format is not known."""

    def read(self, node: Node, issues: list[Issue]) -> Any:
        """Nothing to say: the format's issue comes first."""
        return None

    def schema(self) -> dict[str, Any]:
        """Anything."""
        return {}


def _criterion(values: Values) -> Criterion:
    measure = measure_from(values) if "metric" in values else None
    return Criterion(values["by"], measure, values.get("better") == "lower")


def _names(name: Any) -> tuple[tuple[str, str], ...]:
    if name is None:
        return ()
    if isinstance(name, str):
        return (("en", name), ("fr", name))
    return tuple((language, name[language]) for language in ("en", "fr") if name[language])
