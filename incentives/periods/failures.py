"""Why a run failed: kept as data, told in the language of whoever reads it."""

from collections.abc import Iterable

from incentives.models import Run
from kernel.issues import Issue, Level, Place


def kept(issues: Iterable[Issue]) -> list[dict[str, object]]:
    """Issues as a run keeps them."""
    return [
        {
            "code": issue.code,
            "message": issue.message,
            "remedy": issue.remedy,
            "place": str(issue.place),
            "params": [list(pair) for pair in issue.params],
        }
        for issue in issues
    ]


def problems_of(run: Run) -> list[Issue]:
    """Why a run failed, as it was noted then."""
    return [
        Issue(
            Level.ERROR,
            one["code"],
            one["message"],
            one["remedy"],
            Place(path=one["place"]),
            tuple((key, value) for key, value in one["params"]),
        )
        for one in run.problems
    ]
