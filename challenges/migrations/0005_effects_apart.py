from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('challenges', '0004_tallies'),
    ]

    operations = [
        # what each record counts leaves the detail of the row, which every page reads
        migrations.RunSQL(
            "UPDATE challenges_standing SET effects = detail -> 'effects',"
            " detail = detail - 'effects' - 'left_out'",
            "UPDATE challenges_standing SET detail = detail"
            " || jsonb_build_object('effects', coalesce(effects, '{}'), 'left_out', '{}'::jsonb)",
        ),
    ]
