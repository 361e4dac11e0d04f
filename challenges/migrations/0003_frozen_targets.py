from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('challenges', '0002_scoring'),
    ]

    operations = [
        migrations.AddField(
            model_name='entrant',
            name='targets',
            field=models.JSONField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='scorechange',
            name='detail',
            field=models.JSONField(default=dict),
        ),
    ]
