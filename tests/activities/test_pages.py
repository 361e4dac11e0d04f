"""Pages of the log: what each kind of person does there, and what is refused."""

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client

from activities.models import Activity, ApiKey, ImportBatch, SavedMapping, Upload
from activities.queries import counted
from people.models import User
from tests.activities.conftest import Crew

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
FILE = "id;type;date;commercial;montant;devise\na1;call;25/03/2026;Léa Martin;;\n"


def browser(user: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    user.language = "en"
    user.save()
    client.force_login(user, backend=BACKEND)
    return client


def logged(client: Client, **values: object) -> Any:
    return client.post("/log/", _form(**values), follow=True)


def _form(**values: object) -> dict[str, object]:
    return {
        "type": "call",
        "occurred_at": "2026-03-10T12:00",
        "account": "Isdom",
        "amount": "",
        "token": str(uuid4()),
    } | values


def test_a_rep_logs_an_activity_and_takes_it_back(crew: Crew) -> None:
    client = browser(crew.lea_user)
    page = logged(client, person=crew.lea.pk)
    row = counted().get()
    assert (row.source, row.type_id, row.occurred_at.isoformat()) == (
        "form",
        "call",
        "2026-03-10T11:00:00+00:00",
    )
    assert f"/activities/{row.pk}/undo/" in page.content.decode()
    client.post(f"/activities/{row.pk}/undo/")
    assert counted().count() == 0
    assert client.post(f"/activities/{row.pk}/undo/").status_code == 404


def test_a_moment_keeps_its_second_from_the_form_to_the_correction(crew: Crew) -> None:
    """What begins within a minute, as a duel does, must know what came before and after it."""
    client = browser(crew.lea_user)
    with time_machine.travel(datetime(2026, 10, 25, 0, 30, 42, 500, tzinfo=UTC), tick=False):
        page = browser(crew.lea_user).get("/log/")
    assert page.context["form"]["occurred_at"].value() == datetime(2026, 10, 25, 2, 30, 42)
    shown = re.search(r'name="occurred_at"[^>]*', page.content.decode())
    assert shown
    assert 'value="2026-10-25T02:30:42"' in shown[0]
    assert 'step="1"' in shown[0]

    logged(client, person=crew.lea.pk, occurred_at="2026-03-10T12:00:42")
    row = counted().get()
    assert row.occurred_at.isoformat() == "2026-03-10T11:00:42+00:00"
    again = client.get(f"/activities/{row.pk}/correct/").content.decode()
    assert 'value="2026-03-10T12:00:42"' in again


def test_sending_the_form_twice_logs_once(crew: Crew) -> None:
    client = browser(crew.lea_user)
    form = _form(person=crew.lea.pk)
    client.post("/log/", form)
    client.post("/log/", form)
    assert Activity.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"amount": "1,234"}, "1,234"),
        ({"amount": "abc"}, "abc"),
        ({"type": "deal_won"}, "Select a valid choice"),
        ({"occurred_at": "yesterday"}, "Enter a valid date/time"),
        ({"occurred_at": "1815-06-18T12:00"}, "The year 1815 cannot be right"),
        ({"token": "1"}, "Log an activity"),
    ],
)
def test_what_the_form_refuses_is_said_and_nothing_is_written(
    crew: Crew, change: dict[str, object], message: str
) -> None:
    page = logged(browser(crew.lea_user), person=crew.lea.pk, **change)
    assert message in page.content.decode()
    assert Activity.objects.count() == 0


def test_a_rep_logs_for_oneself_only_a_manager_for_the_team(crew: Crew) -> None:
    logged(browser(crew.lea_user), person=crew.hugo.pk)
    assert Activity.objects.count() == 0
    logged(browser(crew.ines_user), person=crew.hugo.pk)
    assert counted().get().credits.get().person == crew.hugo


def test_a_record_is_corrected_with_a_reason(crew: Crew) -> None:
    client = browser(crew.lea_user)
    logged(client, person=crew.lea.pk, type="proposal_sent", amount="12,50")
    first = counted().get()
    assert (first.amount_minor, first.currency) == (1250, "EUR")
    url = f"/activities/{first.pk}/correct/"
    assert 'value="12.50"' in client.get(url).content.decode()
    form = _form(person=crew.lea.pk, type="proposal_sent", amount="15")
    client.post(url, form)
    assert counted().get() == first
    client.post(url, form | {"reason": "typing error"})
    row = counted().get()
    assert (row.revision, row.amount_minor, row.reason) == (2, 1500, "typing error")


def test_a_record_is_cancelled_with_a_reason_by_its_person_or_their_manager(crew: Crew) -> None:
    logged(browser(crew.lea_user), person=crew.lea.pk)
    row = counted().get()
    url = f"/activities/{row.pk}/cancel/"
    assert browser(crew.hr).post(url, {"reason": "x"}).status_code == 404
    hugo = User.objects.create_user("hugo@example.org", "x", person=crew.hugo)
    assert browser(hugo).post(url, {"reason": "x"}).status_code == 404
    manager = browser(crew.ines_user)
    manager.post(url, {"reason": ""})
    assert counted().count() == 1
    manager.post(url, {"reason": "never happened"})
    assert counted().count() == 0
    assert Activity.objects.get(kind="cancellation").reason == "never happened"


def test_whose_log_may_be_read(crew: Crew) -> None:
    logged(browser(crew.lea_user), person=crew.lea.pk)
    page = f"/activities/?person={crew.lea.pk}"
    assert "Isdom" in browser(crew.ines_user).get(page).content.decode()
    assert browser(crew.lea_user).get(page).status_code == 200
    assert browser(crew.lea_user).get(f"/activities/?person={crew.hugo.pk}").status_code == 404
    assert browser(crew.admin).get(page).status_code == 404


def test_the_log_takes_as_many_queries_for_one_row_as_for_many(
    crew: Crew, django_assert_max_num_queries: Any
) -> None:
    client = browser(crew.lea_user)
    for count in (1, 20):
        for _ in range(count):
            logged(client, person=crew.lea.pk)
        with django_assert_max_num_queries(10):
            assert client.get("/activities/").status_code == 200


# --- files -----------------------------------------------------------------------------------


def send(client: Client, text: str, kind: str = "activities", **more: object) -> Any:
    file = BytesIO(text.encode())
    file.name = "log.csv"
    return client.post("/data/", {"kind": kind, "file": file, **more}, follow=True)


def mapping(**change: str) -> dict[str, str]:
    return {
        "source": "crm",
        "column_external_id": "id",
        "column_type": "type",
        "column_occurred_at": "date",
        "column_person": "commercial",
    } | change


def test_a_file_is_looked_at_checked_imported_and_taken_back(crew: Crew) -> None:
    client = browser(crew.admin)
    page = send(client, FILE)
    upload = Upload.objects.get()
    text = page.content.decode()
    assert page.redirect_chain == [(f"/data/uploads/{upload.pk}/", 302)]
    assert "20/11/2026" in text
    assert "Léa Martin" in text
    url = f"/data/uploads/{upload.pk}/"
    checked = client.post(url, mapping(do="check"), follow=True).content.decode()
    assert "The file is good." in checked
    assert Activity.objects.count() == ImportBatch.objects.count() == 0
    done = client.post(url, mapping(do="import", save_as="My CRM"), follow=True)
    batch = ImportBatch.objects.get()
    assert done.redirect_chain[-1] == (f"/data/batches/{batch.pk}/", 302)
    assert counted().get().source == "crm"
    assert SavedMapping.objects.get().name == "My CRM"
    client.post(f"/data/batches/{batch.pk}/revert/")
    assert counted().count() == 0
    assert "My CRM" in client.get("/data/").content.decode()


def test_bad_rows_are_shown_with_their_number_and_nothing_is_imported(crew: Crew) -> None:
    client = browser(crew.admin)
    send(client, FILE.replace("Léa Martin", "Lea Marten") + "a2;cal;99/03/2026;P2;;\n")
    upload = Upload.objects.get()
    page = client.post(f"/data/uploads/{upload.pk}/", mapping(do="import"), follow=True)
    text = page.content.decode()
    assert "row 2, commercial" in text
    assert "row 3, date" in text
    assert "Did you mean &quot;Léa Martin&quot;?" in text
    assert Activity.objects.count() == ImportBatch.objects.count() == 0


def test_a_file_that_cannot_be_read_is_not_kept(crew: Crew) -> None:
    for text, remedy in (
        ("<html><table><tr><td>id</td></tr></table></html>", "Save it as XLSX or CSV"),
        ("\n\n", "The first row names the columns"),
    ):
        page = send(browser(crew.admin), text)
        assert Upload.objects.count() == 0
        assert remedy in page.content.decode()


def test_a_saved_mapping_is_used_for_the_next_file(crew: Crew) -> None:
    client = browser(crew.admin)
    document = {"kind": "activities", "columns": {"external_id": "id"}, "source": "crm"}
    saved = SavedMapping.objects.create(kind="activities", name="x", document=document)
    send(client, FILE, mapping=saved.pk)
    assert Upload.objects.get().mapping == document


def test_a_long_file_is_a_workers_job(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    from celery import current_app

    from activities.tasks import run_upload_task

    sent: list[tuple[str, list[object]]] = []
    monkeypatch.setattr("activities.services.uploads.AT_ONCE_ROWS", 0)
    monkeypatch.setattr(
        current_app, "send_task", lambda name, args=(), **_more: sent.append((name, list(args)))
    )
    client = browser(crew.admin)
    send(client, FILE)
    upload = Upload.objects.get()
    url = f"/data/uploads/{upload.pk}/"
    page = client.post(url, mapping(do="import"), follow=True)
    assert "The file is being worked on." in page.content.decode()
    client.post(url, mapping(do="import"))
    wanted = [one for one in sent if one[0] == "activities.run_upload"]
    assert wanted == [("activities.run_upload", [upload.pk, False])]
    assert "HX-Refresh" not in client.get(f"{url}state/").headers
    run_upload_task(upload.pk, False)
    assert client.get(f"{url}state/").headers["HX-Refresh"] == "true"
    assert counted().count() == 1


def test_an_administrator_makes_and_revokes_a_key(crew: Crew) -> None:
    client = browser(crew.admin)
    page = client.post("/data/keys/", {"name": "CRM", "scopes": ["activities:write"]})
    key = ApiKey.objects.get()
    assert f"mk_{key.prefix}_" in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"
    assert "copy it now" not in client.get("/data/keys/").content.decode()
    client.post(f"/data/keys/{key.pk}/revoke/")
    key.refresh_from_db()
    assert key.revoked_at is not None
    assert browser(crew.hr).get("/data/keys/").status_code == 404


def test_the_form_asks_what_the_kind_of_activity_states(crew: Crew) -> None:
    client = browser(crew.lea_user)

    def asked(address: str) -> list[str]:
        return re.findall(r'name="attribute_(\w+)"', client.get(address).content.decode())

    assert asked("/log/") == ["outcome", "minutes"]  # of a call, the first kind
    assert asked("/log/?type=shelf_check") == [
        "products_listed", "products_in_range", "shelf_own_cm", "shelf_total_cm",
    ]  # fmt: skip
    assert asked("/log/?type=email") == []
    assert asked("/log/?type=nonsense") == []


def test_an_attribute_is_logged_corrected_and_kept(crew: Crew) -> None:
    client = browser(crew.lea_user)
    logged(client, person=crew.lea.pk, attribute_minutes="12,5", attribute_outcome="reached")
    first = counted().get()
    assert first.attributes == {"minutes": "12.5", "outcome": "reached"}

    url = f"/activities/{first.pk}/correct/"
    page = client.get(url).content.decode()
    assert 'value="12.5"' in page
    assert 'value="reached"' in page
    form = _form(person=crew.lea.pk, attribute_minutes="13", attribute_outcome="reached")
    client.post(url, form | {"reason": "looked again"})
    assert counted().get().attributes == {"minutes": 13, "outcome": "reached"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "This field is required."),
        ({"attribute_score": "6"}, "6 is outside the limits of this attribute. "
                                   "Write a number from 1 to 5."),
        ({"attribute_score": "many"}, "is not a number"),
    ],
)  # fmt: skip
def test_an_attribute_that_cannot_be_is_refused_at_its_field(
    crew: Crew, values: dict[str, object], message: str
) -> None:
    client = browser(crew.lea_user)
    answer = logged(client, person=crew.lea.pk, type="satisfaction_answer", **values)
    page = answer.content.decode()

    (errors,) = re.findall(r'id="id_attribute_score_error">(.*?)</ul>', page, re.DOTALL)
    assert message in errors
    assert Activity.objects.count() == 0
    logged(client, person=crew.lea.pk, type="satisfaction_answer", attribute_score="5")
    assert counted().get().attributes == {"score": 5}


def test_an_attribute_of_another_kind_is_left_out(crew: Crew) -> None:
    client = browser(crew.lea_user)

    logged(client, person=crew.lea.pk, type="email", attribute_minutes="12")

    assert counted().get().attributes == {}


def test_three_decimals_are_not_taken_for_thousands(crew: Crew) -> None:
    client = browser(crew.lea_user)

    logged(client, person=crew.lea.pk, type="request_resolved", attribute_hours="1,1250")

    assert counted().get().attributes == {"hours": "1.125"}
