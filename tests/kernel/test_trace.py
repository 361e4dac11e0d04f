"""Traces survive storage; canonical bytes are equal exactly when values are."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.money import Money
from kernel.periods import Period
from kernel.trace import Step, sha256_of, step, to_bytes

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
pairs = st.lists(st.tuples(texts, texts), max_size=3).map(tuple)
sources = st.lists(texts, max_size=3).map(tuple)
steps = st.recursive(
    st.builds(
        Step, texts, texts, pairs, texts, st.just(()), st.lists(texts, max_size=3).map(tuple)
    ),
    lambda children: st.builds(
        Step, texts, texts, pairs, texts, st.lists(children, max_size=3).map(tuple)
    ),
    max_leaves=12,
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


class Side(StrEnum):
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class Rate:
    value: Fraction
    since: date


def test_a_step_takes_exact_values_and_becomes_text() -> None:
    deals = step("deals", "{count} deals", Money(18_200_000, "EUR"), sources=["d1", "d2"], count=2)
    made = step(
        "attainment", "{actual} of {target}", Fraction("1.2"), children=[deals],
        target=Decimal("150000.00"), actual=Fraction(180000),
    )  # fmt: skip

    assert made == Step(
        code="attainment",
        label="{actual} of {target}",
        params=(("actual", "180000"), ("target", "150000")),
        value="1.2",
        children=(
            Step("deals", "{count} deals", (("count", "2"),), "182000.00 EUR", (), ("d1", "d2")),
        ),
    )
    assert [line.text() for line in made.walk()] == ["180000 of 150000", "2 deals"]


@given(steps)
def test_a_stored_step_reads_back(trace: Step) -> None:
    assert Step.from_json(json.loads(to_bytes(trace))) == trace


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "x",
        {},
        {"code": 1, "label": ""},
        {"code": "", "label": "", "children": {}},
        {"code": "", "label": "", "params": [["a"]]},
        {"code": "", "label": "", "params": [7]},
    ],
)
def test_something_else_is_not_a_step(data: object) -> None:
    with pytest.raises(ValueError, match=r"expected|object|list|pair"):
        Step.from_json(data)


def test_canonical_bytes_of_everything_that_we_store() -> None:
    value = {
        "é": [None, True, 1, -(10**30)],
        "b": {"z": Fraction(1, 3), "a": Decimal("1.50"), "m": Money(1250, "EUR")},
        "a": (date(2026, 11, 30), Period.month(date(2026, 11, 1)), Side.LEFT),
        "r": Rate(Fraction(1, 20), date(2026, 1, 1)),
        "s": {3, 1, 2},
        "t": datetime(2026, 11, 1, 1, 30, tzinfo=timezone(timedelta(hours=2))),
    }

    assert to_bytes(value).decode() == (
        '{"a":["2026-11-30","2026-11-01/2026-12-01","left"],'
        '"b":{"a":"1.5","m":{"amount":"12.50","currency":"EUR"},"z":"1/3"},'
        '"r":{"since":"2026-01-01","value":"0.05"},"s":[1,2,3],'
        '"t":"2026-10-31T23:30:00+00:00",'
        '"é":[null,true,1,-1000000000000000000000000000000]}'
    )


@given(plain)
def test_plain_values_are_ordinary_json(value: object) -> None:
    assert json.loads(to_bytes(value)) == value


@given(st.dictionaries(texts, st.integers()), st.randoms())
def test_the_order_of_keys_does_not_matter(value: dict[str, int], chance: object) -> None:
    items = list(value.items())
    chance.shuffle(items)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random

    assert sha256_of(dict(items)) == sha256_of(value)


def test_equal_values_have_equal_bytes() -> None:
    assert to_bytes(Decimal("1.0")) == to_bytes(Decimal(1)) == to_bytes(Fraction(1)) == b'"1"'
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert to_bytes(noon) == to_bytes(noon.astimezone(timezone(timedelta(hours=9))))


def test_the_hash_is_of_the_bytes() -> None:
    # sha256sum of the two bytes {}
    assert sha256_of({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    "value",
    [0.5, {"a": [1.0]}, {1: "x"}, {None: 1}, object(), Rate, b"bytes", Fraction],
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        to_bytes(value)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_bytes(datetime(2026, 1, 1))


def test_a_step_speaks_another_language_with_the_same_params() -> None:
    told = step("flat", "{base} times {rate}", "5", base="100", rate="5 %")
    assert told.text() == "100 times 5 %"
    assert told.text(lambda label: label.replace("times", "fois")) == "100 fois 5 %"
