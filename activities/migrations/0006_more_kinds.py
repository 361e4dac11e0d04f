"""A database that is older than the kinds of customers, books, answers and stores learns them."""

from django.db import migrations


def load(apps, schema_editor):
    from activities.services.kinds import shipped_types

    kinds = apps.get_model("activities", "ActivityType")
    kinds.objects.bulk_create([kinds(**row) for row in shipped_types()], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("activities", "0005_payments")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
