"""The back-test: what a forecast of that day would have said, and nothing that came after it."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.periods import Period
from kpis.calc.forecast.book import Book
from kpis.calc.forecast.forecast import Forecast
from tests.kpis.forecast.tales import TZ, Told, book_of, made, tales

FEBRUARY = Period.month(date(2026, 2, 1))


def test_a_past_that_was_handed_in_later_is_no_test() -> None:
    tale = [Told(number * 2, 12, "won", 1_000, 0, 1 + number % 3) for number in range(65)]
    book = book_of(tale)
    handed_in = datetime(2026, 3, 10, tzinfo=UTC)
    later = replace(
        book,
        stages=[replace(one, known_from=max(one.known_from, handed_in)) for one in book.stages],
        wins=[replace(one, known_from=max(one.known_from, handed_in)) for one in book.wins],
    )

    assert made(book).outcomes
    assert made(later).outcomes == ()
    assert made(later).correction.factor == 1
    assert made(later).lines


def lines_in(found: Forecast, place: int) -> list[tuple[str, int, int, int]]:
    """What the back-test says of a day of February."""
    return [
        (one.group, one.low, one.expected, one.high)
        for one in found.outcomes
        if one.period == FEBRUARY and one.offset == place
    ]


def lines_then(book: Book, place: int) -> list[tuple[str, int, int, int]]:
    """What the forecast of February says on the morning of that day."""
    morning = datetime.combine(FEBRUARY.start + timedelta(days=place), time(0), tzinfo=TZ)
    found = made(book, FEBRUARY, morning)
    return [(line.group, line.low, line.expected, line.high) for line in found.lines]


@settings(max_examples=25)
@given(tales, st.sampled_from([0, 7, 14, 21]))
def test_a_back_test_says_what_the_forecast_of_that_day_said(tale: list[Told], place: int) -> None:
    """Whatever has been told since, and however late."""
    book = book_of(tale)
    said = lines_in(made(book), place)

    # none where too little of that morning was told in time
    assert not said or said == lines_then(book, place)


def test_a_back_test_trusts_the_weeks_that_were_trusted_then() -> None:
    """December was followed as far as February knew; in March three times as much of it came."""
    on_time = [Told(number, 12, "won", 1_000 + number, 0, 1 + number % 3) for number in range(120)]
    book = book_of(on_time)
    more = book_of([Told(number, 9, "won", 5_000, 0, 1) for number in range(60) for _twice in "ab"])
    told = datetime(2026, 3, 10, tzinfo=UTC)
    later = replace(
        book,
        stages=[
            *book.stages,
            *(replace(one, id=one.id + 1_000, deal=one.deal + 1_000, known_from=told)
              for one in more.stages),
        ],
        wins=[
            *book.wins,
            *(replace(one, deal=(one.deal or 0) + 1_000, known_from=told) for one in more.wins),
        ],
    )  # fmt: skip

    found = made(later)

    assert {one.period.start.month for one in found.outcomes} == {1, 2}
    assert {one.period.start.month for one in made(book).outcomes} == {12, 1, 2}
    assert lines_in(found, 14) == lines_then(later, 14) == lines_in(made(book), 14) != []
