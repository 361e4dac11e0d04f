"""Maven's CRM data, brought in by the importer that people use."""

import json
from io import StringIO
from pathlib import Path

from django.core.management import call_command

from activities.services import load_activity_types
from kpis.services import load_dictionary, recompute_touched
from people.services import load_roles, set_up_company

MAPPINGS = Path(__file__).resolve().parent.parent / "data"


def load(directory: Path) -> None:
    """The company, its people, products and deals; cells up to date."""
    set_up_company(
        actor=None, name="Maven", currency="USD", timezone="UTC", language="en", country="US"
    )
    load_roles()
    load_activity_types()
    load_dictionary()
    for kind, name in (
        ("people", "sales_teams.csv"),
        ("products", "products.csv"),
        ("deals", "sales_pipeline.csv"),
    ):
        _bring_in(kind, directory / name)
    recompute_touched(size=5000)


def _bring_in(kind: str, file: Path) -> None:
    out = StringIO()
    mapping = MAPPINGS / f"maven_{kind}.yaml"
    call_command("import_data", kind, str(file), mapping=str(mapping), json=True, stdout=out)
    report = json.loads(out.getvalue())
    assert (report["ok"], report["issues"]) == (True, [])
