"""What the shipped kinds may state has labels and limits, and is asked in the form."""

from django.db import migrations


def load(apps, schema_editor):
    from activities.services.kinds import shipped_types

    kinds = apps.get_model("activities", "ActivityType")
    for row in shipped_types():
        kinds.objects.filter(key=row["key"]).update(
            attributes=row["attributes"], loggable=row["loggable"]
        )


class Migration(migrations.Migration):
    dependencies = [("activities", "0007_margin_of_deals")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
