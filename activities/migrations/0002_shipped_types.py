"""A migrated database knows the shipped kinds of activity from the start."""

from django.db import migrations


def load(apps, schema_editor):
    from activities.services.kinds import shipped_types

    kinds = apps.get_model("activities", "ActivityType")
    kinds.objects.bulk_create([kinds(**row) for row in shipped_types()], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("activities", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
