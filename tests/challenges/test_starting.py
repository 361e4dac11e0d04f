"""Every format can be chosen, is filled in as a form, and makes a draft of one's own teams."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from challenges.calc import parse_rules
from challenges.calc.document import DOCUMENT, score_fields
from challenges.calc.formats import FORMATS
from challenges.calc.rules import Rules
from challenges.calc.shapes import Choice, Either, Field, ListOf, NumberOr, Obj, Tagged, WholeOr
from challenges.gathering.inputs import latest_rules
from challenges.models import Challenge
from challenges.services.creating import read_draft
from challenges.studio.desk import KEPT, plain_path
from challenges.studio.labels import OPTIONS, label_of
from challenges.studio.sheet_views import starting_document
from challenges.studio.starting import FOLDER, document_to_start, starts
from kernel.documents import joined
from kernel.issues import Invalid
from tests.challenges.controls import Controls, controls_of
from tests.challenges.games import live, made
from tests.challenges.test_pages import BACKEND
from tests.kpis.crew import Crew

HEXED = "f" * 16


def sheet(client: Client, address: str) -> Controls:
    page = client.get(address)
    assert page.status_code == 200
    return controls_of(page.content.decode(), "challenge-form")


def plain(rules: Rules) -> Rules:
    """Without what a draft has of its own: its name and its key."""
    return replace(rules, key="", names=(), sha256="")


def test_each_format_has_rules_to_start_from() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(FORMATS)


ONE_WINNER = {"duel", "tug_of_war", "knockout", "team_against_team", "record", "tiered_leagues"}
"""Two sides, one holder, or one in each league."""
UNRANKED = {"collective_goal", "lottery", "mission_path", "over_the_line", "steps"}


def test_the_rules_to_start_from_have_several_winners(crew: Crew) -> None:
    found = {
        one.key: parse_rules(starting_document(one, seed="s")).winners
        for one in starts()
        if one.key not in ONE_WINNER | UNRANKED
    }
    assert len(found) == len(FORMATS) - len(ONE_WINNER | UNRANKED)
    assert {key for key, winners in found.items() if winners == 1} == set()


@pytest.mark.parametrize(
    ("key", "language"),
    [*((key, "en") for key in sorted(FORMATS)), ("scorecard", "fr"), ("ranking_with_pot", "fr")],
)
def test_the_form_of_a_format_makes_a_draft_of_the_same_rules(
    crew: Crew, client: Client, key: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda _length: HEXED)
    crew.admin.language = language
    crew.admin.save()
    client.force_login(crew.admin, backend=BACKEND)
    address = reverse("challenges:new_of", args=[key])
    sent = sheet(client, address) | {"name.en": ["Spring"], "name.fr": [""], "teams": ["west"]}

    done = client.post(address, sent)

    assert done.status_code == 302, (done.context["others"], done.context["form"].errors)
    challenge = Challenge.objects.get()
    assert (challenge.state, challenge.name) == ("draft", "Spring")
    assert [team.key for team in challenge.teams.all()] == ["west"]
    start = next(one for one in starts() if one.key == key)
    before = read_draft(starting_document(start, seed=HEXED), team_keys=["west"]).rules
    after = parse_rules(latest_rules(challenge).document)
    assert plain(after) == plain(before)
    assert client.get(done["Location"]).status_code == 200

    # and once more: what a draft says stands in its form, and comes back as the very document
    again = reverse("challenges:change", args=[challenge.pk])
    assert client.post(again, sheet(client, again)).status_code == 302
    assert parse_rules(latest_rules(challenge).document) == after


@pytest.mark.parametrize("key", sorted(FORMATS))
def test_the_document_of_a_format_makes_a_draft_as_it_stands(
    crew: Crew, client: Client, key: str
) -> None:
    client.force_login(crew.admin, backend=BACKEND)
    address = reverse("challenges:new_of", args=[key]) + "?as=document"
    document = client.get(address).context["form"].initial["document"]

    done = client.post(address, {"document": document, "teams": ["west"]})

    assert done.status_code == 302, done.context["form"].errors
    assert Challenge.objects.get().state == "draft"


def test_all_formats_are_offered_in_words(crew: Crew, client: Client) -> None:
    client.force_login(crew.admin, backend=BACKEND)
    page = client.get(reverse("challenges:new"))
    assert [card.key for card in page.context["cards"]] == list(FORMATS)
    assert all(card.text for card in page.context["cards"])


def test_rules_that_do_not_hold_are_told_and_make_nothing(crew: Crew, client: Client) -> None:
    client.force_login(crew.admin, backend=BACKEND)
    answer = client.post(
        reverse("challenges:new_of", args=["most"]) + "?as=document",
        {"document": "format: most\nscore: {}\n", "teams": ["west"]},
    )
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not Challenge.objects.exists()


@pytest.mark.parametrize(("language", "first"), [("en", "name.en"), ("fr", "name.fr")])
def test_the_name_is_asked_for_in_the_readers_language_first(
    crew: Crew, client: Client, language: str, first: str
) -> None:
    crew.admin.language = language
    crew.admin.save()
    client.force_login(crew.admin, backend=BACKEND)
    page = client.get(reverse("challenges:new_of", args=["most"])).content.decode()
    fields = [one for one in ("name.en", "name.fr") if f'name="{one}"' in page]
    assert min(fields, key=lambda one: page.index(f'name="{one}"')) == first
    assert len(fields) == 2


@pytest.mark.parametrize("key", sorted(FORMATS))
def test_own_targets_are_proposed_by_the_month_because_objectives_are(key: str) -> None:
    document = document_to_start(
        key, titles=("A", "B"), today=date(2026, 11, 22), timezone="UTC", currency="EUR", seed="x"
    )
    rules = parse_rules(document)
    monthly = key in {"percent_of_target", "over_the_line", "scorecard"}
    window = ("2026-12-01", "2027-01-01") if monthly else ("2026-11-23", "2026-12-21")
    assert (rules.start.date().isoformat(), rules.end.date().isoformat()) == window


def test_an_unknown_format_is_not_found(crew: Crew, client: Client) -> None:
    client.force_login(crew.admin, backend=BACKEND)
    assert client.get(reverse("challenges:new_of", args=["golf"])).status_code == 404


# --- words ------------------------------------------------------------------------------------


def _fields(fields: dict[str, Field], path: str = "") -> list[tuple[str, Field]]:
    found = []
    for key, spec in fields.items():
        inner = joined(path, key)
        if plain_path(inner) in KEPT:
            continue
        found += [(inner, spec), *_within(spec.shape, inner)]
    return found


def _within(shape: Any, path: str) -> list[tuple[str, Field]]:
    match shape:
        case Obj():
            return _fields(dict(shape.fields), path)
        case ListOf():
            return _within(shape.item, path + "[0]")
        case Either():
            return _within(shape.table, path)
        case Tagged():
            return [one for option in shape.options.values() for one in _within(option, path)]
    return []


def _words(shape: Any, key: str) -> list[tuple[str, str]]:
    match shape:
        case Choice():
            return [(key, one) for one in shape.options]
        case NumberOr() | WholeOr():
            return [(key, shape.word), (key, "number")]
        case Tagged():
            return [(shape.tag, one) for one in shape.options]
        case ListOf():
            return _words(shape.item, key)
        case Either(scalar=Choice()):
            return [*_words(shape.scalar, key), (key, "table")]
    return []


@pytest.mark.parametrize("key", sorted(FORMATS))
def test_every_field_and_every_choice_has_a_name(key: str) -> None:
    shown = _fields({**DOCUMENT, "score": Field(score_fields(key), "")})
    unnamed = [path for path, _ in shown if label_of(plain_path(path), key) is None]
    words = [one for path, spec in shown for one in _words(spec.shape, path.rpartition(".")[2])]

    assert unnamed == []
    assert [f"{k}.{w}" for k, w in words if not {f"{k}.{w}", w} & set(OPTIONS)] == []


# --- filling in -------------------------------------------------------------------------------


def test_rows_come_and_go_and_nothing_is_lost(crew: Crew, client: Client) -> None:
    client.force_login(crew.admin, backend=BACKEND)
    address = reverse("challenges:new_of", args=["weighted_points"])
    sent = sheet(client, address)
    sent |= {"name.en": ["Points"], "teams": ["west"], "score.parts[2].points": ["75"]}

    less = client.post(address, sent | {"do": ["remove:score.parts[1]"]}).content.decode()
    now = controls_of(less, "challenge-form")
    more = client.post(address, now | {"do": ["add:prizes"]}).content.decode()
    last = controls_of(more, "challenge-form")

    assert "errors" not in less
    assert (now["score.parts.count"], now["score.parts[1].points"]) == (["2"], ["75"])
    assert (now["name.en"], now["teams"]) == (["Points"], ["west"])
    assert (last["prizes[0].for"], last["prizes[0].rank"]) == (["rank"], ["1"])
    assert not Challenge.objects.exists()

    done = client.post(address, last | {"prizes[0].amount": ["1 000"]})
    assert done.status_code == 302
    rules = parse_rules(latest_rules(Challenge.objects.get()).document)
    assert [part.measure.metric for part in rules.params.parts] == ["calls", "deals_won"]  # type: ignore[attr-defined]  # of this format
    assert [(prize.amount, prize.currency) for prize in rules.prizes] == [(100000, "EUR")]


LONG = "9" * 5_000
"""More digits than Python reads."""


@pytest.mark.parametrize(
    "crafted",
    [
        {"do": "add:prizes[a].x"},
        {"do": "remove:prizes[][0]"},
        {"do": f"remove:prizes[{LONG}]"},
        {"do": "add:prizes[0].for"},
        {"do": "add:score"},
        {"do": "add:name"},
        {"do": "add:prizes", "prizes[0].was": '{"for": "rank", "rank": [1]}'},
        {"do": "add:prizes", "prizes[0].rank": LONG},
        {"prizes.count": LONG},
        *({"prizes[0].was": was} for was in ("5", "null", "[1]", '"text"', '{"for": [1]}')),
    ],
)
def test_a_crafted_post_is_no_fault_of_ours(
    crew: Crew, client: Client, crafted: dict[str, str]
) -> None:
    client.force_login(crew.admin, backend=BACKEND)
    address = reverse("challenges:new_of", args=["most"])
    sent = sheet(client, address)
    if "prizes[0].was" in crafted:
        sent = {key: said for key, said in sent.items() if not key.startswith("prizes[0]")}
    sent |= {key: [value] for key, value in crafted.items()}

    assert client.post(address, sent).status_code == 200


def test_a_number_too_long_to_read_names_no_challenge(crew: Crew, client: Client) -> None:
    client.force_login(crew.admin, backend=BACKEND)
    address = reverse("challenges:preview")

    assert client.post(f"{address}?challenge={LONG}").status_code == 404


def test_what_is_wrong_stands_beside_its_field_all_at_once(crew: Crew, client: Client) -> None:
    crew.admin.language = "fr"
    crew.admin.save()
    client.force_login(crew.admin, backend=BACKEND)
    address = reverse("challenges:new_of", args=["race"])
    sent = sheet(client, address)
    end = sent["window.start"]
    answer = client.post(
        address, sent | {"window.end": end, "score.target": ["beaucoup"], "minimum": ["1,234"]}
    )
    errors = {
        item.name: item.errors
        for step in ("called", "what", "when", "more")
        for top in answer.context[step]
        for item in (top, *top.items)
        if item.errors
    }
    page = controls_of(answer.content.decode(), "challenge-form")

    assert answer.status_code == 200
    assert set(errors) == {"name", "score.target", "window.end", "minimum"}
    assert set(answer.context["form"].errors) == {"teams"}
    assert (page["score.target"], page["window.end"]) == (["beaucoup"], end)
    assert not Challenge.objects.exists()


def test_a_word_that_asks_for_more_brings_its_fields_and_takes_them_away(
    crew: Crew, client: Client
) -> None:
    challenge = made({"prizes": []})
    client.force_login(crew.admin, backend=BACKEND)
    address = reverse("challenges:change", args=[challenge.pk])
    sent = sheet(client, address)
    assert "entrants.best_n" not in sent

    teams = client.post(address, sent | {"entrants.kind": ["team"], "do": ["show"]})
    best = controls_of(teams.content.decode(), "challenge-form")
    best = controls_of(
        client.post(
            address, best | {"entrants.team_score": ["best_n"], "do": ["show"]}
        ).content.decode(),
        "challenge-form",
    )
    assert client.post(address, best | {"entrants.best_n": ["2"]}).status_code == 302
    entrants = parse_rules(latest_rules(challenge).document).entrants
    assert (entrants.kind, entrants.team_score, entrants.best_n) == ("team", "best_n", 2)

    now = sheet(client, address)
    assert client.post(address, now | {"entrants.kind": ["person"]}).status_code == 302
    assert parse_rules(latest_rules(challenge).document).entrants.best_n is None


def test_a_form_that_was_chosen_stays_chosen_until_something_is_written(
    crew: Crew, client: Client
) -> None:
    challenge = made({"prizes": []})
    client.force_login(crew.admin, backend=BACKEND)
    address = reverse("challenges:change", args=[challenge.pk])

    def drawn(sent: Controls, form: str) -> Controls:
        page = client.post(address, {**sent, "cut_off.as": [form], "do": ["show"]})
        return controls_of(page.content.decode(), "challenge-form")

    days = drawn(sheet(client, address), "table")
    assert ("cut_off" in days, days["cut_off.working_days"]) == (False, [""])
    moment = drawn(days, "scalar")
    assert ("cut_off.working_days" in moment, moment["cut_off"]) == (False, [""])
    assert {"cut_off", "cut_off.working_days"}.isdisjoint(drawn(moment, ""))

    empty = client.post(address, moment)
    assert (empty.status_code, latest_rules(challenge).number) == (200, 1)
    assert controls_of(empty.content.decode(), "challenge-form")["cut_off.as"] == ["scalar"]
    written = {**moment, "cut_off": ["2026-04-20T18:00"]}
    assert client.post(address, written).status_code == 302
    cut_off = parse_rules(latest_rules(challenge).document).cut_off_at
    assert cut_off.isoformat() == "2026-04-20T16:00:00+00:00"


def test_a_draw_between_equals_gets_its_seed(crew: Crew, client: Client) -> None:
    challenge = live({"prizes": []})
    client.force_login(crew.admin, backend=BACKEND)
    address = reverse("challenges:change", args=[challenge.pk])
    sent = sheet(client, address) | {"ties.rule": ["chain"], "do": ["show"]}
    drawn = controls_of(client.post(address, sent).content.decode(), "challenge-form")
    done = client.post(address, drawn | {"ties.chain[0].by": ["draw"], "reason": ["Fair"]})

    assert done.status_code == 302
    ties = parse_rules(latest_rules(challenge).document).ties
    assert ([link.by for link in ties.chain], len(ties.seed)) == (["draw"], 16)


@pytest.mark.parametrize(
    ("format_key", "field", "score"),
    [
        ("most_improved", "baseline", {"metric": "revenue", "baseline": "roster"}),
        ("tiered_leagues", "placed_by", {
            "metric": "revenue", "placed_by": "roster",
            "leagues": [{"key": "gold"}, {"key": "silver"}]}),
    ],
)  # fmt: skip
def test_stated_baselines_are_refused_and_not_offered(
    crew: Crew, client: Client, format_key: str, field: str, score: dict[str, object]
) -> None:
    with pytest.raises(Invalid) as refused:
        made({"format": format_key, "score": score, "prizes": []})
    client.force_login(crew.admin, backend=BACKEND)
    page = client.get(reverse("challenges:new_of", args=[format_key])).content.decode()

    assert [(one.code, one.place.path) for one in refused.value.issues] == [
        ("challenges.no_stated_baselines", f"score.{field}")
    ]
    assert 'value="roster"' not in page
