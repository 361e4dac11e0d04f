"""An earlier window from whose records baselines come: how a document names it, and its checks."""

from datetime import datetime

from challenges.calc.formats.base import Frame
from challenges.calc.formats.kinds import Earlier
from challenges.calc.moments import add_working_days, read_moment
from challenges.calc.shapes import Field, MomentText, Obj, Values, Whole
from kernel.issues import N_, Invalid, Issue, Place, error

ARREARS = 3
"""Working days after which an earlier window is known, as after the end of a challenge."""
WINDOW = Obj(
    {
        "start": Field(MomentText(), "first moment of the earlier window", required=True),
        "end": Field(MomentText(), "its end, at most the start of the challenge", required=True),
        "known_by": Field(
            MomentText(),
            "when it is frozen; if not written, the challenge's start or, if that is later, full 3 "
            "working days after the end of the window",
        ),
        "windows": Field(Whole(1, 366), "what its total is divided by: so many windows", default=1),
    }
)


def check_window(written: Values, frame: Frame, issues: list[Issue]) -> None:
    """It is not empty, ends before the challenge begins, and is frozen in between."""
    before = len(issues)
    window = window_of(written, frame, issues)
    if window is None or len(issues) > before:
        return
    if window.end <= window.start:
        _refuse(
            issues,
            written.at("end"),
            "empty_baseline",
            N_("The window of the baseline ends before it starts, or at the same moment."),
            N_("Write an end that is later than the start."),
        )
    elif window.end > frame.start:
        _refuse(
            issues,
            written.at("end"),
            "late_baseline",
            N_("The window of the baseline reaches into the challenge."),
            N_("Let it end at or before the start of the challenge."),
        )
    if not window.end <= window.known_by <= frame.end:
        _refuse(
            issues,
            written.at("known_by"),
            "baseline_not_frozen",
            N_("The baseline is not frozen between the end of its window and the end."),
            N_("Write a moment from the end of the window to the end of the challenge."),
        )


def _refuse(issues: list[Issue], place: Place, code: str, message: str, remedy: str) -> None:
    issues.append(error(code, message, remedy, place))


def window_of(written: Values, frame: Frame, issues: list[Issue]) -> Earlier | None:
    """The window; None after an issue."""
    start = _moment(written, "start", frame, issues)
    end = _moment(written, "end", frame, issues)
    known_by = None
    if written["known_by"] is not None:
        known_by = _moment(written, "known_by", frame, issues)
    if start is None or end is None:
        return None
    return Earlier(start, end, known_by or _arrived(end, frame), written["windows"])


def _arrived(end: datetime, frame: Frame) -> datetime:
    """When a feed that comes in arrears has brought the whole window."""
    return max(frame.start, add_working_days(end, ARREARS, frame.zone, frame.calendar))


def _moment(written: Values, key: str, frame: Frame, issues: list[Issue]) -> datetime | None:
    try:
        return read_moment(written[key], frame.zone, written.at(key))[0]
    except Invalid as invalid:
        issues.extend(invalid.issues)
        return None
