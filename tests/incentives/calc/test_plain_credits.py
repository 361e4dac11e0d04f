"""The quick way to read credits gives what the long way gives, mistakes included."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from incentives.calc import Inputs, parse_inputs
from incentives.calc.plain_credits import take_out
from kernel.issues import Invalid

AMOUNTS = st.integers(-(10**12), 10**12)
WORDS = st.text(max_size=6)
MOMENTS = st.sampled_from(
    [
        "2026-03-01T00:00:00.000000+00:00",
        "2026-03-31T21:59:59.999999+00:00",
        "2026-02-28T23:30:00.000001+00:00",
    ]
)
ODD_MOMENTS = st.sampled_from(
    [
        "2026-03-01",
        "2026-03-01T00:00:00+01:00",
        "2026-03-01T12:00:00",
        "2026-13-01T00:00:00.000000+00:00",
        "soon",
    ]
)
PLAIN = st.fixed_dictionaries(
    {
        "id": st.text(min_size=1, max_size=4),
        "closed_at": MOMENTS,
        "attributes": st.dictionaries(WORDS, WORDS, max_size=3),
        "amount_minor": AMOUNTS,
        "currency": st.just("EUR"),
    },
    optional={"share": st.sampled_from(["0.5", "1/3", "1", "2/4", "0.33333333"])},
)
MISTAKES: list[dict[str, object]] = [
    {"amount_minor": True},
    {"amount_minor": "12"},
    {"amount_minor": 1.5},
    {"currency": "USD"},
    {"share": 1},
    {"share": "-1"},
    {"share": "1/0"},
    {"share": "\u0661"},
    {"amount": "12.50"},
    {"id": ""},
    {"id": 7},
    {"id": "\x00"},
    {"id": "\ud800"},
    {"attributes": {"won": True}},
    {"attributes": {"size": 3}},
    {"attributes": {"gone": None}},
    {"attributes": None},
    {"attributes": ["x"]},
    {"margin": "3"},
]
ODD = st.one_of(
    st.tuples(PLAIN, st.sampled_from(["id", "closed_at", "attributes", "currency"])).map(
        lambda pair: {key: part for key, part in pair[0].items() if key != pair[1]}
    ),
    st.tuples(PLAIN, ODD_MOMENTS).map(lambda pair: {**pair[0], "closed_at": pair[1]}),
    st.tuples(PLAIN, st.sampled_from(MISTAKES)).map(lambda pair: {**pair[0], **pair[1]}),
    st.none(),
    st.just("x"),
)
CREDITS = st.lists(st.one_of(PLAIN, PLAIN, ODD), max_size=4)
PAYEES = st.lists(
    st.fixed_dictionaries({"id": st.sampled_from("abc"), "credits": CREDITS}), max_size=3
)


def told(document: object, **how: Any) -> object:
    try:
        return parse_inputs(document, currency="EUR", **how)
    except Invalid as problem:
        return [(one.code, one.place.path, one.text()) for one in problem.issues]


class _Unplain(dict[str, object]):
    """A table that the quick way leaves alone."""


@given(PAYEES)
def test_both_ways_read_the_same(payees: list[dict[str, object]]) -> None:
    document = {"period": "2026-03", "payees": payees}
    assert told(document) == told(_Unplain(document))


def test_the_quick_way_takes_what_a_run_writes_and_leaves_the_rest() -> None:
    credit = {
        "id": "crm:D1",
        "closed_at": "2026-03-03T12:00:00.000000+00:00",
        "attributes": {"account": "Altaïr", "type": "deal_won"},
        "amount_minor": 900000,
        "currency": "EUR",
        "share": "1/3",
    }
    payees: list[dict[str, object]] = [
        {"id": "1", "credits": [credit]},
        {"id": "2", "credits": [credit, {"id": "x"}]},
    ]
    document = {"period": "2026-03", "payees": payees}
    lean, taken = take_out(document, "EUR")
    assert {key: [one.id for one in found] for key, found in taken.items()} == {0: ["crm:D1"]}
    assert lean == {**document, "payees": [{"id": "1", "credits": []}, payees[1]]}
    assert payees[0]["credits"] == [credit], "the document itself is not touched"
    whole = {"period": "2026-03", "payees": payees[:1]}
    assert isinstance(told(whole), Inputs)
    assert told(whole) == told(None, text=json.dumps(whole))
