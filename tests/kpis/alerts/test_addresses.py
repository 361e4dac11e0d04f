"""The address of a webhook is a secret: where it is kept, and where it is not to be read."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from pytest_django import Settings

from common.models import AuditEntry
from kpis.alerts.addresses import address_to_send, host_of
from kpis.alerts.outgoing import NotSentError
from kpis.alerts.services import HookInput, add_webhook, check_alerts, deliver_due
from kpis.models import Delivery, Webhook
from tests.kpis.alerts.scenes import NOW, calls, rule
from tests.kpis.crew import Crew

SECRET = "T0SECRET"
ADDRESS = f"https://hooks.example.org/services/{SECRET}"


def hook(crew: Crew, name: str = "Sales") -> Webhook:
    return add_webhook(actor=crew.admin, hook=HookInput(name, ADDRESS, "slack", "en"))


def everything_kept() -> str:
    """All tables that hear of webhooks, as the database has them."""
    tables = (Webhook, Delivery, AuditEntry)
    with connection.cursor() as cursor:
        found = []
        for model in tables:
            cursor.execute(f"SELECT row_to_json(t)::text FROM {model._meta.db_table} t")  # noqa: S608 - our own names
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def test_the_database_keeps_it_sealed_and_a_message_goes_to_it(crew: Crew) -> None:
    held = hook(crew)
    rule("silence", days="3")
    calls("l", "2026-03-23 10:00", "P1")
    check_alerts(now=NOW)
    taken: list[str] = []
    deliver_due(now=NOW, send=lambda url, _message: taken.append(url))
    assert set(taken) == {ADDRESS}
    kept = everything_kept()
    assert SECRET not in kept
    assert "hooks.example.org" in kept  # of the audit entry: which server, not which channel
    assert (host_of(held), address_to_send(held)) == ("hooks.example.org", ADDRESS)


def test_a_change_of_keys(crew: Crew, settings: Settings) -> None:
    held, old = hook(crew), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 60, [old]
    assert address_to_send(held) == ADDRESS
    said = StringIO()
    call_command("rotate_secrets", stdout=said)
    assert said.getvalue() == "1 sealed under the present key\n"
    settings.SECRET_KEY_FALLBACKS = []
    held.refresh_from_db()
    assert address_to_send(held) == ADDRESS


def test_an_address_whose_key_is_gone_is_said_and_tried_in_vain(
    crew: Crew, settings: Settings, client: Any
) -> None:
    held = hook(crew, "Ventes")
    settings.SECRET_KEY = "n" * 60
    with pytest.raises(NotSentError, match="no_key"):
        address_to_send(held)
    with pytest.raises(CommandError, match="Ventes"):
        call_command("rotate_secrets", stdout=StringIO())
    client.force_login(crew.admin)
    page = client.get("/alerts/webhooks/").content.decode()
    assert host_of(held) == ""
    assert "hooks.example.org" not in page


def test_the_page_names_the_host_and_never_the_address(crew: Crew, client: Any) -> None:
    hook(crew)
    client.force_login(crew.admin)
    page = client.get("/alerts/webhooks/").content.decode()
    assert "hooks.example.org/…" in page
    assert SECRET not in page


def test_what_an_older_release_kept_readable_is_sealed(db: None) -> None:
    """The real operations on the real table, in the transaction of this test."""
    loader = MigrationLoader(connection)
    before = loader.project_state(("kpis", "0011_goals_that_plans_pay"))
    migration = loader.get_migration("kpis", "0012_sealed_webhooks")
    with connection.schema_editor() as editor:
        migration.unapply(before.clone(), editor)
    old = before.apps.get_model("kpis", "Webhook")
    old.objects.create(name="Sales", url=ADDRESS, form="slack")
    old.objects.create(name="gone", url="", form="teams")
    with connection.schema_editor() as editor:
        editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        migration.apply(before.clone(), editor)
    held, gone = Webhook.objects.order_by("id")
    assert (address_to_send(held), gone.sealed_url) == (ADDRESS, "")
    assert SECRET not in everything_kept()
    with connection.schema_editor() as editor:
        migration.unapply(before.clone(), editor)
    assert [one.url for one in old.objects.order_by("id")] == [ADDRESS, ""]
