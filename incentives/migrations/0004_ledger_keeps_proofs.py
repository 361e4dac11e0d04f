from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incentives", "0003_reviews_adjustments_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="ledgerline",
            name="proof_sha256",
            field=models.CharField(default="", editable=False, max_length=64),
        ),
    ]
