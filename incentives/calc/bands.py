"""Bands: consecutive ranges, each with a rate, a multiple or an amount; half-open by default."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from incentives.calc.fields import Amount, Choice, Field, Number, Schema, block_schema, read_block
from incentives.calc.quantities import Quantity, constant
from incentives.calc.reader import FAILED, Reader
from kernel.documents import joined
from kernel.issues import N_
from kernel.numbers import as_text


@dataclass(frozen=True, slots=True)
class Band:
    """From ``lower`` up to ``upper`` (None: without end); ``text`` is the limit as written."""

    lower: Fraction
    upper: Fraction | None
    value: Quantity
    text: str


@dataclass(frozen=True, slots=True)
class Bands:
    """A list of bands that touch each other. ``zero_first``: the first one must begin at 0."""

    value: str
    meaning: str
    zero_first: bool = True
    signed: bool = False

    @property
    def fields(self) -> tuple[Field, ...]:
        least = None if self.signed else Fraction(0)
        return (
            Field("from", Number(), "the lower limit of the band"),
            Field("to", Number(), "the upper limit; when absent, the next band's from", None),
            Field(self.value, Amount(least), self.meaning),
        )

    def schema(self) -> Schema:
        return {"type": "array", "minItems": 1, "items": block_schema(self.fields)}

    def read(self, reader: Reader, value: Any, path: str) -> Any:
        if not isinstance(value, list) or not value:
            return reader.wrong(path, N_("A list of bands is expected here, not {found}."), value)
        rows = [read_block(reader, r, joined(path, n), self.fields) for n, r in enumerate(value)]
        good = [row for row in rows if isinstance(row, dict)]
        # A bad rate must not hide a gap or an overlap: limits are checked on their own.
        limits = good if len(good) == len(rows) else self._limits_of(reader, value)
        if not self._continuous(reader, limits, path) or len(good) < len(rows):
            return FAILED
        uppers = [row["from"] for row in good[1:]] + [good[-1]["to"]]
        return tuple(
            Band(row["from"], upper, row[self.value], as_text(row["from"]))
            for row, upper in zip(good, uppers, strict=True)
        )

    def _limits_of(self, reader: Reader, value: list[Any]) -> list[dict[str, Any]]:
        """The limits alone, when all of them are readable; their issues are already reported."""
        silent = Reader(reader.document)
        fields = self.fields[:2]
        known = [
            {k: v for k, v in r.items() if k in ("from", "to")}
            for r in value
            if isinstance(r, dict)
        ]
        found = [read_block(silent, row, "", fields) for row in known]
        rows = [row for row in found if isinstance(row, dict)]
        return rows if len(rows) == len(value) else []

    def _continuous(self, reader: Reader, rows: Sequence[dict[str, Any]], path: str) -> bool:
        if not rows:
            return False
        before = len(reader.issues)
        if self.zero_first and rows[0]["from"] != 0:
            self._not_from_zero(reader, rows[0], joined(path, 0))
        for number, row in enumerate(rows):
            here = joined(path, number)
            following = rows[number + 1]["from"] if number + 1 < len(rows) else None
            _check_limits(reader, row, following, here)
        if rows[-1]["to"] is not None:
            reader.error(
                joined(path, len(rows) - 1),
                "plan.bands_end",
                N_("Nothing is said about values from {to} upwards."),
                N_("Remove `to` from the last band, or add a band for what lies above."),
                to=as_text(rows[-1]["to"]),
            )
        return len(reader.issues) == before

    def _not_from_zero(self, reader: Reader, row: dict[str, Any], path: str) -> None:
        reader.error(
            joined(path, "from"),
            "plan.bands_start",
            N_("The first band begins at {start}, so nothing is said below it."),
            N_("Begin at 0: add a band from 0 with {value} 0 when nothing is paid there."),
            start=as_text(row["from"]),
            value=self.value,
        )


def _check_limits(
    reader: Reader, row: dict[str, Any], following: Fraction | None, path: str
) -> None:
    lower, upper = row["from"], row["to"]
    if upper is not None and upper <= lower:
        reader.error(
            joined(path, "to"),
            "plan.band_empty",
            N_("The band from {lower} to {upper} contains nothing."),
            N_("Write limits that rise."),
            lower=as_text(lower),
            upper=as_text(upper),
        )
    if following is None:
        return
    if following <= lower:
        _disorder(reader, lower, following, path)
    elif upper is not None and upper != following:
        _misfit(reader, upper, following, path)


def _disorder(reader: Reader, lower: Fraction, following: Fraction, path: str) -> None:
    reader.error(
        path,
        "plan.bands_overlap",
        N_("The band from {lower} and the next one, from {following}, overlap."),
        N_("Put the bands in rising order, each from a higher limit than the one before."),
        lower=as_text(lower),
        following=as_text(following),
    )


def _misfit(reader: Reader, upper: Fraction, following: Fraction, path: str) -> None:
    overlap = upper > following
    reader.error(
        joined(path, "to"),
        "plan.bands_overlap" if overlap else "plan.bands_gap",
        N_("Two bands overlap: one ends at {upper}, the next begins at {following}.")
        if overlap
        else N_("There is a gap: one band ends at {upper}, the next begins at {following}."),
        N_("Let each band begin exactly where the one before ends, or leave `to` out."),
        upper=as_text(upper),
        following=as_text(following),
    )


def band_of(bands: Sequence[Band], value: Fraction, on_limit: str, unit: Fraction) -> Band | None:
    """The band that holds ``value``; limits count ``unit`` each. None below the first band.

    ``on_limit`` "higher": a value exactly on a limit belongs to the band above, [lower, upper).
    "lower": to the band below, (lower, upper]; on the first limit that is no band.
    """
    found = None
    for band in bands:
        limit = band.lower * unit
        if value > limit or (value == limit and on_limit == "higher"):
            found = band
    return found


def overlap(band: Band, first: bool, value: Fraction, unit: Fraction) -> Fraction:
    """How much of 0..value lies in the band; what is below 0 counts in the first band."""
    lower = band.lower * unit
    top = value if band.upper is None else min(value, band.upper * unit)
    return top - lower if first else max(top - lower, Fraction(0))


UNIT = Field(
    "unit",
    Amount(Fraction(0), strict=True),
    "what a limit counts: 1, or an objective when limits are shares of it",
    constant(1),
)
ON_LIMIT = Field(
    "on_limit",
    Choice(("higher", "lower")),
    "the band that a value exactly on a limit belongs to",
    "higher",
)
