"""What the ledger of points has to read is written down, so that it reads nothing else."""

from calendar import monthrange

import django.db.models.deletion
from django.db import migrations, models

LAST_MONTHS = 24


def months_after(moment, months):
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last))


def write_down(apps, schema_editor):
    """All that was before: reading it again changes nothing that is posted already."""
    award, news = (apps.get_model("challenges", name) for name in ("BadgeAward", "BadgeToPost"))
    move, due = (apps.get_model("challenges", name) for name in ("PointsMove", "PointsDue"))
    awards = award.objects.filter(points__gt=0).order_by("id").values_list("pk", flat=True)
    news.objects.bulk_create([news(award_id=pk) for pk in awards], batch_size=2000)
    earned = move.objects.filter(
        to_account="earned", from_account__in=["issue", "provisional", "reversed"]
    )
    due.objects.bulk_create(
        [
            due(person_id=person_id, due_at=months_after(at, LAST_MONTHS))
            for person_id, at in earned.order_by("id").values_list("person_id", "at")
        ],
        batch_size=2000,
    )


class Migration(migrations.Migration):
    dependencies = [("challenges", "0017_screens_on_walls"), ("people", "0003_establishment_contract")]

    operations = [
        migrations.CreateModel(
            name="BadgeToPost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("award", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="challenges.badgeaward")),
            ],
        ),
        migrations.CreateModel(
            name="PointsDue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField()),
                ("person", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="people.person")),
            ],
            options={
                "indexes": [models.Index(fields=["due_at"], name="challenges__due_at_10b9e9_idx")],
            },
        ),
        migrations.RunPython(write_down, migrations.RunPython.noop),
    ]
