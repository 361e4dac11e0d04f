"""``manage.py export_payroll``: the same file as from the page, or every reason why not."""

import json
from hashlib import sha256
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from incentives.models import Export
from tests.incentives.conftest import Pay
from tests.incentives.payroll.test_exporting import locked


def run(
    out: Path,
    *options: str,
    period: str = "2026-03",
    template: str = "neutral-csv",
    wrong: StringIO | None = None,
) -> str:
    told = StringIO()
    call_command(
        "export_payroll",
        "--period", period, "--template", template, "--out", str(out),
        "--language", "en", *options,
        stdout=told, stderr=wrong,
    )  # fmt: skip
    return told.getvalue()


def test_it_writes_the_file_and_prints_its_record(pay: Pay, tmp_path: Path) -> None:
    locked(pay)
    out = tmp_path / "deep" / "payroll"
    told = json.loads(run(out, "--json"))
    file = out / "payroll-month-2026-03-01.csv"
    assert told == {
        "export_id": "month-2026-03-01-neutral-csv",
        "file": str(file),
        "template": "neutral-csv",
        "number": 1,
        "lines": 2,
        "control_totals": {"EUR": "750.01"},
        "sha256": sha256(file.read_bytes()).hexdigest(),
    }
    assert [one.name for one in out.iterdir()] == [file.name]
    assert json.loads(run(out, "--json")) == told
    assert Export.objects.get().made_by is None


def test_it_says_who_exports(pay: Pay, tmp_path: Path) -> None:
    locked(pay)
    assert "export_id: month-2026-03-01-neutral-csv\n" in run(tmp_path, "--by", pay.hugo.email)
    assert Export.objects.get().made_by == pay.hugo


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"period": "2026-02"}, "Nothing is known under 2026-02. Check --period."),
        ({"template": "nothing"}, "There is no payroll template nothing."),
        ({"template": "nothing"}, "Choose one of: neutral-csv, neutral-xlsx"),
        ({"template": "silae"}, "The line seller.commission has no payroll code."),
        ({"period": "soon"}, "soon"),
    ],
)
def test_it_fails_with_the_reasons_and_writes_nothing(
    pay: Pay, tmp_path: Path, options: dict[str, str], said: str
) -> None:
    locked(pay)
    wrong = StringIO()
    with pytest.raises(SystemExit):
        run(tmp_path, **options, wrong=wrong)
    assert said in wrong.getvalue()
    assert list(tmp_path.iterdir()) == []


def test_it_tells_the_reasons_to_programs_too(
    pay: Pay, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pay.run()
    with pytest.raises(SystemExit):
        call_command(
            "export_payroll", "--period", "2026-03", "--template", "neutral-csv",
            "--out", str(tmp_path), "--json", "--language", "en",
        )  # fmt: skip
    told = json.loads(capsys.readouterr().out)
    assert [one["code"] for one in told["issues"]] == ["export.not_locked"]


def test_an_unknown_person_is_refused(pay: Pay, tmp_path: Path) -> None:
    locked(pay)
    with pytest.raises(SystemExit):
        run(tmp_path, "--by", "nobody@velo.example", wrong=StringIO())
    assert not Export.objects.exists()


def test_a_directory_that_cannot_be_written_is_told(pay: Pay, tmp_path: Path) -> None:
    locked(pay)
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError):
        run(tmp_path / "file" / "below")
