"""The rule of a badge, a period and a reason in the reader's words."""

from collections.abc import Mapping
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from challenges.badges.explaining import from_json
from challenges.calc.badges.rules import (
    Best,
    Combination,
    Figure,
    First,
    Rule,
    Slot,
    Streak,
    Threshold,
)
from common.formats import day_text, in_unit_text, number_text, span_text
from kernel.issues import fill
from kernel.periods import Period
from kpis.queries import Catalogue


def rule_text(rule: Rule, known: Catalogue, names: Mapping[str, str]) -> str:
    """One sentence; `names` are those of other badges, for combinations."""
    match rule:
        case Threshold(measure, at_least, per):
            said = {"least": number_text(at_least), "what": _metric(measure.metric, known)}
            return _IN[per]() % {"said": _("at least %(least)s “%(what)s”") % said}
        case Figure(kpi, limit, is_floor, per):
            return _figure(kpi, limit, per, known, is_floor=is_floor)
        case First(metric, ever):
            what = {"what": _metric(metric, known)}
            if ever:
                return _("The first of all: “%(what)s”.") % what
            return _("The first of the day among everybody: “%(what)s”.") % what
        case Slot(metric, start, end, at_least):
            said = {"least": str(at_least), "what": _metric(metric, known),
                    "start": clock(start), "end": clock(end)}  # fmt: skip
            return _("At least %(least)s “%(what)s” on one day, from %(start)s to %(end)s.") % said
        case Best(measure, _minimum, _after, per):
            what = {"what": _metric(measure.metric, known)}
            return _BEST[per]() % what
        case Streak(measure, minimum, length, per):
            return _streak(measure.metric, minimum, length, per, known)
        case Combination(keys, all_of, per):
            which = ", ".join(names.get(key, key) for key in keys)
            said_of = _("all of these badges: %(which)s") if all_of else _(
                "one of these badges: %(which)s"
            )  # fmt: skip
            return _IN[per]() % {"said": said_of % {"which": which}}
    return _given(rule.by_managers, rule.monthly_cap)


# a sentence for each kind of period: languages differ in how they say it
_IN = {
    "day": lambda: _("On one day: %(said)s."),
    "week": lambda: _("In one week: %(said)s."),
    "month": lambda: _("In one month: %(said)s."),
    "quarter": lambda: _("In one quarter: %(said)s."),
}
_BEST = {
    "day": lambda: _("More “%(what)s” than on any day before."),
    "week": lambda: _("More “%(what)s” than in any week before."),
    "month": lambda: _("More “%(what)s” than in any month before."),
    "quarter": lambda: _("More “%(what)s” than in any quarter before."),
}
_AT_END = {
    "day": lambda: _("At the end of a day: %(said)s."),
    "week": lambda: _("At the end of a week: %(said)s."),
    "month": lambda: _("At the end of a month: %(said)s."),
    "quarter": lambda: _("At the end of a quarter: %(said)s."),
}


def _figure(kpi: str, limit: Fraction, per: str, known: Catalogue, *, is_floor: bool) -> str:
    info = known.kpis.get(kpi)
    name, unit = (kpi, "") if info is None else (info.name, info.unit)
    said = {"what": name, "limit": in_unit_text(limit, unit)}
    template = _("“%(what)s” at %(limit)s or more") if is_floor else _(
        "“%(what)s” at %(limit)s or less"
    )  # fmt: skip
    return _AT_END[per]() % {"said": template % said}


def _streak(metric: str, minimum: Fraction, length: int, per: str, known: Catalogue) -> str:
    said = {"n": length, "least": number_text(minimum), "what": _metric(metric, known)}
    template = (
        _("%(n)s own working weeks in a row with at least %(least)s “%(what)s” each. Leave,"
          " holidays and days off ask for less, or freeze the run.")
        if per == "week"
        else _("%(n)s own working days in a row with at least %(least)s “%(what)s” each. Leave,"
               " holidays and days off freeze the run.")
    )  # fmt: skip
    return template % said


def _given(by_managers: bool, cap: int) -> str:
    if by_managers:
        template = ngettext(
            "Given by a manager, with a sentence; at most %(n)s a month.",
            "Given by a manager, with a sentence; at most %(n)s a month.",
            cap,
        )
    else:
        template = ngettext(
            "Given by a colleague, with a sentence; at most %(n)s a month.",
            "Given by a colleague, with a sentence; at most %(n)s a month.",
            cap,
        )
    return template % {"n": cap}


def _metric(key: str, known: Catalogue) -> str:
    return known.metrics[key].name if key in known.metrics else key


def clock(minutes: int) -> str:
    """Minutes since midnight as hours and minutes."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def period_text(period: Period) -> str:
    """A day, a week, a month or a quarter, as people write it."""
    if period.days == 1:
        return day_text(period.start)
    if period == Period.month(period.start):
        return day_text(period.start, "month")
    return span_text(period.start, period.end)


def reason_text(kept: Mapping[str, object]) -> str:
    """Why an award was taken back."""
    reason = from_json(kept)
    return fill(_(reason.template), reason.params) if reason.template else ""


def frozen_text(frozen: Mapping[str, int]) -> str:
    """What has frozen a run, as one phrase; nothing where only weekends did."""
    found = []
    if count := frozen.get("leave"):
        found.append(ngettext("%(n)s day of leave", "%(n)s days of leave", count) % {"n": count})
    if count := frozen.get("holiday"):
        found.append(ngettext("%(n)s holiday", "%(n)s holidays", count) % {"n": count})
    if count := frozen.get("free"):
        found.append(ngettext("%(n)s day off", "%(n)s days off", count) % {"n": count})
    return ", ".join(found)
