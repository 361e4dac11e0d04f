import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

# exports are append-only: their trigger sleeps while the new columns of old rows are filled
FILL = """
ALTER TABLE incentives_export DISABLE TRIGGER USER;
UPDATE incentives_export
   SET control_totals = jsonb_build_object(currency, control_total_minor),
       sequence = counted.position
  FROM (SELECT id AS counted_id,
               row_number() OVER (PARTITION BY template ORDER BY id) AS position
          FROM incentives_export) AS counted
 WHERE id = counted_id;
ALTER TABLE incentives_export ENABLE TRIGGER USER;
"""
# until now a file held all lines that its period had when it was made
LINES = """
INSERT INTO incentives_exportline (export_id, template, ledger_line_id)
SELECT export.id, export.template, line.id
  FROM incentives_export AS export
  JOIN incentives_ledgerline AS line
    ON line.period_id = export.period_id AND line.posted_at <= export.made_at
 ORDER BY export.id, line.id;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("incentives", "0004_ledger_keeps_proofs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PayrollTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40, unique=True)),
                ("name_fr", models.CharField(max_length=200)),
                ("name_en", models.CharField(max_length=200)),
                ("document", models.TextField()),
                (
                    "updated_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
            ],
        ),
        migrations.CreateModel(
            name="ExportLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "export",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lines",
                        to="incentives.export",
                    ),
                ),
                ("template", models.CharField(max_length=40)),
                (
                    "ledger_line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="export_lines",
                        to="incentives.ledgerline",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="export",
            name="control_totals",
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name="export",
            name="number",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AddField(
            model_name="export",
            name="sequence",
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="export",
            name="template_sha256",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="export",
            name="export_id",
            field=models.CharField(max_length=100, unique=True),
        ),
        migrations.AlterField(
            model_name="export",
            name="made_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(LINES, migrations.RunSQL.noop),
        migrations.RemoveField(model_name="export", name="control_total_minor"),
        migrations.RemoveField(model_name="export", name="currency"),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.UniqueConstraint(
                fields=("period", "template", "number"), name="export_number_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="export",
            constraint=models.UniqueConstraint(
                fields=("template", "sequence"), name="export_sequence_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="exportline",
            constraint=models.UniqueConstraint(
                fields=("ledger_line", "template"), name="export_line_once"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="exportline",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="c23c19dcab91a2292c3370385bdac7d1602572b2",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_2deba",
                    table="incentives_exportline",
                    when="BEFORE",
                ),
            ),
        ),
    ]
