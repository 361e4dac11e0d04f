"""Addresses of rankings, the dictionary, explanations and objectives."""

from django.urls import path

from kpis import views
from kpis.alerts.urls import urlpatterns as alert_urls
from kpis.dictionary import formula_views, keeping_views, own_views
from kpis.dictionary import views as dictionary
from kpis.forecast import views as forecast_views
from kpis.moves import views as moves
from kpis.objectives import change_views
from kpis.objectives import views as objectives
from kpis.scorecards import views as scorecards

app_name = "kpis"
urlpatterns = [
    *alert_urls,
    path("leaderboards/", views.leaderboard, name="leaderboard"),
    path("kpis/", dictionary.dictionary, name="dictionary"),
    path("kpis/preview/", formula_views.preview, name="preview"),
    path("kpis/new/", own_views.kpi_new, name="kpi_new"),
    path("kpis/metrics/new/", own_views.metric_new, name="metric_new"),
    path("kpis/metrics/preview/", own_views.metric_preview, name="metric_preview"),
    path("kpis/metrics/<slug:metric_key>/", dictionary.metric, name="metric"),
    path("kpis/metrics/<slug:metric_key>/own/", keeping_views.metric_own, name="metric_own"),
    path(
        "kpis/metrics/<slug:metric_key>/retire/", keeping_views.metric_retire, name="metric_retire"
    ),
    path("kpis/<slug:kpi_key>/", dictionary.kpi, name="kpi"),
    path("kpis/<slug:kpi_key>/own/", keeping_views.kpi_own, name="kpi_own"),
    path("kpis/<slug:kpi_key>/retire/", keeping_views.kpi_retire, name="kpi_retire"),
    path("kpis/<slug:kpi_key>/formula/", formula_views.formula, name="formula"),
    path("kpis/<slug:kpi_key>/move/", moves.move, name="move"),
    path("scorecards/", scorecards.cards, name="scorecards"),
    path("scorecards/<slug:role_key>/", scorecards.card, name="scorecard"),
    path("kpis/explain/<slug:kpi_key>/<int:person_id>/", views.explain, name="explain"),
    path("forecast/", forecast_views.forecast, name="forecast"),
    path("forecast/ask/", forecast_views.forecast_ask, name="forecast_ask"),
    path("forecast/odds/<slug:stage>/", forecast_views.forecast_odds, name="forecast_odds"),
    path("objectives/", objectives.objectives, name="objectives"),
    path("objectives/new/", change_views.objective_new, name="objective_new"),
    path(
        "objectives/new/qualitative/",
        change_views.objective_qualitative,
        name="objective_qualitative",
    ),
    path("objectives/suggestion/", change_views.objective_suggestion, name="objective_suggestion"),
    path("objectives/<int:objective_id>/", objectives.objective, name="objective"),
    path(
        "objectives/<int:objective_id>/accept/",
        objectives.objective_accept,
        name="objective_accept",
    ),
    path(
        "objectives/<int:objective_id>/counter/",
        change_views.objective_counter,
        name="objective_counter",
    ),
    path(
        "objectives/<int:objective_id>/withdraw/",
        change_views.objective_withdraw,
        name="objective_withdraw",
    ),
    path(
        "objectives/<int:objective_id>/visit/",
        change_views.objective_evaluate,
        name="objective_evaluate",
    ),
    path(
        "objectives/<int:objective_id>/letter/",
        objectives.objective_letter,
        name="objective_letter",
    ),
    path(
        "objectives/<int:objective_id>/letter/<slug:language>.pdf",
        objectives.objective_letter_pdf,
        name="objective_letter_pdf",
    ),
]
