"""A migrated database knows the shipped roles from the start."""

from django.db import migrations


def load(apps, schema_editor):
    from people.services.organisation import shipped_roles

    roles = apps.get_model("people", "Role")
    roles.objects.bulk_create([roles(**row) for row in shipped_roles()], ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
