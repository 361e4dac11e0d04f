"""Addresses of rankings, the dictionary, explanations and objectives."""

from django.urls import path

from kpis import objective_views, views

app_name = "kpis"
urlpatterns = [
    path("leaderboards/", views.leaderboard, name="leaderboard"),
    path("kpis/", views.dictionary, name="dictionary"),
    path("kpis/<slug:kpi_key>/formula/", views.formula, name="formula"),
    path("kpis/explain/<slug:kpi_key>/<int:person_id>/", views.explain, name="explain"),
    path("objectives/", objective_views.objectives, name="objectives"),
    path("objectives/new/", objective_views.objective_new, name="objective_new"),
    path(
        "objectives/<int:objective_id>/withdraw/",
        objective_views.objective_withdraw,
        name="objective_withdraw",
    ),
]
