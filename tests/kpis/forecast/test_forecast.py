"""The pure forecast: its worked tables, and what holds for every book."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.periods import Period
from kpis.calc.forecast.book import Edit, Win
from kpis.calc.forecast.chances import Band, Chances
from kpis.calc.forecast.checks import COMPANY, Rest, kind_of
from kpis.calc.forecast.documents import outcome_rows
from kpis.calc.forecast.forecast import company_line
from kpis.calc.forecast.outlook import Part
from kpis.calc.forecast.ranges import Correction, line_of
from tests.kpis.forecast.tales import (
    FIRST,
    NOW,
    TEAMS,
    TZ,
    Told,
    book_of,
    made,
    moment_of,
    stage,
    tales,
    told,
    whole,
    win,
)

PAGE = Path(__file__).resolve().parents[3] / "docs/algorithms/forecast.md"


def table(head: str) -> list[list[str]]:
    """The rows of the table whose head begins so."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith(f"| {head} |"))
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


# --- worked tables ---------------------------------------------------------------------------

YOUNG = Band(0, 10, 1000, {"won": 20, "lost": 10})
OLD = Band(10, None, 500, {"won": 25})
NOTHING = (Band(0, None, 0, {}),)


def chances(edits: dict[str, Decimal] | None = None) -> Chances:
    bands = {"prospecting": NOTHING, "engaging": (YOUNG, OLD), "proposal": NOTHING}
    return Chances(bands, 100, edits or {})


def test_chances() -> None:
    rows = table("days in the stage")
    learnt = chances()

    assert rows
    for age, days, chance in rows:
        found = learnt.won_within("engaging", int(age), int(days))
        assert f"{found * 100:.2f} %" == chance


def test_lines() -> None:
    rows = table("booked")

    assert rows
    for booked, pipeline, new, variance, f, u, k, correction, low, expected, high in rows:
        part = Part(Decimal(pipeline), Decimal(new), Decimal(variance))
        line = line_of(
            COMPANY, Rest(int(booked), part), Correction(Decimal(f), Decimal(u), Decimal(k), 1)
        )
        found = (line.correction, line.low, line.expected, line.high)
        assert found == tuple(int(one) for one in (correction, low, expected, high))


def test_a_stated_probability_scales_what_is_learnt() -> None:
    learnt = chances()
    half = chances({"engaging": learnt.learnt["engaging"] / 2})
    sure = chances({"engaging": Decimal(1)})

    for age, days in ((0, 10), (7, 40), (50, 5)):
        before = learnt.won_within("engaging", age, days)
        assert half.won_within("engaging", age, days) == before / 2
        assert before < sure.won_within("engaging", age, days) <= 1


def test_a_stage_without_history_counts_nothing_until_somebody_states_it() -> None:
    stated = chances({"prospecting": Decimal("0.1")})

    assert chances().won_within("prospecting", None, 60) == 0
    assert chances().learnt.keys() == {"engaging"}
    assert 0 < stated.won_within("prospecting", None, 60) < Decimal("0.1")


def test_a_deal_that_moves_on_has_the_chances_of_the_next_stage() -> None:
    moves = (Band(0, None, 100, {"proposal": 100}),)  # on its first day
    closes = (Band(0, 1, 100, {}), Band(1, None, 100, {"won": 40, "lost": 60}))
    known = Chances({"prospecting": NOTHING, "engaging": moves, "proposal": closes}, 10)

    assert known.learnt == {"engaging": Decimal("0.4"), "proposal": Decimal("0.4")}
    assert known.won_within("engaging", 0, 1) == 0
    assert known.won_within("engaging", 0, 2) == Decimal("0.4")


def test_some_deals_skip_a_stage_and_the_others_do_not() -> None:
    moves = (Band(0, None, 100, {"engaging": 90, "proposal": 10}),)  # on the first day
    never = (Band(0, None, 100, {"lost": 100}),)
    at_once = (Band(0, None, 100, {"won": 100}),)
    known = Chances({"prospecting": moves, "engaging": never, "proposal": at_once}, 10)

    assert known.learnt["prospecting"] == Decimal("0.1")
    assert known.won_within("prospecting", 0, 5) == Decimal("0.1")
    assert known.fresh_within("prospecting", 5) == Decimal("0.1")


# --- every book ------------------------------------------------------------------------------


@settings(max_examples=25)
@given(tales)
def test_the_range_is_in_order_and_the_parts_add_up(tale: list[Told]) -> None:
    found = made(book_of(tale))

    for line in found.lines:
        assert line.low <= line.expected <= line.high
        assert line.booked <= line.low
        assert line.expected == line.booked + line.pipeline + line.new + line.correction
    people = [line for line in found.lines if kind_of(line.group) == "person"]
    company = company_line(found.lines)
    if company is not None:
        assert company.booked == sum(line.booked for line in people)
        assert abs(company.pipeline - sum(line.pipeline for line in people)) <= len(people)
        assert abs(company.new - sum(line.new for line in people)) <= len(people)
    assert (company is None) == (found.closings < 25)


@settings(max_examples=15)
@given(tales, st.lists(told, min_size=1, max_size=30))
def test_what_is_told_later_changes_nothing(tale: list[Told], more: list[Told]) -> None:
    book = book_of(tale)
    later = book_of([*tale, *more])
    seen = len(book.stages), len(book.wins)
    told_later = replace(
        later,
        stages=[
            *book.stages,
            *(replace(one, known_from=NOW) for one in later.stages[seen[0] :]),
        ],
        wins=[*book.wins, *(replace(one, known_from=NOW) for one in later.wins[seen[1] :])],
        edits=[Edit("engaging", Decimal("0.9"), NOW)],
    )

    assert whole(made(told_later)) == whole(made(book))


@settings(max_examples=15)
@given(tales)
def test_the_same_book_in_another_order_gives_the_same_bytes(tale: list[Told]) -> None:
    book = book_of(tale)
    turned = replace(book, stages=book.stages[::-1], wins=book.wins[::-1])

    assert whole(made(turned)) == whole(made(book))


@settings(max_examples=25)
@given(tales, st.integers(1, 3), st.integers(1, 1_000_000))
def test_a_won_deal_moves_from_the_pipeline_to_what_is_booked(
    tale: list[Told], owner: int, minor: int
) -> None:
    one = Told(60, 0, "open", minor, 0, owner)
    book = book_of([*tale, one])
    deal, day = len(tale) + 1, date(2026, 3, 12)
    closed = replace(
        book,
        stages=[*book.stages, stage(9_999, deal, "won", day, one)],
        wins=[*book.wins, win(deal, day, one)],
    )

    before, after = made(book), made(closed)

    assert deal in {row.deal for row in before.deals}
    assert {row.deal for row in before.deals} - {row.deal for row in after.deals} == {deal}
    first = {line.group: line for line in before.lines}
    for line in after.lines:
        mine = line.group in (COMPANY, f"person:{owner}", *TEAMS[owner])
        if line.group in first:
            held = first[line.group]
            assert line.booked - held.booked == (minor if mine else 0)
            assert line.open_deals - held.open_deals == (-1 if mine else 0)


@settings(max_examples=15)
@given(tales)
def test_a_stated_probability_counts_from_when_it_was_stated(tale: list[Told]) -> None:
    book = book_of(tale)
    sure = replace(book, edits=[Edit("engaging", Decimal(0), moment_of(date(2026, 3, 2)))])
    back = replace(sure, edits=[*sure.edits, Edit("engaging", None, moment_of(date(2026, 3, 9)))])

    stated = made(sure)

    assert all(line.pipeline == 0 and line.new == 0 for line in stated.lines)
    assert outcome_rows(stated) == outcome_rows(made(book))
    assert whole(made(back)) == whole(made(book))


def test_a_period_that_is_over_is_what_was_booked() -> None:
    tale = [Told(number * 2, 12, "won", 1_000, 0, 1) for number in range(60)]
    waiting = Told(90, 0, "open", 1_000, 0, 1)
    book = book_of(tale)
    prospect = stage(9_999, 999, "prospecting", FIRST + timedelta(days=90), waiting)
    stated = Edit("prospecting", Decimal("0.3"), moment_of(date(2026, 2, 2)))
    february = Period.month(date(2026, 2, 1))

    found = made(replace(book, stages=[*book.stages, prospect], edits=[stated]), february)

    line = next(one for one in found.lines if one.group == "person:1")
    assert line.booked > 0
    assert (line.low, line.expected, line.high) == (line.booked,) * 3


def test_who_has_lost_everything_is_expected_to_sell_nothing() -> None:
    tale = [Told(number * 2, 12, "lost", 1_000, 0, 1 + number % 2) for number in range(60)]
    book = book_of([*tale, Told(130, 0, "open", 9_000, 0, 3)])

    found = made(book)

    assert [(line.booked, line.low, line.expected, line.high) for line in found.lines] == [
        (0, 0, 0, 0) for _line in found.lines
    ]
    teams = {team for held in TEAMS.values() for team in held}
    assert {line.group for line in found.lines} == {
        COMPANY,
        "person:1",
        "person:2",
        "person:3",
        *teams,
    }
    assert found.chances.learnt == {"engaging": 0}


def test_the_first_day_has_everything_before_it_and_the_last_day_little() -> None:
    tale = [Told(number * 2, 12, "won", 1_000, 0, 1 + number % 3) for number in range(65)]
    book = book_of(tale)
    days = [datetime(2026, 3, day, 0, 0, tzinfo=TZ) for day in (1, 31)]

    first, last = (company_line(made(book, moment=day).lines) for day in days)

    assert first is not None
    assert last is not None
    assert (first.booked, first.low > 0) == (0, True)
    assert last.booked > 0
    assert first.high - first.low > last.high - last.low
    assert first.pipeline + first.new > last.pipeline + last.new


def test_somebody_new_counts_from_the_first_deal() -> None:
    """Nothing is said of who has neither deal nor win; one open deal has the chances of all."""
    tale = [Told(number * 2, 12, "won", 1_000, 0, 1 + number % 2) for number in range(65)]
    one = Told(130, 0, "open", 1_000, 0, 3)

    before, after = made(book_of(tale)), made(book_of([*tale, one]))

    assert "person:3" not in {line.group for line in before.lines}
    line = next(one for one in after.lines if one.group == "person:3")
    assert (line.booked, line.open_deals, line.begun) == (0, 1, 1)
    assert 0 < line.pipeline <= 5_000
    assert line.low <= line.expected <= line.high


def test_a_company_without_history_has_no_forecast() -> None:
    found = made(book_of([Told(3, 4, "won", 500, 0, 1)] * 24))

    assert (found.lines, found.closings, found.outcomes) == ((), 24, ())


def test_revenue_that_no_deal_announces_goes_on_by_the_working_day() -> None:
    """1,000 on each working day, 91 days long: the rest of March brings as much a day."""
    tale = [Told(0, 1, "lost", 1, 0, 3)] * 25
    book = book_of(tale)
    start, today = date(2025, 11, 3), date(2026, 3, 16)
    days = [start + timedelta(days=n) for n in range((today - start).days)]
    daily = [
        Win(1, None, moment_of(day), day, 1_000, TEAMS[1], moment_of(day))
        for day in days
        if day.weekday() < 5
    ]

    line = next(one for one in made(replace(book, wins=daily)).lines if one.group == "person:1")

    assert (line.booked, line.pipeline, line.new) == (10_000, 0, 12_000)
