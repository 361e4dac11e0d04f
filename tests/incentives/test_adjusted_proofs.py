"""Amounts added by hand, on the paper of a statement and in its proof."""

from datetime import date
from hashlib import sha256
from io import BytesIO
from json import loads
from typing import Any
from zipfile import ZipFile

import pytest
from django.utils import translation

from incentives import services
from incentives.models import LedgerLine, Statement
from incentives.proving.bundles import ADJUSTMENTS, Bundle, digest_of, packed, unpacked
from incentives.proving.verifying import Report, verify
from incentives.statements import proofs
from incentives.statements.page import statement_page
from incentives.statements.pdf import pdf_of
from kernel.trace import to_bytes
from tests.incentives.conftest import Pay, won
from tests.incentives.test_adjustments import approved, proposed
from tests.incentives.test_histories import month
from tests.incentives.test_runs import BARE


def row_of(pay: Pay, name: str) -> Statement:
    return Statement.objects.select_related(*proofs.RELATED).get(person__number=name)


def codes(report: Report) -> list[str]:
    return [one.issue.code for one in report.checks if one.issue]


@pytest.fixture
def adjusted(pay: Pay) -> Statement:
    """Léa's statement, with 150.00 that Hana entered and Hugo approved; one more is undecided."""
    pay.run()
    approved(pay, amount="150")
    proposed(pay, amount="70")
    return row_of(pay, "léa")


def test_a_proof_holds_what_was_added_and_the_others_are_as_before(
    pay: Pay, adjusted: Statement
) -> None:
    with ZipFile(BytesIO(proofs.proof_of(adjusted))) as found:
        (one,) = loads(found.read(ADJUSTMENTS))["adjustments"]
        facts = loads(found.read("manifest.json"))["statement"]
    assert (one["amount_minor"], one["person"]) == (15000, str(adjusted.person_id))
    assert (one["entered_by"], one["approved_by"]) == (pay.hana.pk, pay.hugo.pk)
    assert (facts["adjusted_minor"], facts["total_minor"]) == (15000, 70000)
    report = verify(proofs.proof_of(adjusted), printed=proofs.digest(adjusted))
    assert report.verified
    assert report.is_compared
    other = row_of(pay, "omar")
    with ZipFile(BytesIO(proofs.proof_of(other))) as found:
        assert ADJUSTMENTS not in found.namelist()
        assert "adjusted_minor" not in loads(found.read("manifest.json"))["statement"]


def test_every_changed_byte_of_what_was_added_is_found(adjusted: Statement) -> None:
    data = proofs.proof_of(adjusted)
    content = to_bytes(loads(unpacked(data).files[ADJUSTMENTS]))
    start = data.index(content)
    for at in range(start, start + len(content)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        assert not verify(changed).verified, at


def remade(data: bytes, facts: dict[str, Any], *rows: dict[str, Any]) -> bytes:
    """A bundle of these adjustments whose hashes fit."""
    bundle = unpacked(data)
    content = to_bytes({"adjustments": list(rows)})
    files = {**bundle.files, ADJUSTMENTS: content}
    manifest = {
        **bundle.manifest,
        "statement": {**bundle.manifest["statement"], **facts},
        "files": {**bundle.manifest["files"], ADJUSTMENTS: sha256(content).hexdigest()},
    }
    return packed(Bundle(manifest, files))


def test_what_does_not_fit_the_statement_is_refused(adjusted: Statement) -> None:
    data = proofs.proof_of(adjusted)
    (one,) = loads(unpacked(data).files[ADJUSTMENTS])["adjustments"]
    assert verify(remade(data, {}, one)).verified
    wrong: list[tuple[dict[str, Any], list[dict[str, Any]]]] = [
        ({"adjusted_minor": 15001}, [one]),
        ({"adjusted_minor": None}, [one]),
        ({}, [one, one]),
        ({}, []),
        ({}, [{**one, "person": "999"}]),
        ({}, [{**one, "paid_in": "2026-04-01"}]),
        ({}, [{**one, "currency": "USD"}]),
        ({}, [{**one, "approved_by": one["entered_by"]}]),
        ({}, [{**one, "approved_by": None}]),
    ]
    for facts, rows in wrong:
        assert codes(verify(remade(data, facts, *rows))) == ["proof.misadjusted"], (facts, rows)
    more = remade(data, {"adjusted_minor": 99900}, {**one, "amount_minor": 99900})
    assert verify(more).verified, "made anew as a whole: only the printed digest tells"
    assert codes(verify(more, printed=proofs.digest(adjusted))) == ["proof.other_digest"]


def test_the_sum_without_the_amounts_is_refused(pay: Pay, adjusted: Statement) -> None:
    bundle = unpacked(proofs.proof_of(row_of(pay, "omar")))
    facts = {**bundle.manifest["statement"], "adjusted_minor": 5}
    forged = Bundle({**bundle.manifest, "statement": facts}, bundle.files)
    assert codes(verify(packed(forged))) == ["proof.misadjusted"]


def test_the_ledger_keeps_the_digest_with_what_was_added(pay: Pay, adjusted: Statement) -> None:
    before = proofs.digest(adjusted)
    pay.lock()
    row = row_of(pay, "léa")
    assert proofs.digest(row) == before
    (kept,) = LedgerLine.objects.filter(statement=row).values_list("proof_sha256", flat=True)
    assert kept == before == digest_of(unpacked(proofs.proof_of(row)).manifest)


@pytest.mark.parametrize("keeps_digests", [True, False])
def test_a_period_that_was_locked_before_keeps_its_proof(
    pay: Pay, adjusted: Statement, monkeypatch: pytest.MonkeyPatch, keeps_digests: bool
) -> None:
    """Locked when a proof held the lines only, or even before the ledger kept digests."""
    bare = digest_of(proofs._manifest(adjusted, ()))
    with monkeypatch.context() as then:
        then.setattr(proofs, "digest", lambda *_row: bare if keeps_digests else "")
        pay.lock()
    row = row_of(pay, "léa")
    (kept,) = LedgerLine.objects.filter(statement=row).values_list("proof_sha256", flat=True)
    assert kept == (bare if keeps_digests else "")
    assert proofs.digest(row) == bare
    found = unpacked(proofs.proof_of(row))
    assert ADJUSTMENTS not in found.files
    report = verify(proofs.proof_of(row), printed=bare)
    assert report.verified
    assert report.is_compared
    with translation.override("en"):
        page = statement_page(row)
    assert page["digest"].replace(" ", "") == bare
    assert page["added"]["total"] == "€850.00"
    assert "before amounts added by hand were part of it" in page["proof_note"]
    assert pdf_of(row).startswith(b"%PDF")


def test_the_proof_of_today_says_nothing_of_earlier_ones(pay: Pay, adjusted: Statement) -> None:
    pay.lock()
    assert statement_page(row_of(pay, "léa"))["proof_note"] == ""
    assert statement_page(row_of(pay, "omar"))["proof_note"] == ""


def test_a_correction_does_not_carry_them_again(pay: Pay, adjusted: Statement) -> None:
    pay.lock()
    won("léa", "1000", adjusted.run.period.starts_on, "late")
    run = pay.run(month(pay, 4))
    (correction,) = run.statements.exclude(corrects=None).select_related(*proofs.RELATED)
    assert proofs.adjustments_of(correction) == []
    assert verify(proofs.proof_of(correction)).verified


def test_the_paper_says_what_was_added_and_what_is_paid_with_it(
    pay: Pay, adjusted: Statement
) -> None:
    with translation.override("en"):
        added = statement_page(adjusted)["added"]
        assert added["total"] == "€850.00"
        (row,) = added["rows"]
        assert row["amount"] == "+€150.00"
        assert row["reason"]
        assert statement_page(row_of(pay, "omar"))["added"] is None
        assert pdf_of(adjusted) != pdf_of(row_of(pay, "omar"))
        assert pdf_of(adjusted).startswith(b"%PDF")


def test_no_statement_of_several_says_what_is_paid_in_all(pay: Pay) -> None:
    draft = services.save_plan(
        actor=pay.hana,
        document=BARE.replace("key: seller", "key: second"),
        valid_from=date(2026, 1, 1),
    )
    services.publish_plan(actor=pay.hana, version_id=draft.pk)
    services.assign_plan(
        actor=pay.hana,
        plan_key="second",
        valid_from=date(2026, 3, 16),
        person_id=pay.world.people["léa"].pk,
    )
    pay.run()
    approved(pay, amount="150")
    rows = Statement.objects.select_related(*proofs.RELATED).filter(person__number="léa")
    assert len(rows) == 2
    for row in rows:
        added = statement_page(row)["added"]
        assert added["total"] is None
        assert len(added["rows"]) == 1
        assert pdf_of(row).startswith(b"%PDF")
