"""Blocks that runs share, and news of what rosters are made of."""

import django.contrib.postgres.fields
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

# what `field_of` reads: who is where, what is to be reached, and by which plan they are paid
READ_BY_ROSTERS = (
    "people_person",
    "people_assignment",
    "people_absence",
    "people_role",
    "people_company",
    "kpis_objective",
    "kpis_kpi",
    "incentives_planassignment",
    "incentives_planversion",
)
NOTE = """
CREATE FUNCTION incentives_note_roster_news() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO incentives_rosternews (source) VALUES (TG_TABLE_NAME);
    RETURN NULL;
END $$;
"""
WATCH = """
CREATE TRIGGER roster_news AFTER INSERT OR UPDATE OR DELETE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION incentives_note_roster_news();
"""
KEEP_IN_BLOCKS = (
    "INSERT INTO incentives_block (run_id, number, payees)"
    " SELECT r.id, p.person_id / 50, count(*) FROM incentives_run r"
    " JOIN incentives_rosterpayee p ON p.roster_id = r.roster_id GROUP BY 1, 2 ORDER BY 1, 2",
    "INSERT INTO incentives_block (run_id, number, payees)"
    " SELECT c.run_id, CASE WHEN s.corrects_id IS NULL THEN s.person_id / 50 ELSE -1 END, count(*)"
    " FROM incentives_runstatement c JOIN incentives_statement s ON s.id = c.statement_id"
    " GROUP BY 1, 2 ORDER BY 1, 2 ON CONFLICT DO NOTHING",
    "INSERT INTO incentives_runblock (run_id, block_id)"
    " SELECT run_id, id FROM incentives_block ORDER BY id",
    "INSERT INTO incentives_blockstatement (block_id, statement_id)"
    " SELECT b.id, s.id FROM incentives_runstatement c"
    " JOIN incentives_statement s ON s.id = c.statement_id"
    " JOIN incentives_block b ON b.run_id = c.run_id AND b.number"
    " = CASE WHEN s.corrects_id IS NULL THEN s.person_id / 50 ELSE -1 END"
    " ORDER BY c.run_id, s.id",
    "ALTER TABLE incentives_roster DISABLE TRIGGER USER",
    "UPDATE incentives_roster r SET plan_version_ids = p.ids, payee_count = p.payees FROM ("
    "SELECT roster_id, array_agg(DISTINCT plan_version_id ORDER BY plan_version_id) AS ids,"
    " count(*) AS payees FROM incentives_rosterpayee GROUP BY roster_id) p"
    " WHERE p.roster_id = r.id",
    # nothing may wait for the end of the transaction when a table changes
    "SET CONSTRAINTS ALL IMMEDIATE",
    "SET CONSTRAINTS ALL DEFERRED",
    "ALTER TABLE incentives_roster ENABLE TRIGGER USER",
    "DROP TABLE incentives_runstatement",
    "CREATE VIEW incentives_runstatement AS"
    " SELECT held.id, counted.run_id, held.statement_id FROM incentives_runblock counted"
    " JOIN incentives_blockstatement held ON held.block_id = counted.block_id",
)


class Migration(migrations.Migration):

    dependencies = [
        ('incentives', '0008_personnel'),
        ('people', '0003_establishment_contract'),
        ('kpis', '0003_shipped_dictionary'),
    ]

    operations = [
        migrations.CreateModel(
            name='RosterNews',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=63)),
            ],
        ),
        migrations.CreateModel(
            name='RunBlock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
            ],
        ),
        migrations.AddField(
            model_name='roster',
            name='payee_count',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='roster',
            name='plan_version_ids',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name='run',
            name='read_from',
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name='Block',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField()),
                ('payees', models.PositiveIntegerField()),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='filled', to='incentives.run')),
            ],
        ),
        migrations.CreateModel(
            name='BlockStatement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('block', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='held', to='incentives.block')),
                ('statement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='held', to='incentives.statement')),
            ],
        ),
        migrations.AddField(
            model_name='runblock',
            name='block',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shared', to='incentives.block'),
        ),
        migrations.AddField(
            model_name='runblock',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='blocks', to='incentives.run'),
        ),
        migrations.AddConstraint(
            model_name='block',
            constraint=models.UniqueConstraint(fields=('run', 'number'), name='block_once'),
        ),
        migrations.AddConstraint(
            model_name='blockstatement',
            constraint=models.UniqueConstraint(fields=('block', 'statement'), name='block_statement_once'),
        ),
        migrations.AddConstraint(
            model_name='runblock',
            constraint=models.UniqueConstraint(fields=('run', 'block'), name='run_block_once'),
        ),
        pgtrigger.migrations.RemoveTrigger("runstatement", "append_only"),
        pgtrigger.migrations.RemoveTrigger("runstatement", "locked_stays"),
        migrations.RemoveConstraint("runstatement", "run_statement_once"),
        migrations.RunSQL([(one, None) for one in KEEP_IN_BLOCKS]),
        migrations.AlterModelOptions(name='runstatement', options={'managed': False}),
        pgtrigger.migrations.AddTrigger(
            model_name='rosternews',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='84b7e38e7f1fe3f6312caf6a8401d07046474308', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_add9f', table='incentives_rosternews', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='block',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='c75c046835fbe05061a40a0af01184080a84dddb', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_acf38', table='incentives_block', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='blockstatement',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='2b5caba2e52bed5c3ac5551f3a929d22f0a6ad70', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_bf9ea', table='incentives_blockstatement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='blockstatement',
            trigger=pgtrigger.compiler.Trigger(name='ended_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT 1 FROM incentives_block b JOIN incentives_run r ON r.id = b.run_id WHERE b.id = NEW.block_id AND r.state <> 'running') THEN RAISE EXCEPTION 'pgtrigger: the run has ended'; END IF; RETURN NEW;", hash='5ab1e4d2320c8b01eccef6a7268ad651e8536607', operation='INSERT', pgid='pgtrigger_ended_stays_19c12', table='incentives_blockstatement', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runblock',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='e71d91ac16b2852563b6ec0fd8cd9f284631f895', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_39838', table='incentives_runblock', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='runblock',
            trigger=pgtrigger.compiler.Trigger(name='locked_stays', sql=pgtrigger.compiler.UpsertTriggerSql(func="IF EXISTS (SELECT 1 FROM incentives_run WHERE id = NEW.run_id AND locked) THEN RAISE EXCEPTION 'pgtrigger: the run is locked'; END IF; RETURN NEW;", hash='718097d50b5a24ce840e38f16df5807fb0959a60', operation='INSERT', pgid='pgtrigger_locked_stays_55ada', table='incentives_runblock', when='BEFORE')),
        ),
        migrations.RunSQL(NOTE),
        *[migrations.RunSQL(WATCH.format(table=table)) for table in READ_BY_ROSTERS],
    ]
