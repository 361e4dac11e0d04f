"""Addresses of rankings, the dictionary, explanations and objectives."""

from django.urls import path

from kpis import objective_views, views
from kpis.alerts.urls import urlpatterns as alert_urls
from kpis.dictionary import formula_views, own_views
from kpis.dictionary import views as dictionary
from kpis.forecast import views as forecast_views
from kpis.moves import views as moves
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
    path("kpis/<slug:kpi_key>/", dictionary.kpi, name="kpi"),
    path("kpis/<slug:kpi_key>/formula/", formula_views.formula, name="formula"),
    path("kpis/<slug:kpi_key>/move/", moves.move, name="move"),
    path("scorecards/", scorecards.cards, name="scorecards"),
    path("scorecards/<slug:role_key>/", scorecards.card, name="scorecard"),
    path("kpis/explain/<slug:kpi_key>/<int:person_id>/", views.explain, name="explain"),
    path("forecast/", forecast_views.forecast, name="forecast"),
    path("forecast/ask/", forecast_views.forecast_ask, name="forecast_ask"),
    path("forecast/odds/<slug:stage>/", forecast_views.forecast_odds, name="forecast_odds"),
    path("objectives/", objective_views.objectives, name="objectives"),
    path("objectives/new/", objective_views.objective_new, name="objective_new"),
    path(
        "objectives/<int:objective_id>/withdraw/",
        objective_views.objective_withdraw,
        name="objective_withdraw",
    ),
]
