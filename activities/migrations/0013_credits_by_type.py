"""Credits repeat the type and the account of their records; a small index of what was superseded."""

import django.db.models.deletion
from django.db import migrations, models

# the log is append-only by a trigger; nothing is changed here that a record says
FILL = """
ALTER TABLE activities_credit DISABLE TRIGGER USER;
UPDATE activities_credit c SET type_id = a.type_id, account_id = a.account_id
FROM activities_activity a WHERE a.id = c.activity_id;
ALTER TABLE activities_credit ENABLE TRIGGER USER;
"""


class Migration(migrations.Migration):
    dependencies = [("activities", "0012_replaced_by_imports")]

    operations = [
        migrations.AddField(
            model_name="credit",
            name="type",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="activities.activitytype",
                to_field="key",
            ),
        ),
        migrations.AddField(
            model_name="credit",
            name="account",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="activities.account",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="credit",
            name="type",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="activities.activitytype",
                to_field="key",
            ),
        ),
        migrations.RemoveIndex(model_name="credit", name="credit_by_person"),
        migrations.AddIndex(
            model_name="credit",
            index=models.Index(
                fields=["person", "occurred_at"],
                include=["activity", "type", "account", "share", "amount_minor"],
                name="credit_by_person",
            ),
        ),
        migrations.AlterField(
            model_name="activity",
            name="supersedes",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="activities.activity",
            ),
        ),
        migrations.AddConstraint(
            model_name="activity",
            constraint=models.UniqueConstraint(
                condition=models.Q(("supersedes__isnull", False)),
                fields=("supersedes",),
                name="activity_superseded_once",
            ),
        ),
    ]
