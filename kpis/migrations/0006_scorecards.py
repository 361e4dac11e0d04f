"""The scorecards of account managers, field reps, managers and directors learn what they are for.

Only where they still are what an older release shipped; a company's own stay as they are.
"""

from django.db import migrations

BEFORE = {
    "am": [
        "revenue_booked",
        "meetings_count",
        "average_deal",
        "closing_rate",
        "new_customers_count",
    ],
    "field": [
        "revenue_booked",
        "meetings_count",
        "new_customers_count",
        "proposal_to_order",
        "average_deal",
    ],
    "manager": [
        "revenue_booked",
        "weighted_forecast",
        "pipeline_count",
        "closing_rate",
        "qualified_meetings_count",
        "sales_cycle",
    ],
    "director": [
        "revenue_booked",
        "weighted_forecast",
        "pipeline_amount",
        "new_customers_count",
        "closing_rate",
        "average_deal",
    ],
}
AFTER = {
    "am": ["retention", "upsell_share", "nps", "churn", "revenue_booked"],
    "field": [
        "numeric_distribution",
        "shelf_share",
        "displays_count",
        "meetings_count",
        "revenue_booked",
    ],
    "manager": [
        "revenue_booked",
        "weighted_forecast",
        "pipeline_count",
        "closing_rate",
        "attainment_rate",
        "qualified_meetings_count",
        "discovery_quality",
    ],
    "director": [
        "cac",
        "ltv",
        "ltv_cac",
        "revenue_booked",
        "weighted_forecast",
        "margin_booked",
        "dso",
    ],
}


def follow(apps, schema_editor):
    entries, kpis = (apps.get_model("kpis", name) for name in ("ScorecardEntry", "Kpi"))
    ids = dict(kpis.objects.values_list("key", "pk"))
    for role, shipped in BEFORE.items():
        held = entries.objects.filter(role_key=role).order_by("position")
        if list(held.values_list("kpi__key", flat=True)) != shipped:
            continue
        held.delete()
        entries.objects.bulk_create(
            entries(role_key=role, kpi_id=ids[key], position=position)
            for position, key in enumerate(AFTER[role])
        )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0005_filling_of_cells")]
    operations = [migrations.RunPython(follow, migrations.RunPython.noop)]
