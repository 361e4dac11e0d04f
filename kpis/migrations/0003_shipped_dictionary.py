"""A migrated database knows the shipped metrics, KPIs and scorecards from the start."""

from datetime import date

import yaml
from django.db import migrations


def load(apps, schema_editor):
    from activities.choices import Stage
    from activities.services.kinds import shipped_types
    from kpis.calc.dictionary import parse_dictionary
    from kpis.calc.definitions import Vocabulary
    from kpis.services.dictionary import SHIPPED

    types = frozenset(row["key"] for row in shipped_types())
    document = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    dictionary = parse_dictionary(document, Vocabulary(types, frozenset(Stage.values)))

    def model(name):
        return apps.get_model("kpis", name)

    model("Metric").objects.bulk_create(
        model("Metric")(
            key=one.key, name_fr=one.name_fr, name_en=one.name_en, definition=dict(one.data)
        )
        for one in dictionary.metrics
    )
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
    kpis = {
        row.key: row
        for row in model("Kpi").objects.bulk_create(
            model("Kpi")(position=position, **{name: getattr(one, name) for name in fields})
            for position, one in enumerate(dictionary.kpis)
        )
    }
    model("KpiVersion").objects.bulk_create(
        model("KpiVersion")(
            kpi=kpis[one.key],
            formula=one.formula,
            bands=dict(one.bands),
            valid_from=date(1900, 1, 1),
        )
        for one in dictionary.kpis
    )
    model("ScorecardEntry").objects.bulk_create(
        model("ScorecardEntry")(role_key=role, kpi=kpis[key], position=position)
        for role, keys in dictionary.scorecards.items()
        for position, key in enumerate(keys)
    )
    model("StageProbability").objects.bulk_create(
        model("StageProbability")(stage=stage, probability=odds)
        for stage, odds in dictionary.probabilities.items()
    )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0002_objective_batch"), ("activities", "0002_shipped_types")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
