"""Files of accounts: found as deals call them, given their segments, taken back."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from activities.importing.kinds import kind_of, kinds
from activities.importing.mapping import guess_mapping
from activities.models import Account, ImportBatch, SavedMapping
from activities.services import revert_batch
from activities.services.accounts import AccountInput, load_accounts
from common.models import AuditEntry
from kernel.issues import Invalid
from tests.activities.conftest import Crew
from tests.activities.test_importing import bring, found
from tests.activities.test_maven_import import bring_in, maven

__all__ = ["maven"]  # a fixture

DEALS = "id,stage,owner,account\nD1,prospecting,P1,Isdom\nD2,prospecting,P2,Zathunicon\n"
SEGMENTS = "account,sector\nIsdom,Retail\nBetasoloin,Medical\n"


def accounts() -> list[tuple[str, str, str]]:
    """(key, name, segment) of each."""
    rows = Account.objects.order_by("external_id")
    return list(rows.values_list("external_id", "name", "segment"))


@pytest.fixture
def named(crew: Crew) -> Crew:
    """Two deals have named two accounts."""
    assert bring(DEALS, "deals").is_good
    return crew


def test_accounts_come_after_products_and_before_deals() -> None:
    keys = [kind.key for kind in kinds()]
    assert keys.index("products") < keys.index("accounts") < keys.index("deals")


@pytest.mark.parametrize(
    "headers",
    [("Account id", "Account name", "Industry"), ("N° client", "Raison sociale", "Secteur")],
)
def test_the_columns_are_recognised_in_both_languages(headers: tuple[str, ...]) -> None:
    kind = kind_of("accounts")
    assert kind is not None
    assert guess_mapping(kind, headers).columns == dict(
        zip(("key", "name", "segment"), headers, strict=True)
    )


def test_known_accounts_get_their_segment_and_new_ones_are_made(named: Crew) -> None:
    report = bring(SEGMENTS, "accounts")

    assert (found(report), report.counts) == ([], {"created": 1, "corrected": 1})
    assert accounts() == [
        ("Betasoloin", "Betasoloin", "Medical"),
        ("Isdom", "Isdom", "Retail"),
        ("Zathunicon", "Zathunicon", ""),
    ]
    entry = AuditEntry.objects.get(action="accounts.load")
    assert entry.after == {"changed": 2}


def test_the_same_file_again_changes_nothing_and_an_empty_cell_keeps(named: Crew) -> None:
    bring(SEGMENTS, "accounts")
    again = bring(SEGMENTS, "accounts")
    emptied = bring("account,sector\nIsdom,\n", "accounts")

    assert (again.counts, again.batch_id) == ({"unchanged": 2}, None)
    assert (emptied.counts, emptied.batch_id) == ({"unchanged": 1}, None)
    assert ("Isdom", "Isdom", "Retail") in accounts()


def test_a_dry_run_says_the_same_and_writes_nothing(named: Crew) -> None:
    before = accounts()
    report = bring(SEGMENTS, "accounts", dry_run=True)

    assert (report.counts, report.batch_id) == ({"created": 1, "corrected": 1}, None)
    assert accounts() == before


def test_a_key_lets_a_name_change_and_the_name_finds_it_afterwards(named: Crew) -> None:
    bring("id,name,segment\nIsdom,Isdom SA,\n", "accounts")
    report = bring("name,segment\nIsdom SA,Retail\nIsdom,Retail\n", "accounts")

    assert report.counts == {"corrected": 1, "unchanged": 1}
    assert accounts() == [
        ("Isdom", "Isdom SA", "Retail"),
        ("Zathunicon", "Zathunicon", ""),
    ]


def test_everything_wrong_is_told_at_once_and_nothing_is_kept(named: Crew) -> None:
    Account.objects.create(external_id="A1", name="Twin")
    Account.objects.create(external_id="A2", name="Twin")
    before = accounts()
    report = bring(
        "key,name,segment\n"
        "Isdom,,Retail\n"
        "Isdom,,Medical\n"
        ",,Retail\n"
        ",Twin,Retail\n"
        f"Zathunicon,,{'x' * 101}\n"
        ",=1,Retail\n",
        "accounts",
    )

    assert found(report) == [
        ("duplicate_id_with_other_content", 3, "key"),
        ("missing_account", 4, "key"),
        ("ambiguous_account", 5, "name"),
        ("text_too_long", 6, "segment"),
        ("spreadsheet_formula", 7, "name"),
    ]
    assert (report.batch_id, accounts()) == (None, before)
    assert all(issue.remedy_text() for issue in report.issues)


def test_a_file_without_key_and_name_is_told_once(named: Crew) -> None:
    report = bring("segment\nRetail\nMedical\n", "accounts")

    assert found(report) == [("unmapped_field", None, "key")]


def test_another_spelling_is_a_new_account_with_a_warning(named: Crew) -> None:
    report = bring("account,segment\nISDOM,Retail\n", "accounts")

    assert (found(report), report.counts) == (
        [("account_looks_alike", 2, "account")],
        {"created": 1},
    )
    assert dict(report.issues[0].params) == {"found": "ISDOM", "closest": "Isdom"}


# --- taken back ------------------------------------------------------------------------------


def test_a_revert_gives_back_names_and_segments(named: Crew) -> None:
    bring("key,name,segment\nIsdom,Isdom SA,Medical\n", "accounts")
    before = accounts()
    report = bring("key,name,segment\nIsdom,Isdom AG,Retail\nNew,New one,Retail\n", "accounts")
    revert_batch(actor=named.admin, batch_id=report.batch_id or 0)

    assert accounts() == before
    assert bring("key,name,segment\nIsdom,Isdom AG,Retail\n", "accounts").is_good


def test_an_account_that_a_deal_has_named_since_stays_without_its_segment(crew: Crew) -> None:
    batch = bring(SEGMENTS, "accounts").batch_id
    bring(DEALS, "deals")
    revert_batch(actor=crew.admin, batch_id=batch or 0)

    assert accounts() == [("Isdom", "Isdom", ""), ("Zathunicon", "Zathunicon", "")]


def test_an_import_whose_accounts_were_changed_since_is_not_reverted(named: Crew) -> None:
    first = bring(SEGMENTS, "accounts").batch_id or 0
    second = bring("account,segment\nIsdom,Public\n", "accounts").batch_id or 0
    before = accounts()
    with pytest.raises(Invalid) as refused:
        revert_batch(actor=None, batch_id=first)

    assert [issue.code for issue in refused.value.issues] == ["changed_since_import"]
    assert accounts() == before
    assert ImportBatch.objects.get(pk=first).state == ImportBatch.State.DONE
    revert_batch(actor=None, batch_id=second)
    revert_batch(actor=None, batch_id=first)
    assert accounts() == [("Isdom", "Isdom", ""), ("Zathunicon", "Zathunicon", "")]


# --- from programs ---------------------------------------------------------------------------


def test_a_program_is_told_which_rows_were_refused(named: Crew) -> None:
    results = load_accounts(
        actor=named.admin,
        rows=[AccountInput(key="Isdom", segment="Retail"), AccountInput(segment="Retail")],
    )

    assert [str(one.status) for one in results] == ["corrected", "rejected"]
    assert ("Isdom", "Isdom", "Retail") in accounts()


def test_the_command_reads_a_saved_mapping(named: Crew, tmp_path: Path) -> None:
    columns = {"name": "Kunde", "segment": "Branche"}
    values = {"name": {"ISDOM": "Isdom"}}
    SavedMapping.objects.create(
        kind="accounts",
        name="crm",
        document={"kind": "accounts", "columns": columns, "values": values},
    )
    file = tmp_path / "kunden.csv"
    file.write_text("Kunde;Branche\nISDOM;Handel\n")
    out = StringIO()
    call_command("import_data", "accounts", str(file), mapping="crm", json=True, stdout=out)

    assert json.loads(out.getvalue())["counts"] == {"corrected": 1}
    assert ("Isdom", "Isdom", "Handel") in accounts()


def test_the_accounts_of_a_real_company_by_their_industry(maven: Path) -> None:
    for kind, file in (
        ("people", "sales_teams.csv"),
        ("products", "products.csv"),
        ("deals", "sales_pipeline.csv"),
    ):
        bring_in(kind, maven / file)
    known = Account.objects.count()
    out = StringIO()
    file = str(maven / "accounts.csv")
    call_command("import_data", "accounts", file, json=True, stdout=out)

    assert json.loads(out.getvalue())["counts"] == {"corrected": known}
    assert Account.objects.count() == known == 85
    assert not Account.objects.filter(segment="").exists()
