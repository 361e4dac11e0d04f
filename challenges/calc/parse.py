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
from challenges.calc.formats.base import Format, Frame
from challenges.calc.formats.measure import measure_from
from challenges.calc.moments import add_working_days, read_moment
from challenges.calc.names import names_from
from challenges.calc.parse_charges import charges_from, check_charges, check_metrics
from challenges.calc.parse_prizes import budget_from, check_prizes, prizes_from
from challenges.calc.rule_checks import check_choices
from challenges.calc.rules import (
    AfterOfficial,
    Cluster,
    Criterion,
    EntrantKind,
    Entrants,
    Integrity,
    LateJoiners,
    Pause,
    Rules,
    ScoresFrom,
    Spike,
    TeamScore,
    TieRule,
    Ties,
    Visibility,
)
from challenges.calc.shapes import MISSING, Choice, Field, Obj, Values, told
from kernel.calendars import WorkCalendar
from kernel.documents import Document, Part, load_object, load_text, texts_of
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
    return _from(load_object(document)) if source is None else _from_text(source, file)


# rules never change under their text, and reading YAML with its places is slow
@lru_cache(maxsize=128)
def _from_text(text: str, file: str | None) -> Rules:
    return _from(load_text(text, file))


def _from(document: Document) -> Rules:
    issues: list[Issue] = []
    rules = _Reader(issues).rules(document.root)
    if issues or rules is None:
        raise Invalid(sorted(issues, key=lambda issue: issue.place.line or 0))
    return replace(rules, sha256=sha256_of(texts_of(document.value)))


class _Reader:
    """Reads one document; its state is the list of issues."""

    def __init__(self, issues: list[Issue]) -> None:
        self.issues = issues
        self.zone = ZoneInfo("UTC")
        self.zone_is_known = False

    def rules(self, root: Part) -> Rules | None:
        """The rules; None after at least one issue."""
        chosen = root.member("format")
        format_ = FORMATS.get(chosen.text or "") if chosen is not None else None
        fields = dict(DOCUMENT)
        fields["format"] = Field(Choice(tuple(FORMATS)), "the way of competing", required=True)
        shape = _Anything() if format_ is None else score_fields(format_.key)
        fields["score"] = Field(shape, "what counts", required=True)
        values = Obj(fields).read(root, self.issues)
        rules = None if values is MISSING else self._checked(values, format_)
        if rules is None or root.member("winners") is not None:
            return rules
        return replace(rules, winners_written=False)

    def _checked(self, values: Values, format_: Format | None) -> Rules | None:
        told(self._read_zone, values)
        calendar = self._calendar(told(values.get, "calendar"))
        pauses = self._pauses(told(values.get, "pauses") or ())
        window = told(self._window, values, pauses)
        cut_off_at = told(self._cut_off, values, window, calendar)
        official_at = self._moment(values, "official_at")
        cancelled_at = self._moment(values, "cancelled_at")
        check_choices(values, format_, self.issues)
        check_prizes(values, format_, self.issues)
        told(check_charges, values, format_, self.issues)
        if window is not None and cut_off_at is not None and self.zone_is_known:
            self._check_clocks(values, window[1], cut_off_at, official_at)
        frame = told(self._frame, values, window, pauses, cut_off_at, calendar)
        if frame is not None and format_ is not None and self.zone_is_known:
            told(lambda: format_.check_in(values["score"], frame, self.issues))
        if self.issues or frame is None or cut_off_at is None or format_ is None:
            return None
        ties = _ties(values["ties"])
        after, above = _after_official(values["after_official"])
        rules = Rules(
            key=values["key"],
            names=names_from(values["name"]),
            format=format_,
            params=format_.timed(format_.build(values["score"]), values["score"], frame),
            zone=self.zone,
            start=frame.start,
            end=frame.end,
            cut_off_at=cut_off_at,
            calendar=calendar,
            entrants=_entrants(values["entrants"]),
            minimum=values["minimum"],
            winners=None if values["winners"] == "all" else values["winners"],
            lower_wins=values["score"].get("better") == "lower",
            ties=ties,
            prizes=prizes_from(values["prizes"]),
            after_official=after,
            amend_above=above,
            official_at=official_at,
            cancelled_at=cancelled_at,
            published=values["published"],
            pauses=pauses,
            prorate=values["prorate"],
            decimals=values["decimals"],
            visibility=_visibility(values["visibility"]),
            integrity=_integrity(values["integrity"]),
            budget=budget_from(values["budget"]),
            charges=charges_from(values["charges"], frame.start),
        )
        check_metrics(values, rules.metrics, self.issues)
        return rules

    def _read_zone(self, values: Values) -> None:
        try:
            self.zone = ZoneInfo(values["timezone"])
            self.zone_is_known = True
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
        text = told(values.get, key)
        if text is None:
            return None
        try:
            return read_moment(text, self.zone, values.at(key))[0]
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
        return start, end + _extension(values, pauses, start, end)

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

    def _calendar(self, values: Values | None) -> WorkCalendar:
        if values is None:
            return WorkCalendar()
        try:
            return WorkCalendar(
                (told(values.get, "country") or "").upper(),
                told(values.get, "subdivision"),
                frozenset(map(WEEKDAYS.index, told(values.get, "weekdays") or WEEKDAYS[:5])),
                frozenset(told(values.get, "closed") or ()),
            )
        except Invalid as invalid:
            self.issues.extend(issue.at(values.place) for issue in invalid.issues)
            return WorkCalendar()

    def _cut_off(
        self, values: Values, window: tuple[datetime, datetime] | None, calendar: WorkCalendar
    ) -> datetime | None:
        written = values["cut_off"]
        if isinstance(written, str):
            return self._moment(values, "cut_off")
        days = 3 if written is None else written["working_days"]
        return None if window is None else add_working_days(window[1], days, self.zone, calendar)

    def _frame(
        self,
        values: Values,
        window: tuple[datetime, datetime] | None,
        pauses: tuple[Pause, ...],
        cut_off_at: datetime | None,
        calendar: WorkCalendar,
    ) -> Frame | None:
        if window is None:
            return None
        start, end = window
        extending = [p for p in pauses if told(values.get, "extend_for_pauses")]
        return Frame(
            self.zone,
            start,
            end,
            calendar,
            cut_off_at or end,
            _cut_off_days(told(values.get, "cut_off")),
            tuple((p.start, p.end - p.start) for p in extending if start <= p.start < end),
        )

    def _check_clocks(
        self, values: Values, end: datetime, cut_off_at: datetime, official_at: datetime | None
    ) -> None:
        if cut_off_at < end:
            self.issues.append(
                error(
                    "early_cut_off",
                    N_("The cut-off lies before the end."),
                    N_("Write a cut-off at or after the end (pauses extend the end)."),
                    values.at("cut_off"),
                )
            )
        if official_at is not None and official_at < cut_off_at:
            self.issues.append(
                error(
                    "early_official",
                    N_("The result cannot be official before the cut-off {cut_off}."),
                    N_("Sign it later, or move the cut-off."),
                    values.at("official_at"),
                    cut_off=cut_off_at.astimezone(self.zone).isoformat(),
                )
            )


class _Anything:
    """Stands in for `score` when the format is not known."""

    def read(self, node: Part, issues: list[Issue]) -> Any:
        """Nothing can be said: which keys there are depends on the format."""
        return MISSING

    def schema(self) -> dict[str, Any]:
        """Anything."""
        return {}


def _extension(
    values: Values, pauses: tuple[Pause, ...], start: datetime, end: datetime
) -> timedelta:
    """The time that pauses took; a pause in the extension extends again."""
    extension = timedelta()
    if told(values.get, "extend_for_pauses"):
        for pause in pauses:
            if start <= pause.start < end + extension:
                extension += pause.end - pause.start
    return extension


def _cut_off_days(written: Any) -> int | None:
    """Working days from the end to the cut-off; None when the document names a moment."""
    if isinstance(written, str):
        return None
    days: int | None = 3 if written is None else told(written.get, "working_days")
    return days


def _entrants(values: Values | None) -> Entrants:
    if values is None:
        return Entrants()
    until = values["open_until"]
    return Entrants(
        kind=EntrantKind(values["kind"]),
        people=values["people"],
        teams=values["teams"],
        team_score=TeamScore(values["team_score"]),
        best_n=values["best_n"],
        late_joiners=LateJoiners(values["late_joiners"]),
        open_until=until if until is not None else Fraction(1),
        scores_from=ScoresFrom(values["scores_from"]),
    )


def _integrity(values: Values | None) -> Integrity | None:
    if values is None:
        return None
    bulk, spike, splits = values["bulk"], values["spike"], values["splits"]
    return Integrity(
        minimum_value=values["minimum_value"],
        most_per_day=values["most_per_day"],
        duplicates=values["duplicates"],
        back_dated_days=values["back_dated_days"],
        bulk=bulk and Cluster(bulk["records"], timedelta(minutes=bulk["minutes"])),
        spike=spike and Spike(spike["last"], spike["share"]),
        splits=splits and Cluster(splits["records"], timedelta(days=splits["days"])),
    )


def _visibility(values: Values | None) -> Visibility:
    if values is None:
        return Visibility()
    return Visibility(
        top=values["top"],
        top_share=values["top_share"] or Fraction(0),
        neighbours=values["neighbours"],
        freeze=values["freeze"] or Fraction(0),
        at_ceremony=values["reveal"] == "ceremony",
    )


def _ties(values: Values | None) -> Ties:
    if values is None:
        return Ties()
    chain = tuple(_criterion(link) for link in values["chain"] or ())
    return Ties(TieRule(values["rule"]), chain, values["seed"] or "")


def _after_official(values: Values | None) -> tuple[AfterOfficial, Fraction]:
    if values is None:
        return AfterOfficial.FINAL, Fraction(0)
    return AfterOfficial(values["policy"]), values["above"] or Fraction(0)


def _criterion(values: Values) -> Criterion:
    measure = measure_from(values) if "metric" in values else None
    return Criterion(values["by"], measure, values.get("better") == "lower")
