"""What the shipped kinds state of a deal has names that people read."""

from django.db import migrations


def load(apps, schema_editor):
    from activities.services.kinds import shipped_types

    kinds = apps.get_model("activities", "ActivityType")
    for row in shipped_types():
        kinds.objects.filter(key=row["key"]).update(attributes=row["attributes"])


class Migration(migrations.Migration):
    dependencies = [("activities", "0013_credits_by_type")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
