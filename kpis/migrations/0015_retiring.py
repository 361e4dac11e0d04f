"""KPIs and metrics may be retired; revenue learns the note that it ships with."""

from django.db import migrations, models


def note(apps, schema_editor):
    import yaml

    from kpis.services.dictionary import SHIPPED

    kpis = apps.get_model("kpis", "Kpi").objects
    for row in yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["kpis"]:
        kpis.filter(key=row["key"], note_fr="", note_en="").update(
            note_fr=row.get("note_fr", ""), note_en=row.get("note_en", "")
        )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0014_plain_cells")]
    operations = [
        migrations.AddField(
            model_name="kpi",
            name="retired_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="metric",
            name="retired_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.RunPython(note, migrations.RunPython.noop),
    ]
