"""Disputes: who says what, by when an answer is due, and each refusal beside its success."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from django.core import mail
from django.db import DatabaseError, connection, transaction

from common.models import AuditEntry
from incentives import services
from incentives.claims.telling import tell
from incentives.models import Dispute, DisputeEntry
from incentives.services.disputing import TRANSITIONS, Party, parties_of, possible
from kernel.issues import Invalid
from people.models import User
from people.services import create_user
from tests.incentives.conftest import Pay, newest, won
from tests.kernel.tables import ALGORITHMS, rows_of

# a Tuesday; the tenth working day after it, with Easter Monday between
TUESDAY, DUE = "2026-03-31 10:00", date(2026, 4, 15)


@pytest.fixture(autouse=True)
def on_tuesday() -> Iterator[None]:
    with time_machine.travel(TUESDAY, tick=False):
        yield


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [issue.code for issue in refused.value.issues]


def disputed(pay: Pay, who: User | None = None, name: str = "léa") -> Dispute:
    return services.open_dispute(
        actor=who or pay.world.users[name],
        statement_id=newest(pay, name).pk,
        component="commission",
        text="D9 is missing.",
    )


def said(dispute: Dispute) -> list[tuple[str, str, str]]:
    rows = DisputeEntry.objects.filter(dispute=dispute).order_by("id")
    return [(one.by.email.partition("@")[0], one.to_state, one.text) for one in rows]


def test_a_dispute_from_the_payee_to_the_decision(shown: Pay) -> None:
    lea, hana = shown.world.users["léa"], shown.hana
    dispute = disputed(shown)
    assert (dispute.state, dispute.answer_by_on) == ("open", DUE)
    move = services.move_dispute
    move(actor=hana, dispute_id=dispute.pk, to="answered", text="D9 was won in April.")
    with time_machine.travel("2026-04-01 10:00", tick=False):
        move(actor=lea, dispute_id=dispute.pk, to="open", text="It was signed on 31 March.")
    dispute.refresh_from_db()
    assert (dispute.state, dispute.answer_by_on) == ("open", date(2026, 4, 16))
    move(actor=hana, dispute_id=dispute.pk, to="accepted", text="Right, here is the contract.")
    dispute.refresh_from_db()
    assert dispute.state == "accepted"
    assert said(dispute) == [
        ("lea", "open", "D9 is missing."),
        ("hana", "answered", "D9 was won in April."),
        ("lea", "open", "It was signed on 31 March."),
        ("hana", "accepted", "Right, here is the contract."),
    ]
    rows = AuditEntry.objects.filter(subject_kind="incentives.dispute").order_by("id")
    assert list(rows.values_list("action", "before__state", "after__state", "reason")) == [
        ("dispute.open", None, "open", "D9 is missing."),
        ("dispute.move", "open", "answered", "D9 was won in April."),
        ("dispute.move", "answered", "open", "It was signed on 31 March."),
        ("dispute.move", "open", "accepted", "Right, here is the contract."),
    ]


def test_the_table_of_moves_is_the_documented_one() -> None:
    rows = rows_of(ALGORITHMS / "pay-life.md", "Moves of a dispute")
    documented = {(row["from"], row["to"]): set(row["who"].split(", ")) for row in rows}
    assert documented == {move: {str(one) for one in who} for move, who in TRANSITIONS.items()}


def test_what_each_party_may_do_in_each_state() -> None:
    parties = {one.value: frozenset({one}) for one in Party}
    assert {
        (state, name): possible(who, state)
        for state in ("open", "answered", "accepted", "rejected", "withdrawn")
        for name, who in parties.items()
        if possible(who, state)
    } == {
        ("open", "payee"): ("open", "withdrawn"),
        ("open", "hr"): ("open", "answered", "accepted", "rejected"),
        ("open", "manager"): ("open",),
        ("answered", "payee"): ("open", "withdrawn"),
        ("answered", "hr"): ("answered", "accepted", "rejected"),
        ("answered", "manager"): ("answered",),
    }


@pytest.mark.parametrize("state", ["open", "answered", "accepted", "rejected", "withdrawn"])
@pytest.mark.parametrize("to", ["open", "answered", "accepted", "rejected", "withdrawn"])
@pytest.mark.parametrize("who", ["léa", "hana", "marc"])
def test_each_move_is_made_or_refused_as_the_table_says(
    shown: Pay, state: str, to: str, who: str
) -> None:
    dispute = disputed(shown)
    Dispute.objects.update(state=state)
    party = {"léa": Party.PAYEE, "hana": Party.HR, "marc": Party.MANAGER}[who]
    actor = shown.world.users[who]
    if party in TRANSITIONS.get((state, to), frozenset()):
        services.move_dispute(actor=actor, dispute_id=dispute.pk, to=to, text="so it is")
    else:
        with pytest.raises(Invalid):
            services.move_dispute(actor=actor, dispute_id=dispute.pk, to=to, text="so it is")
        to = state
    dispute.refresh_from_db()
    assert dispute.state == to


def test_hr_disputes_and_withdraws_on_behalf_of_a_payee(shown: Pay) -> None:
    dispute = disputed(shown, who=shown.hana)
    with pytest.raises(Invalid) as refused:
        services.move_dispute(
            actor=shown.hugo, dispute_id=dispute.pk, to="withdrawn", text="By another of HR."
        )
    assert codes(refused) == ["dispute.not_allowed"]
    services.move_dispute(
        actor=shown.hana, dispute_id=dispute.pk, to="withdrawn", text="Léa has found D9."
    )
    dispute.refresh_from_db()
    assert dispute.state == "withdrawn"


def test_nobody_decides_about_their_own_pay(shown: Pay) -> None:
    omar = shown.world.people["omar"]
    shown.world.users["omar"].delete()
    both = create_user(actor=None, email="omar.hr@velo.example", rights=["hr"], person=omar)
    dispute = disputed(shown, who=both, name="omar")
    assert parties_of(both, omar.pk, both.pk) == {Party.PAYEE}
    with pytest.raises(Invalid) as refused:
        services.move_dispute(actor=both, dispute_id=dispute.pk, to="accepted", text="Mine.")
    assert codes(refused) == ["dispute.not_allowed"]
    services.move_dispute(actor=shown.hana, dispute_id=dispute.pk, to="accepted", text="Fine.")


def test_all_that_is_wrong_with_a_dispute_is_told_at_once(shown: Pay) -> None:
    row = newest(shown, "léa")
    services.reopen_period(actor=shown.hana, period_id=shown.march.pk, reason="D9")
    with pytest.raises(Invalid) as refused:
        services.open_dispute(
            actor=shown.world.users["marc"], statement_id=row.pk, component="bonus", text=" "
        )
    assert codes(refused) == [
        "dispute.no_words",
        "dispute.not_yours",
        "dispute.no_such_line",
        "dispute.not_current",
    ]
    assert not Dispute.objects.exists()


def test_a_line_is_disputed_once_at_a_time_whatever_the_run(shown: Pay) -> None:
    first = disputed(shown)
    services.reopen_period(actor=shown.hana, period_id=shown.march.pk, reason="D9")
    won("léa", "1", date(2026, 3, 4), "D9")
    shown.run()
    with pytest.raises(Invalid) as refused:
        disputed(shown)
    assert codes(refused) == ["dispute.open_already"]
    services.move_dispute(
        actor=shown.hana, dispute_id=first.pk, to="rejected", text="It was won in April."
    )
    second = disputed(shown)
    assert (second.statement_id, second.state) == (newest(shown, "léa").pk, "open")
    assert disputed(shown, name="omar").state == "open"


def test_a_statement_of_an_earlier_run_is_not_disputed(shown: Pay) -> None:
    old = newest(shown, "léa")
    services.reopen_period(actor=shown.hana, period_id=shown.march.pk, reason="D9")
    won("léa", "1", date(2026, 3, 4), "D9")
    shown.run()
    with pytest.raises(Invalid) as refused:
        services.open_dispute(
            actor=shown.hana, statement_id=old.pk, component="commission", text="D9"
        )
    assert codes(refused) == ["dispute.not_current"]


def test_a_locked_period_is_disputed_as_well(shown: Pay) -> None:
    services.lock_period(actor=shown.hugo, period_id=shown.march.pk)
    assert disputed(shown).state == "open"


def test_nothing_is_said_without_words(shown: Pay) -> None:
    dispute = disputed(shown)
    with pytest.raises(Invalid) as refused:
        services.move_dispute(actor=shown.hana, dispute_id=dispute.pk, to="answered", text="\n ")
    assert codes(refused) == ["dispute.no_words"]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE incentives_disputeentry SET text = 'nothing'",
        "DELETE FROM incentives_disputeentry",
        "UPDATE common_auditentry SET reason = ''",
        "DELETE FROM common_auditentry",
    ],
)
def test_what_was_said_and_who_did_it_cannot_be_edited(shown: Pay, sql: str) -> None:
    dispute = disputed(shown)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert said(dispute) == [("lea", "open", "D9 is missing.")]


def test_the_other_side_is_mailed_that_something_was_said(
    shown: Pay, mailoutbox: list[mail.EmailMessage]
) -> None:
    dispute = disputed(shown)
    entry = dispute.entries.get()
    assert tell(entry.pk) == 2
    assert sorted(one.to[0] for one in mailoutbox) == ["hana@velo.example", "hugo@velo.example"]
    mailoutbox.clear()
    answer = services.move_dispute(
        actor=shown.hana, dispute_id=dispute.pk, to="answered", text="D9 was won in April."
    )
    assert tell(answer.pk) == 1
    (message,) = mailoutbox
    assert message.to == ["lea@velo.example"]
    assert f"/pay/disputes/{dispute.pk}/" in message.body
    assert "Answered" in message.body
    assert "D9" not in message.body, "what was said stays behind the sign-in"


def test_nobody_is_mailed_about_their_own_words_nor_when_their_sign_in_is_closed(
    shown: Pay, mailoutbox: list[mail.EmailMessage]
) -> None:
    dispute = disputed(shown, who=shown.hana)
    assert [one.to for one in _sent(dispute, mailoutbox)] == [["lea@velo.example"]]
    User.objects.filter(pk=shown.world.users["léa"].pk).update(is_active=False)
    assert _sent(dispute, mailoutbox) == []
    assert tell(0) == 0


def _sent(dispute: Dispute, outbox: list[mail.EmailMessage]) -> list[mail.EmailMessage]:
    outbox.clear()
    tell(dispute.entries.get().pk)
    return list(outbox)
