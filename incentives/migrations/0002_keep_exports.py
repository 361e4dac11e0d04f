from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incentives", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="export",
            name="content_type",
            field=models.CharField(default="text/csv; charset=utf-8", max_length=100),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="export",
            name="content",
            field=models.BinaryField(default=b""),
            preserve_default=False,
        ),
    ]
