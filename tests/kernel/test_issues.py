"""Issues are data; `Invalid` carries all of them."""

from datetime import UTC, date, datetime

import pytest

from kernel.issues import (
    N_,
    Invalid,
    Issue,
    Level,
    Place,
    error,
    fill,
    info,
    refuse_errors,
    warning,
)


def test_an_issue_tells_what_where_and_what_to_do() -> None:
    issue = error(
        "plan.rate",
        N_("The rate {rate} is negative."),
        N_("Write a rate of {least} or more."),
        Place("plan.yaml", "components[0].rate", 12, 7),
        rate="-5 %",
        least=0,
    )

    assert issue.as_json() == {
        "level": "error",
        "code": "plan.rate",
        "message": "The rate -5 % is negative.",
        "remedy": "Write a rate of 0 or more.",
        "place": {"file": "plan.yaml", "path": "components[0].rate", "line": 12, "column": 7},
        "params": {"least": "0", "rate": "-5 %"},
    }


def test_the_template_is_translated_before_it_is_filled() -> None:
    french = {"{name} is unknown.": "{name} est inconnu.", "Ask {who}.": "Demandez à {who}."}
    issue = error("x", "{name} is unknown.", "Ask {who}.", name="Léa", who="Hugo")

    assert issue.text(french.__getitem__) == "Léa est inconnu."
    assert issue.remedy_text(french.__getitem__) == "Demandez à Hugo."


def test_a_day_is_said_as_the_reader_says_days() -> None:
    issue = error(
        "x", "From {start} on.", "Before {start}, at {at}.", start=date(2026, 3, 1),
        at=datetime(2026, 3, 2, 9, tzinfo=UTC), text="2026-03-01",
    )  # fmt: skip

    def said(day: date) -> str:
        return f"{day.day}.{day.month}."

    for one in (issue, issue.at(Place(path="valid_from"))):
        assert one.text(day=said) == "From 1.3. on."
        assert one.remedy_text(day=said) == "Before 1.3., at 2026-03-02 09:00:00+00:00."
        assert one.text() == "From 2026-03-01 on."
        assert dict(one.params)["start"] == "2026-03-01"


def test_braces_in_what_the_user_wrote_are_not_a_template() -> None:
    issue = error("x", "{text} is wrong", "", text="{0} {text} {text.__class__}")

    assert issue.text() == "{0} {text} {text.__class__} is wrong"


def test_a_translation_with_a_wrong_parameter_still_shows_the_rest() -> None:
    assert fill("{nom}: {name}", {"name": "Léa"}) == "{nom}: Léa"


def test_a_flood_of_text_is_cut() -> None:
    assert len(error("x", "{text}", "", text="a" * 10_000).text()) == 200


def test_a_float_has_no_place_in_an_issue() -> None:
    with pytest.raises(TypeError, match="float"):
        error("x", "{amount}", "", amount=0.1)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(), ""),
        (Place("deals.csv", "amount", 3), "deals.csv:amount:3"),
        (Place(path="a.b", line=3, column=9), "a.b:3:9"),
    ],
)
def test_a_place_reads_like_an_address(place: Place, text: str) -> None:
    assert str(place) == text


def test_a_place_leads_deeper_into_a_document() -> None:
    place = Place("plan.yaml", line=4).under("components").under("[0]").under("rate")

    assert place == Place("plan.yaml", "components[0].rate", 4)


def test_invalid_carries_issues_given_one_by_one_or_together() -> None:
    first, second, third = (error(code, code, "") for code in "abc")

    assert Invalid(first, [second, third]).issues == (first, second, third)
    assert str(Invalid(first, second.at(Place(line=2)))) == "a\n2: b"
    with pytest.raises(ValueError, match="at least one"):
        Invalid()


def test_only_errors_stop() -> None:
    soft: list[Issue] = [warning("w", "w", "r"), info("i", "i")]
    refuse_errors(soft)
    hard = [*soft, error("e", "e", "r")]

    with pytest.raises(Invalid) as refused:
        refuse_errors(hard)
    assert refused.value.issues == tuple(hard)
    assert [issue.level for issue in hard] == [Level.WARNING, Level.INFO, Level.ERROR]


def test_an_empty_remedy_is_never_looked_up_in_a_catalogue() -> None:
    issue = info("x", "Only so.")
    assert issue.remedy_text(lambda text: text or "the header of the catalogue") == ""
