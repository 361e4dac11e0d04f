"""POST and GET /api/v1/...: per-row results, exact numbers, keys with scopes."""

import json
import re
from datetime import date, timedelta
from typing import Any

import jsonschema
import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from drf_spectacular.validation import validate_schema

from activities.models import Activity, ApiKey, Credit, DealPlan
from activities.services import create_api_key, revoke_api_key
from common.models import AuditEntry
from kernel.issues import Invalid
from tests.activities.conftest import Crew

CALL = {"external_id": "c1", "type": "call", "occurred_at": "2026-03-10T12:00:00+01:00"}
CALL_OF_LEA = {**CALL, "person": "P1"}
SALE = {**CALL_OF_LEA, "external_id": "s1", "type": "deal_won", "amount": 12.5, "currency": "EUR"}
URL = "/api/v1/activities"


@pytest.fixture
def key(crew: Crew) -> str:
    scopes = ["activities:write", "activities:read", "deals:write"]
    return create_api_key(actor=crew.admin, name="crm", scopes=scopes).secret


def send(body: object, key: str, url: str = URL, **headers: str) -> Any:
    text = body if isinstance(body, str) else json.dumps(body)
    return Client().post(
        url,
        text,
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", "Accept-Language": "en", **headers},
    )


def outcome(response: HttpResponse) -> list[tuple[str, str, list[str]]]:
    return [
        (row["external_id"], row["status"], [issue["code"] for issue in row["issues"]])
        for row in json.loads(response.content)["results"]
    ]


def test_one_object_is_recorded_once(key: str) -> None:
    first, second = send(SALE, key), send(SALE, key)
    assert (first.status_code, outcome(first)) == (200, [("s1", "created", [])])
    assert (second.status_code, outcome(second)) == (200, [("s1", "unchanged", [])])
    assert first.json()["results"][0]["id"] == second.json()["results"][0]["id"]
    assert Credit.objects.get().amount_minor == 1250


def test_a_list_takes_the_valid_rows_and_reports_the_others(key: str) -> None:
    answer = send([SALE, {**CALL_OF_LEA, "person": "P9"}, CALL_OF_LEA], key)
    assert answer.status_code == 207
    assert outcome(answer) == [
        ("s1", "created", []),
        ("c1", "rejected", ["unknown_person"]),
        ("c1", "created", []),
    ]
    assert answer.json()["counts"] == {"created": 2, "rejected": 1}
    assert answer.json()["results"][1]["issues"][0]["where"] == "[1].person"


def test_atomic_takes_nothing_when_one_row_is_bad(key: str) -> None:
    answer = send([SALE, {**CALL_OF_LEA, "person": "P9"}], key, URL + "?atomic=1")
    assert (answer.status_code, [row[1] for row in outcome(answer)]) == (
        422,
        ["withheld", "rejected"],
    )
    assert Activity.objects.count() == 0


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": 12.5}, "amount_without_currency"),
        ({"amount": "1.234,56", "currency": "EUR"}, "number.wrong_mark"),
        ({"amount": "12,5", "currency": "EUR"}, "number.wrong_mark"),
        ({"amount": "1,234", "currency": "EUR"}, "number.ambiguous"),
        ({"amount": "1,234.50", "currency": "EUR"}, None),
        ({"amount": True, "currency": "EUR"}, "wrong_type"),
        ({"amount": 0.001, "currency": "EUR"}, "money.too_fine"),
        ({"occurred_at": "10/03/2026"}, "unreadable_date"),
        ({"occurred_at": "2026-02-30"}, "unreadable_date"),
        ({"occurred_at": 20260310}, "unreadable_date"),
        ({"occurred_at": None}, "missing_date"),
        ({"occured_at": "2026-03-10"}, "unknown_field"),
        ({"kind": "delete"}, "unknown_kind"),
        ({"person": "\u0000"}, "control_characters"),
        ({"person": "\ud800"}, "control_characters"),
        ({"account": "x" * 201}, "text_too_long"),
        ({"account": '=HYPERLINK("https://example.org")'}, "spreadsheet_formula"),
        ({"account": "  =1+1"}, "spreadsheet_formula"),
        ({"external_id": "@SUM(A1)"}, "spreadsheet_formula"),
        ({"attributes": {"outcome": "-2+3+cmd|' /C calc'!A0"}}, "spreadsheet_formula"),
        ({"credits": [{"person": "+P1"}]}, "spreadsheet_formula"),
        ({"account": "+33 1 23 45 67 89"}, None),
        ({"account": "A=B"}, None),
        ({"credits": [{"person": "P1", "share": "0.4"}]}, "shares_do_not_sum"),
        ({"credits": "P1"}, "wrong_type"),
        ({"attributes": {"outcome": ["a"]}}, None),
        ({"attributes": {"minutes": 1.5}}, None),
        ({"external_id": 8841}, None),
    ],
)
def test_what_a_row_may_be(key: str, change: dict[str, object], code: str | None) -> None:
    answer = send({**CALL_OF_LEA, **change}, key)
    found = [one for _, _, codes in outcome(answer) for one in codes]
    assert found == ([code] if code else [])
    assert answer.status_code == (422 if code else 200)
    assert Activity.objects.count() == (0 if code else 1)


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "3", '"x"', '{"amount": NaN}', "[" * 100_000, "\udcff"]
)
def test_a_body_that_is_no_row_is_refused_as_a_whole(key: str, body: str) -> None:
    answer = Client().post(
        URL,
        body.encode("utf-8", "surrogateescape"),
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code == 400
    assert [issue["code"] for issue in answer.json()["issues"]] == ["malformed_json"]


def test_a_body_that_cannot_be_read_says_where_and_why(key: str) -> None:
    told = {}
    for body in (
        '[{"id": "a"},\n {"id" "b"}]',
        '[{"id": "a", "x": {"y": 1,\n "y": 2}, "id": "b"}]',
    ):
        answer = Client().post(
            URL,
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}", "Accept-Language": "fr"},
        )
        assert answer.status_code == 400
        told[body] = [(one["code"], one["where"]) for one in answer.json()["issues"]]
        # not a word of the parser
        assert "Expecting" not in answer.content.decode()
    assert list(told.values()) == [
        [("malformed_json", "2:8")],
        [("document.doubled_key", "[0].x.y:2:2"), ("document.doubled_key", "[0].id:2:11")],
    ]
    assert not Activity.objects.exists()


def test_rows_of_several_sources_keep_their_ids_apart(key: str) -> None:
    answer = send(
        [{**CALL_OF_LEA, "source": "b"}, {**CALL_OF_LEA, "source": "a"}, CALL_OF_LEA], key
    )
    assert [row[1] for row in outcome(answer)] == ["created"] * 3
    found = list(Activity.objects.order_by("source").values_list("source", "external_id"))
    assert found == [("a", "c1"), ("api", "c1"), ("b", "c1")]


def test_a_day_without_an_hour_is_the_companys_midnight(key: str) -> None:
    send({**CALL_OF_LEA, "occurred_at": "2026-03-10"}, key)
    assert Activity.objects.get().occurred_at.isoformat() == "2026-03-09T23:00:00+00:00"


def test_a_correction_and_a_cancellation_by_post(key: str) -> None:
    send(SALE, key)
    assert outcome(send({**SALE, "amount": 13}, key)) == [
        ("s1", "rejected", ["duplicate_id_with_other_content"])
    ]
    assert outcome(send({**SALE, "amount": 13, "kind": "correction"}, key))[0][1] == "corrected"
    gone = {"external_id": "s1", "kind": "cancellation", "reason": "refund"}
    assert outcome(send(gone, key)) == [("s1", "cancelled", [])]


def test_deals_by_post(key: str) -> None:
    deal = {
        "external_id": "D1",
        "stage": "won",
        "owner": "P1",
        "engaged_at": "2026-03-01",
        "closed_at": "2026-03-10",
        "amount": "100",
        "currency": "EUR",
    }
    assert outcome(send(deal, key, "/api/v1/deals")) == [("D1", "created", [])]
    assert outcome(send({**deal, "stage": "gone"}, key, "/api/v1/deals")) == [
        ("D1", "rejected", ["unknown_stage"])
    ]
    kinds = {row.type_id for row in Activity.objects.all()}
    assert kinds == {"opportunity_created", "deal_won"}


def test_an_open_deal_says_when_it_is_planned_to_close(key: str) -> None:
    deal = {
        "external_id": "D1",
        "stage": "proposal",
        "owner": "P1",
        "proposed_at": "2026-03-01",
        "planned_close_on": "2026-05-29",
    }
    assert outcome(send(deal, key, "/api/v1/deals")) == [("D1", "created", [])]
    assert outcome(send(deal, key, "/api/v1/deals")) == [("D1", "unchanged", [])]
    for wrong in ("29/05/2026", "2026-05-29T10:00", "2026-02-30", 20260529):
        row = {**deal, "planned_close_on": wrong}
        assert outcome(send(row, key, "/api/v1/deals")) == [("D1", "rejected", ["unreadable_date"])]
    assert [row.close_on for row in DealPlan.objects.all()] == [date(2026, 5, 29)]


def test_the_log_is_read_in_pages_in_the_order_of_arrival(key: str) -> None:
    send([{**CALL_OF_LEA, "external_id": f"c{index}"} for index in range(5)], key)
    send(
        {**SALE, "credits": [{"person": "P1", "share": "1/2"}, {"person": "P2", "share": "1/2"}]},
        key,
    )
    seen: list[str] = []
    url = f"{URL}?page_size=4"
    while url:
        answer = Client().get(url, headers={"Authorization": f"Bearer {key}"}).json()
        seen += [row["external_id"] for row in answer["results"]]
        url = answer["next"]
    assert seen == ["c0", "c1", "c2", "c3", "c4", "s1"]
    (sale,) = (
        Client()
        .get(f"{URL}?type=deal_won&person=P2", headers={"Authorization": f"Bearer {key}"})
        .json()["results"]
    )
    assert (sale["amount"], sale["credits"]) == (
        "12.50",
        [
            {"person": "P1", "share": "0.50000000", "amount": "6.25"},
            {"person": "P2", "share": "0.50000000", "amount": "6.25"},
        ],
    )


def test_reading_takes_the_same_number_of_queries_for_any_number_of_rows(
    key: str, django_assert_num_queries: Any
) -> None:
    send([{**CALL_OF_LEA, "external_id": f"c{index}"} for index in range(30)], key)
    for size in (2, 30):
        with django_assert_num_queries(3):  # key, rows, credits
            Client().get(f"{URL}?page_size={size}", headers={"Authorization": f"Bearer {key}"})


def test_only_what_counts_is_listed_unless_asked(key: str) -> None:
    send([SALE, {**SALE, "amount": 13, "kind": "correction"}], key)
    header = {"Authorization": f"Bearer {key}"}
    assert [row["revision"] for row in Client().get(URL, headers=header).json()["results"]] == [2]
    everything = Client().get(URL + "?all=1", headers=header).json()["results"]
    assert [row["revision"] for row in everything] == [1, 2]


def test_messages_are_in_the_callers_language(key: str) -> None:
    texts = {
        language: send({**CALL_OF_LEA, "person": ""}, key, **{"Accept-Language": language}).json()[
            "results"
        ][0]["issues"][0]["message"]
        for language in ("en", "de")
    }
    assert texts["en"] == "Nobody is credited."


@pytest.mark.parametrize("address", ["/api", "/api/", "/api/v2/activities", f"{URL}/", f"{URL}/7"])
@pytest.mark.parametrize("method", ["get", "post", "delete", "options"])
def test_an_unknown_address_is_told_in_json_and_in_the_callers_language(
    key: str, address: str, method: str
) -> None:
    """As where the scope is lacking, so that neither tells which it is."""
    keyed = {"Authorization": f"Bearer {key}"}
    texts = {}
    for language, headers in (("en", keyed), ("fr", {}), ("fr", {"Authorization": "nonsense"})):
        answer = getattr(Client(), method)(address, headers={"Accept-Language": language} | headers)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
        texts[language] = answer.json()
    lacking = Client().delete(URL, headers={"Accept-Language": "en"} | keyed).json()
    assert texts == {"en": lacking, "fr": {"detail": "Non trouvé."}}
    assert lacking == {"detail": "Not found."}


def test_without_a_key_401_and_without_the_scope_404(crew: Crew) -> None:
    assert Client().post(URL, "{}", content_type="application/json").status_code == 401
    assert send(CALL_OF_LEA, "mk_nothing_at-all").status_code == 401
    assert send(CALL_OF_LEA, "nonsense").status_code == 401
    reader = create_api_key(actor=crew.admin, name="bi", scopes=["activities:read"]).secret
    assert send(CALL_OF_LEA, reader).status_code == 404
    assert send(CALL_OF_LEA, reader, "/api/v1/deals").status_code == 404
    assert Client().get(URL, headers={"Authorization": f"Bearer {reader}"}).status_code == 200
    assert Activity.objects.count() == 0


def test_a_revoked_or_expired_key_or_one_of_a_closed_user_gives_401(crew: Crew) -> None:
    scopes = ["activities:write"]
    revoked = create_api_key(actor=crew.admin, name="old", scopes=scopes)
    assert send(CALL_OF_LEA, revoked.secret).status_code == 200
    revoke_api_key(actor=crew.admin, key_id=revoked.key.pk)
    assert send(CALL_OF_LEA, revoked.secret).status_code == 401
    soon = timezone.now() + timedelta(hours=1)
    expired = create_api_key(actor=crew.admin, name="short", scopes=scopes, expires_at=soon)
    past = timezone.now() - timedelta(days=2)
    ApiKey.objects.filter(pk=expired.key.pk).update(
        created_at=past, expires_at=past + timedelta(days=1)
    )
    assert send(CALL_OF_LEA, expired.secret).status_code == 401
    third = create_api_key(actor=crew.admin, name="third", scopes=scopes)
    crew.admin.is_active = False
    crew.admin.save()
    assert send(CALL_OF_LEA, third.secret).status_code == 401


def test_only_a_hash_of_the_key_is_kept(crew: Crew) -> None:
    new = create_api_key(actor=crew.admin, name="crm", scopes=["activities:write"])
    assert new.secret not in json.dumps(list(ApiKey.objects.values("name", "prefix", "hashed")))
    assert new.secret not in str(list(AuditEntry.objects.values()))
    assert len(new.key.hashed) == 64


@pytest.mark.parametrize(
    ("name", "scopes", "code"),
    [("", ["deals:write"], "bad_key_name"), ("x", [], "bad_scopes"), ("x", ["all"], "bad_scopes")],
)
def test_a_key_needs_a_name_and_known_scopes(
    crew: Crew, name: str, scopes: list[str], code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        create_api_key(actor=crew.admin, name=name, scopes=scopes)
    assert [issue.code for issue in refused.value.issues] == [code]
    assert ApiKey.objects.count() == 0


def test_the_schema_describes_the_api_and_is_valid(db: None) -> None:
    schema = Client().get("/api/v1/schema").json()
    validate_schema(schema)  # type: ignore[no-untyped-call]  # drf-spectacular has loose types
    assert {"/api/v1/activities", "/api/v1/deals"} <= schema["paths"].keys()
    assert schema["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def _described() -> dict[str, Any]:
    schema: dict[str, Any] = Client().get("/api/v1/schema").json()
    return schema


def _fits(schema: dict[str, Any], name: str, value: object) -> None:
    # OpenAPI 3.0 writes "nullable" where JSON Schema writes a second type.
    plain = re.sub(
        r'"type": "(\w+)", "nullable": true', r'"type": ["\1", "null"]', json.dumps(schema)
    )
    jsonschema.validate(value, {**json.loads(plain), "$ref": f"#/components/schemas/{name}"})


@pytest.mark.parametrize(("path", "rows"), [("activities", "ActivityRows"), ("deals", "DealRows")])
def test_the_examples_of_the_schema_are_what_it_describes(db: None, path: str, rows: str) -> None:
    schema = _described()
    content = schema["paths"][f"/api/v1/{path}"]["post"]["requestBody"]["content"]
    assert content["application/json"]["schema"] == {"$ref": f"#/components/schemas/{rows}"}
    examples = [one["value"] for one in content["application/json"]["examples"].values()]
    for value in examples:
        _fits(schema, rows, value)
        _fits(schema, rows, [value])
    assert examples


def test_the_example_is_taken_and_the_answers_are_as_described(key: str) -> None:
    schema = _described()
    content = schema["paths"]["/api/v1/activities"]["post"]["requestBody"]["content"]
    example = content["application/json"]["examples"]["ACall"]["value"]
    taken = send(example, key)
    mixed = send([{**example, "amount": 12.5, "credits": [{"person": "P1", "share": "1/3"}]}], key)
    for answer, status in ((taken, 200), (mixed, 422)):
        assert answer.status_code == status
        _fits(schema, "Outcome", answer.json())
    issues = {one: set(schema["components"]["schemas"][one]["required"]) for one in ("Issue",)}
    assert {key for row in mixed.json()["results"] for issue in row["issues"] for key in issue} == (
        issues["Issue"]
    )


def test_an_unknown_person_is_not_answered_with_the_list_of_everybody(key: str) -> None:
    answer = send({**CALL_OF_LEA, "person": "Zz Qq"}, key)
    assert [codes for _, _, codes in outcome(answer)] == [["unknown_person"]]
    assert "P1" not in answer.content.decode()


def test_a_body_beyond_the_limit_is_refused_before_it_is_read(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.dumps(CALL_OF_LEA)
    monkeypatch.setattr("activities.api.MOST_BYTES", len(body))
    assert send(CALL_OF_LEA, key).status_code == 200
    monkeypatch.setattr("activities.api.MOST_BYTES", len(body) - 1)
    answer = send(CALL_OF_LEA, key)
    assert answer.status_code == 413
    assert [issue["code"] for issue in answer.json()["issues"]] == ["body_too_large"]
