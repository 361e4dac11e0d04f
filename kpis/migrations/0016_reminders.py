"""Reviews that are due are reminded of; the shipped rule of deals says what late means."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SHIPPED_BEFORE = {"kind": "deal", "days": "15"}


def say_late(apps, schema_editor):
    """Only where nobody has changed the rule: one that was keeps what its readers have written."""
    rules = apps.get_model("kpis", "AlertRule").objects
    rules.filter(key="deal-at-risk", document=SHIPPED_BEFORE).update(
        document={**SHIPPED_BEFORE, "late": "1"}
    )


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0015_retiring"),
        ("people", "0003_establishment_contract"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="alertwishes",
            name="of_reviews",
            field=models.BooleanField(default=True),
        ),
        migrations.CreateModel(
            name="ReviewReminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("weekly", "Weekly review"),
                            ("monthly", "Monthly review"),
                            ("quarterly", "Quarterly review"),
                        ],
                        max_length=9,
                    ),
                ),
                ("starts_on", models.DateField()),
                ("due_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "team",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.team",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "kind", "team", "starts_on"),
                        name="review_reminded_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.RunPython(say_late, migrations.RunPython.noop),
    ]
