"""An earlier window from whose records baselines come: how a document names it, and its checks."""

from datetime import datetime

from challenges.calc.formats.base import Frame
from challenges.calc.formats.kinds import Earlier
from challenges.calc.moments import read_moment
from challenges.calc.shapes import Field, MomentText, Obj, Values, Whole
from kernel.issues import N_, Invalid, Issue, Place, error

WINDOW = Obj(
    {
        "start": Field(MomentText(), "first moment of the earlier window", required=True),
        "end": Field(MomentText(), "its end, at most the start of the challenge", required=True),
        "known_by": Field(MomentText(), "when it is frozen; if not written, the challenge's start"),
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
    if not window.end <= window.known_by <= frame.start:
        _refuse(
            issues,
            written.at("known_by"),
            "baseline_not_frozen",
            N_("The baseline is not frozen between the end of its window and the start."),
            N_("Write a moment from the one to the other, or leave it out: then it is the start."),
        )


def _refuse(issues: list[Issue], place: Place, code: str, message: str, remedy: str) -> None:
    issues.append(error(code, message, remedy, place))


def window_of(written: Values, frame: Frame, issues: list[Issue]) -> Earlier | None:
    """The window; None after an issue."""
    start = _moment(written, "start", frame, issues)
    end = _moment(written, "end", frame, issues)
    known_by = frame.start
    if written["known_by"] is not None:
        known_by = _moment(written, "known_by", frame, issues) or frame.start
    if start is None or end is None:
        return None
    return Earlier(start, end, known_by, written["windows"])


def _moment(written: Values, key: str, frame: Frame, issues: list[Issue]) -> datetime | None:
    try:
        return read_moment(written[key], frame.zone, written.at(key))[0]
    except Invalid as invalid:
        issues.extend(invalid.issues)
        return None
