"""A metric may be new, with the cells of the past still to come."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0004_whole_dictionary"),
    ]

    operations = [
        migrations.AddField(
            model_name="metric",
            name="filled_to",
            field=models.BigIntegerField(blank=True, null=True),
        ),
    ]
