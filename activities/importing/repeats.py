"""Ids that a file has more than once: what its rows say together, beside what each says alone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from activities.importing.kinds import MappedRow, Outcome
from kernel.issues import N_, Issue, error


def contradictions(
    rows: Sequence[MappedRow], *ids: str, same: Callable[[str], str] = str
) -> dict[int, Issue]:
    """By index of the row: where a file tells how things stand, one id cannot have two contents.

    The id is the first of the fields `ids` that a row fills.
    """
    first: dict[str, MappedRow] = {}
    found: dict[int, Issue] = {}
    for index, row in enumerate(rows):
        name = next((one for one in ids if row.text(one)), "")
        if not name:
            continue
        before = first.setdefault(same(row.text(name)), row)
        if before.values != row.values:
            found[index] = _contradiction(row, name, before)
    return found


def _contradiction(row: MappedRow, name: str, before: MappedRow) -> Issue:
    return error(
        "duplicate_id_with_other_content",
        N_("The id is already in row {row}, with other content."),
        N_("Keep the row that is right, or give the other one its own id."),
        row.place.under(name),
        row=before.number,
    )


def refused(outcomes: Sequence[Outcome], repeated: Mapping[int, Issue]) -> list[Outcome]:
    """The outcomes, with the rows of `repeated` rejected."""
    return [
        _rejected(one, repeated[index]) if index in repeated else one
        for index, one in enumerate(outcomes)
    ]


def _rejected(one: Outcome, issue: Issue) -> Outcome:
    return Outcome(one.number, "rejected", (*one.issues, issue))


def beside_bad_rows(rows: Sequence[MappedRow], outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes of records of the log, where another row of the same id was not written.

    A second record with other content is told, though the first is bad; that a correction finds
    nothing is not, because the record is there, if bad.
    """
    bad: dict[str, MappedRow] = {}
    told: list[Outcome] = []
    for row, one in zip(rows, outcomes, strict=True):
        id_ = row.text("external_id")
        is_record = (row.text("kind") or "record") == "record"
        before = bad.get(id_)
        told.append(one if before is None else _beside(before, row, one, is_record=is_record))
        if one.status == "rejected" and is_record and id_:
            bad.setdefault(id_, row)
    return told


def _beside(before: MappedRow, row: MappedRow, one: Outcome, *, is_record: bool) -> Outcome:
    if not is_record:
        return replace(one, issues=_without(one.issues, "nothing_to_correct"))
    if before.values == row.values:
        return one
    issues = _without(one.issues, "duplicate_id_with_other_content")
    return _rejected(replace(one, issues=issues), _contradiction(row, "external_id", before))


def _without(issues: Iterable[Issue], code: str) -> tuple[Issue, ...]:
    return tuple(issue for issue in issues if issue.code != code)
