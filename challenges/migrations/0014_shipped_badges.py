"""A migrated database knows the shipped badges from the start."""

from django.db import migrations


def load(apps, schema_editor):
    from challenges.badges.services.shipping import shipped_badges
    from kernel.trace import to_bytes

    badges, rules = apps.get_model("challenges", "Badge"), apps.get_model("challenges", "BadgeRule")
    for row in shipped_badges():
        badge = badges.objects.create(key=row["key"], name_fr=row["fr"], name_en=row["en"], art=row["art"])
        document = to_bytes(row["rule"]).decode()
        rules.objects.create(badge=badge, number=1, document=document, points=row["points"])


class Migration(migrations.Migration):
    dependencies = [("challenges", "0013_rewards"), ("kpis", "0003_shipped_dictionary")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
