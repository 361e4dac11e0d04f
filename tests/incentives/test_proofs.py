"""Proofs: the same bytes each time, recomputed without the database, refused after one byte."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import example, given
from hypothesis import strategies as st

from incentives import services
from incentives.calc import ENGINE, parse_plan
from incentives.models import LedgerLine, PlanVersion, Statement
from incentives.proving import bundles
from incentives.proving.bundles import FILES, NAMES, Bundle, manifest_of, packed, unpacked
from incentives.proving.verifying import CHECKS, Report, verify
from incentives.statements.proofs import digest, proof_of
from incentives.statements.results import difference_to, result_of
from kernel.issues import Invalid
from kernel.trace import to_bytes
from tests.incentives.conftest import PLAN, Pay, won

ROOT = Path(__file__).resolve().parents[2]
PERIOD = {"kind": "month", "start": "2026-03-01", "end": "2026-04-01"}
INPUTS: dict[str, object] = {
    "period": "2026-03-01/2026-04-01",
    "payees": [
        {
            "id": "7",
            "role": "ae",
            "credits": [
                {"id": "crm:D1", "closed_at": "2026-03-03T12:00:00+00:00", "amount_minor": 900000},
                {"id": "crm:D2", "closed_at": "2026-03-20T12:00:00+00:00", "amount_minor": 300001},
            ],
        }
    ],
}
FACTS: dict[str, object] = {
    "id": 42,
    "person": "7",
    "run": 1,
    "known_at": "2026-04-02T08:00:00+00:00",
    "period": PERIOD,
    "paid_in": "2026-03-01",
    "plan": {"key": "seller", "version": 1},
    "currency": "EUR",
    "total_minor": 70000,
    "corrects": None,
}


def made(
    *,
    plan: str = PLAN,
    inputs: dict[str, object] = INPUTS,
    result: dict[str, object] | None = None,
    engine: str = ENGINE,
    facts: dict[str, object] | None = None,
) -> Bundle:
    """A bundle whose hashes fit its parts, whatever these say."""
    if result is None:
        result = result_of(parse_plan(plan), inputs, 7)
    files = {
        "README.txt": bundles.readme(),
        "plan.yaml": plan.encode(),
        "inputs.json": to_bytes(inputs),
        "result.json": to_bytes(result),
    }
    hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
    manifest = manifest_of(
        FACTS | (facts or {}),
        engine=engine,
        plan=hashes["plan.yaml"],
        inputs=hashes["inputs.json"],
        result=hashes["result.json"],
    )
    return Bundle(manifest, files)


GOOD = packed(made())


def outcome(report: Report) -> dict[str, bool | None]:
    return {one.code: one.passed for one in report.checks}


def codes(report: Report) -> list[str]:
    return [one.issue.code for one in report.checks if one.issue]


# --- the format ----------------------------------------------------------------------------------


def test_a_true_proof_is_verified_and_says_what_it_could_not_compare() -> None:
    report = verify(GOOD)
    assert report.verified
    assert outcome(report) == {**dict.fromkeys(CHECKS, True), "printed": None}
    assert report.as_json()["compared_with_printed_digest"] is False
    assert "made anew as a whole" in str(report.as_json()["note"])


def test_the_printed_digest_is_compared_in_any_grouping() -> None:
    digest = made().digest
    grouped = " ".join(digest[at : at + 8] for at in range(0, 64, 8)).upper()
    report = verify(GOOD, printed=grouped)
    assert report.verified
    assert outcome(report) == dict.fromkeys(CHECKS, True)
    assert report.as_json()["note"] == ""


def test_a_remade_forgery_is_found_by_the_printed_digest_alone() -> None:
    rich = PLAN.replace("rate: 5 %", "rate: 50 %").replace("total: 700", "total: 5200")
    result = result_of(parse_plan(rich), INPUTS, 7)
    forged = packed(made(plan=rich, facts={"total_minor": result["total_minor"]}))
    assert verify(forged).verified
    report = verify(forged, printed=made().digest)
    assert not report.verified
    assert codes(report) == ["proof.other_digest"]


def test_the_bytes_are_the_format_and_stay_the_same() -> None:
    # another Python, or a changed README, must not change what is printed on old statements:
    # whoever changes this line raises the format's number and keeps the old one readable
    assert packed(unpacked(GOOD)) == GOOD
    tiny = Bundle({"format": bundles.FORMAT}, dict.fromkeys(FILES, b"x"))
    assert sha256(packed(tiny)).hexdigest() == TINY
    assert sha256(bundles.readme()).hexdigest() == README_1


TINY = "aafa41c684fb96680fb64980550eb00ca81957319f64c57896fec1a0c27e7840"
README_1 = "a639477136c87110251899e6c1bafa7c30367f00741ef21c2af719a026c779ba"


def test_every_entry_is_plain_and_readable_by_any_program() -> None:
    with ZipFile(BytesIO(GOOD)) as found:
        assert found.testzip() is None
        assert tuple(found.namelist()) == NAMES
        assert {one.compress_type for one in found.infolist()} == {ZIP_STORED}
        assert found.read("plan.yaml").decode() == PLAN
        assert found.comment == f"maillot-proof-1 {made().digest}".encode()
        assert sha256(found.read("manifest.json")).hexdigest() == made().digest


# --- what has been changed -----------------------------------------------------------------------


@given(at=st.integers(0, len(GOOD) - 1), flip=st.integers(1, 255))
@example(at=0, flip=1)
@example(at=10, flip=1)  # a date in a local header
@example(at=len(GOOD) - 1, flip=1)  # the comment
def test_no_changed_byte_is_accepted(at: int, flip: int) -> None:
    data = bytearray(GOOD)
    data[at] ^= flip
    assert not verify(bytes(data)).verified


def test_each_byte_counts() -> None:
    """All of them, one after the other, with the bit that is easiest to miss."""
    accepted = []
    for at in range(len(GOOD)):
        data = bytearray(GOOD)
        data[at] ^= 0x20
        if verify(bytes(data)).verified:
            accepted.append(at)
    assert accepted == []


@given(cut=st.integers(0, len(GOOD) - 1), added=st.binary(min_size=1, max_size=30))
def test_nothing_cut_off_or_added_is_accepted(cut: int, added: bytes) -> None:
    for data in (GOOD[:cut], GOOD + added, added + GOOD, GOOD[:cut] + added + GOOD[cut:]):
        assert not verify(data).verified


@given(st.binary(max_size=400))
def test_any_other_file_is_refused_with_a_reason(data: bytes) -> None:
    report = verify(data)
    assert not report.verified
    assert codes(report) == ["proof.unreadable"]


def rezipped(change: Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]]) -> bytes:
    """The good bundle with other entries, written as an ordinary zip program would."""
    with ZipFile(BytesIO(GOOD)) as found:
        entries = [(name, found.read(name)) for name in found.namelist()]
    target = BytesIO()
    with ZipFile(target, "w") as file:
        for name, content in change(entries):
            file.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content)
        file.comment = f"{bundles.FORMAT} {made().digest}".encode()
    return target.getvalue()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: rows[:-1], "proof.other_files"),
        (lambda rows: [*rows, ("extra.txt", b"")], "proof.other_files"),
        (lambda rows: rows[::-1], "proof.other_files"),
        (lambda rows: [("../manifest.json", rows[0][1]), *rows[1:]], "proof.other_files"),
        (lambda rows: [(rows[0][0], b"{}"), *rows[1:]], "proof.other_format"),
        (lambda rows: [(rows[0][0], b"[" * 100_000), *rows[1:]], "proof.altered"),
        (lambda rows: [(rows[0][0], b" " + rows[0][1]), *rows[1:]], "proof.altered"),
        (lambda rows: rows, "proof.altered"),  # the same parts, but not by us
    ],
)
def test_other_entries_are_refused(change: Callable[..., object], code: str) -> None:
    data = rezipped(change)  # type: ignore[arg-type]  # parts of a test by name
    assert codes(verify(data)) == [code]


def test_an_entry_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = rezipped(lambda rows: [*rows, rows[-1]])
    assert codes(verify(data)) == ["proof.other_files"]


def test_a_compressed_entry_is_refused_before_it_unfolds() -> None:
    target = BytesIO()
    with ZipFile(target, "w", ZIP_DEFLATED) as file:
        for name in NAMES:
            file.writestr(name, b"0" * 50_000_000 if name == "inputs.json" else b"{}")
    assert len(target.getvalue()) < 100_000
    assert codes(verify(target.getvalue())) == ["proof.altered"]


def test_a_file_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "LARGEST", len(GOOD) - 1)
    assert codes(verify(GOOD)) == ["proof.too_large"]


# --- parts that do not belong together -----------------------------------------------------------


def test_a_result_that_does_not_follow_says_where() -> None:
    result = result_of(parse_plan(PLAN), INPUTS, 7)
    result["lines"] = [{"component": "commission", "amount_minor": 80000}]
    report = verify(packed(made(result=result)))
    assert outcome(report) == {
        **dict.fromkeys(CHECKS, True), "printed": None, "result": False,
    }  # fmt: skip
    (issue,) = [one.issue for one in report.checks if one.issue]
    assert issue.text() == (
        "At lines[0].amount_minor the calculation gives 70000; the file says 80000."
    )


def test_a_trace_that_does_not_follow_says_where() -> None:
    result = result_of(parse_plan(PLAN), INPUTS, 7)
    result["trace"]["children"][0]["label"] = "because"
    report = verify(packed(made(result=result)))
    assert [one.code for one in report.checks if one.passed is False] == ["trace"]
    (issue,) = [one.issue for one in report.checks if one.issue]
    assert issue.place.path == "children[0].label"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("person", "8"),
        ("person", 7),
        ("period", {**PERIOD, "end": "2026-05-01"}),
        ("plan", {"key": "other", "version": 1}),
        ("currency", "USD"),
        ("total_minor", 70001),
        ("corrects", {"statement": 1}),
    ],
)
def test_a_manifest_that_says_otherwise_is_refused(name: str, said: object) -> None:
    report = verify(packed(made(facts={name: said})))
    assert [one.code for one in report.checks if one.passed is False] == ["statement"]
    assert codes(report) == ["proof.misstated"]


def test_another_engine_is_named_and_nothing_is_recomputed() -> None:
    report = verify(packed(made(engine="0.9")))
    assert not report.verified
    assert outcome(report) == {
        "file": True, "hashes": True, "printed": None, "engine": False,
        "statement": None, "result": None, "trace": None,
    }  # fmt: skip
    (issue,) = [one.issue for one in report.checks if one.issue]
    assert issue.text() == f"The statement was made by engine 0.9; this is engine {ENGINE}."
    assert report.same_amounts is True
    older = result_of(parse_plan(PLAN), INPUTS, 7)
    older["lines"] = [{"component": "commission", "amount_minor": 69999}]
    assert verify(packed(made(engine="0.9", result=older))).same_amounts is False
    assert verify(packed(made(engine="0.9", result={}))).same_amounts is None


@pytest.mark.parametrize(
    "changes",
    [
        {"plan": "key: nothing"},
        {"plan": PLAN.replace("total: 700", "total: 701") + "\x00"},
        {"inputs": {}},
        {"inputs": {"payees": []}},
        {"inputs": {**INPUTS, "payees": [{"id": "8"}]}, "facts": {"person": "8"}},
        {"result": {}},
        {"facts": {"person": None}},
    ],
)
def test_parts_that_cannot_be_calculated_are_refused_not_raised(
    changes: dict[str, object],
) -> None:
    parts = {"result": result_of(parse_plan(PLAN), INPUTS, 7), **changes}
    report = verify(packed(made(**parts)))  # type: ignore[arg-type]  # parts of a test by name
    assert not report.verified
    assert codes(report)


def test_a_correction_is_the_difference_to_what_was_paid() -> None:
    now = result_of(parse_plan(PLAN), INPUTS, 7)
    result = difference_to(now, {"commission": 45000, "gone": 100})
    facts: dict[str, object] = {"corrects": {"statement": 41}, "total_minor": 24900}
    assert verify(packed(made(result=result, facts=facts))).verified
    wrong = {**result, "paid_minor": {"commission": 45001, "gone": 100}}
    assert not verify(packed(made(result=wrong, facts=facts))).verified
    odd = {**result, "paid_minor": {"commission": 45000, "gone": True}}
    assert not verify(packed(made(result=odd, facts=facts))).verified


# --- stored statements ---------------------------------------------------------------------------


def test_a_stored_statement_proves_itself_and_gives_the_same_bytes(pay: Pay) -> None:
    row = pay.statement(pay.run(), "léa")
    data = proof_of(row)
    assert verify(data, printed=digest(row)).verified
    assert unpacked(data).manifest["statement"] == {
        "id": row.pk,
        "person": str(row.person_id),
        "run": 1,
        "known_at": row.run.as_known_at.isoformat(),
        "period": PERIOD,
        "paid_in": "2026-03-01",
        "plan": {"key": "seller", "version": 1},
        "currency": "EUR",
        "total_minor": 70000,
        "corrects": None,
    }
    pay.lock()
    again = Statement.objects.get(pk=row.pk)
    assert proof_of(again) == data
    kept = LedgerLine.objects.filter(statement=row).values_list("component", "proof_sha256")
    assert list(kept) == [("commission", unpacked(data).digest)]


def test_a_correction_proves_itself_on_what_was_paid(pay: Pay) -> None:
    march = pay.statement(pay.run(), "léa")
    pay.lock()
    won("léa", "3000", date(2026, 3, 20), "D2", stage="cancelled")
    april = services.open_period(actor=pay.hana, kind="month", day=date(2026, 4, 1))
    row = pay.run(april).statements.get(corrects=march)
    data = proof_of(row)
    assert verify(data, printed=digest(row)).verified
    facts = unpacked(data).manifest["statement"]
    assert (facts["period"], facts["paid_in"]) == (PERIOD, "2026-04-01")
    assert facts["total_minor"] == row.total_minor < 0
    assert facts["corrects"] == {
        "statement": march.pk,
        "inputs": march.inputs_sha256,
        "result": march.result_sha256,
    }
    assert json.loads(unpacked(data).files["result.json"])["paid_minor"] == {"commission": 70000}


def test_a_changed_database_gives_no_proof(pay: Pay) -> None:
    row = pay.statement(pay.run(), "léa")
    row.inputs["payees"][0]["credits"][0]["amount_minor"] += 1
    with pytest.raises(Invalid, match=r"stored inputs\.json"):
        proof_of(row)
    version = PlanVersion.objects.get()
    row = Statement.objects.select_related("plan_version").get(pk=row.pk)
    row.plan_version.document = version.document + "# a word more\n"
    with pytest.raises(Invalid, match=r"stored plan\.yaml"):
        proof_of(row)
    assert LedgerLine.objects.count() == 0


# --- the commands --------------------------------------------------------------------------------


def run_offline(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own that has no server and no database."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if key not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")
    }
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *words],
        cwd=cwd,
        env={
            **environment,
            "DJANGO_SETTINGS_MODULE": "config.settings_for_tools",
            "MAILLOT_EMBEDDED": "0",
            "LANGUAGE_CODE": "en",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_commands_write_and_check_a_proof_without_a_database(pay: Pay, tmp_path: Path) -> None:
    row = pay.statement(pay.run(), "léa")
    path = tmp_path / "léa's proof.zip"
    said = StringIO()
    call_command("export_proof", statement=row.pk, out=path, stdout=said)
    printed = said.getvalue().strip()
    assert path.read_bytes() == proof_of(row)
    good = run_offline("verify_statement", str(path), "--digest", printed, cwd=tmp_path)
    assert (good.returncode, good.stderr) == (0, "")
    assert "The statement is verified." in good.stdout
    plain = run_offline("verify_statement", str(path), "--json", cwd=tmp_path)
    told = json.loads(plain.stdout)
    assert (plain.returncode, told["verified"], told["digest"]) == (0, True, printed)
    data = bytearray(path.read_bytes())
    data[data.index(b"900000")] ^= 1
    path.write_bytes(data)
    bad = run_offline("verify_statement", str(path), "--json", cwd=tmp_path)
    assert (bad.returncode, json.loads(bad.stdout)["verified"]) == (1, False)
    assert "NOT verified" in bad.stderr


def test_verifying_asks_nothing_of_the_database(db: None, tmp_path: Path) -> None:
    path = tmp_path / "proof.zip"
    path.write_bytes(GOOD)
    with CaptureQueriesContext(connection) as asked:
        call_command("verify_statement", path, stdout=StringIO())
    assert len(asked) == 0


def test_the_report_speaks_the_language_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "proof.zip"
    path.write_bytes(GOOD)
    for language in ("fr", "en"):
        said = StringIO()
        call_command("verify_statement", path, language=language, stdout=said)
        assert "SHA-256 " + made().digest in said.getvalue()


def test_what_is_not_there_is_said(db: None, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="999"):
        call_command("export_proof", statement=999, out=tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()
    for missing in (tmp_path / "none.zip", tmp_path):
        with pytest.raises(CommandError):
            call_command("verify_statement", missing, stdout=StringIO())
