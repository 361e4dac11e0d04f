"""Why a challenge did not start, and how fast records arrived when it was rehearsed."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('challenges', '0020_frozen_measures'),
    ]

    operations = [
        migrations.AddField(
            model_name='challenge',
            name='refused',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='rehearsalrun',
            name='feed',
            field=models.JSONField(null=True),
        ),
    ]
