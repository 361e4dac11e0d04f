"""The addresses of webhooks are sealed: what an older release kept readable no longer is."""

from django.db import migrations, models

PURPOSE = "webhook"


def seal_all(apps, schema_editor):
    from common.sealing import seal

    for hook in apps.get_model("kpis", "Webhook").objects.exclude(url=""):
        hook.sealed_url = seal(hook.url, PURPOSE)
        hook.save(update_fields=["sealed_url"])


def unseal_all(apps, schema_editor):
    from common.sealing import unseal

    for hook in apps.get_model("kpis", "Webhook").objects.exclude(sealed_url=""):
        hook.url = unseal(hook.sealed_url, PURPOSE)
        hook.save(update_fields=["url"])


class Migration(migrations.Migration):
    dependencies = [("kpis", "0011_goals_that_plans_pay")]

    operations = [
        migrations.AddField("webhook", "sealed_url", models.TextField(default=""), False),
        migrations.AlterField("webhook", "url", models.CharField(default="", max_length=500)),
        migrations.RunPython(seal_all, unseal_all),
        migrations.RemoveField("webhook", "url"),
    ]
