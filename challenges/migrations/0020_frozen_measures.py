"""What the metrics of a challenge are is frozen with its launch; what was launched before keeps
what they are now."""

from django.db import migrations, models


def freeze(apps, schema_editor):
    Challenge = apps.get_model("challenges", "Challenge")
    now = dict(apps.get_model("kpis", "Metric").objects.values_list("key", "definition"))
    for challenge in Challenge.objects.exclude(state="draft").iterator():
        challenge.definitions = {key: now[key] for key in challenge.metric_keys if key in now}
        challenge.save(update_fields=["definitions"])


class Migration(migrations.Migration):
    dependencies = [
        ("challenges", "0019_charged_revisions"),
        ("kpis", "0012_sealed_webhooks"),
    ]
    operations = [
        migrations.AddField(
            model_name="challenge",
            name="definitions",
            field=models.JSONField(default=dict),
        ),
        migrations.RunPython(freeze, migrations.RunPython.noop),
    ]
