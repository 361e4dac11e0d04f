"""A database that is older than the kinds of customers, books, answers and stores learns them."""

from django.db import migrations


def load(apps, schema_editor):
    from activities.services.kinds import shipped_types

    kinds = apps.get_model("activities", "ActivityType")
    kinds.objects.bulk_create([kinds(**row) for row in shipped_types()], ignore_conflicts=True)
    # a won deal may say its margin and what sale it was; what a company has added itself stays
    won = kinds.objects.get(key="deal_won")
    known = {one["key"] for one in won.attributes}
    shipped = next(row for row in shipped_types() if row["key"] == "deal_won")
    won.attributes += [one for one in shipped["attributes"] if one["key"] not in known]
    won.save(update_fields=["attributes"])


class Migration(migrations.Migration):
    dependencies = [("activities", "0005_payments")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
