"""The audit log: what a row holds, and that nobody can change it."""

from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import InternalError, transaction
from django.db.utils import DatabaseError

from common import audit
from common.models import AuditEntry
from people.models import Team, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada@velo.example")


def test_a_row_says_who_did_what_to_which_thing(ada: User) -> None:
    team = Team.objects.create(key="north", name="North")
    audit.record(
        actor=ada,
        action="team.rename",
        subject=team,
        before={"name": "Nord"},
        after={"name": "North", "share": Decimal("0.50"), "part": Fraction(1, 3)},
        reason="English office",
    )
    row = AuditEntry.objects.get()
    assert (row.actor, row.actor_name, row.action) == (ada, "ada@velo.example", "team.rename")
    assert (row.subject_kind, row.subject_id) == ("people.team", str(team.pk))
    assert row.before == {"name": "Nord"}
    assert row.after == {"name": "North", "share": "0.5", "part": "1/3"}
    assert row.reason == "English office"


def test_the_product_itself_is_an_actor_without_a_user() -> None:
    audit.record(actor=None, action="roles.load", subject=("roles", "all"))
    row = AuditEntry.objects.get()
    assert (row.actor, row.actor_name, row.subject_id) == (None, "system", "all")
    assert row.before is None


def test_a_float_is_refused_because_it_is_no_exact_figure(ada: User) -> None:
    with pytest.raises(TypeError):
        audit.record(actor=ada, action="x", subject=ada, after={"share": 0.5})


@pytest.mark.parametrize("change", ["update", "delete"])
def test_a_row_can_neither_be_changed_nor_deleted(ada: User, change: str) -> None:
    audit.record(actor=ada, action="x", subject=ada)
    rows = AuditEntry.objects.all()
    with pytest.raises((InternalError, DatabaseError)), transaction.atomic():
        rows.update(action="y") if change == "update" else rows.delete()
    assert rows.get().action == "x"


def test_a_snapshot_never_holds_the_password(ada: User) -> None:
    assert "password" not in audit.snapshot(ada)
    assert audit.snapshot(ada)["email"] == "ada@velo.example"
