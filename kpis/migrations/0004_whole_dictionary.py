"""A database that is older than some shipped metrics and KPIs learns them.

Formulas, scorecards and probabilities of the company stay as they are.
"""

from datetime import date

import yaml
from django.db import migrations


def load(apps, schema_editor):
    from activities.choices import Stage
    from activities.services.kinds import shipped_types
    from kpis.calc.definitions import Vocabulary
    from kpis.calc.dictionary import parse_dictionary
    from kpis.services.dictionary import SHIPPED

    types = frozenset(row["key"] for row in shipped_types())
    document = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    dictionary = parse_dictionary(document, Vocabulary(types, frozenset(Stage.values)))
    metrics, kpis, versions = (
        apps.get_model("kpis", name) for name in ("Metric", "Kpi", "KpiVersion")
    )
    metrics.objects.bulk_create(
        (
            metrics(
                key=one.key, name_fr=one.name_fr, name_en=one.name_en, definition=dict(one.data)
            )
            for one in dictionary.metrics
        ),
        ignore_conflicts=True,
    )
    held = set(kpis.objects.values_list("key", flat=True))
    fields = (
        "key",
        "family",
        "timing",
        "unit",
        "better",
        "cadence",
        "name_fr",
        "name_en",
        "note_fr",
        "note_en",
    )
    new = [(position, one) for position, one in enumerate(dictionary.kpis) if one.key not in held]
    rows = kpis.objects.bulk_create(
        kpis(position=position, **{name: getattr(one, name) for name in fields})
        for position, one in new
    )
    versions.objects.bulk_create(
        versions(kpi=row, formula=one.formula, bands=dict(one.bands), valid_from=date(1900, 1, 1))
        for row, (_, one) in zip(rows, new, strict=True)
    )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0003_shipped_dictionary"), ("activities", "0007_margin_of_deals")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
