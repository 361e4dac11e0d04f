"""Addresses of disputes, adjustments, the manager's review and the history of pay."""

from django.urls import path

from incentives.claims import adjustment_views, dispute_views, review_views
from incentives.periods import history_views

urlpatterns = [
    path("pay/disputes/", dispute_views.disputes, name="disputes"),
    path("pay/disputes/<int:dispute_id>/", dispute_views.dispute, name="dispute"),
    path(
        "pay/statements/<int:statement_id>/dispute/", dispute_views.dispute_new, name="dispute_new"
    ),
    path("pay/adjustments/", adjustment_views.adjustments, name="adjustments"),
    path("pay/adjustments/new/", adjustment_views.adjustment_new, name="adjustment_new"),
    path("pay/adjustments/<int:adjustment_id>/", adjustment_views.adjustment, name="adjustment"),
    path("pay/teams/", review_views.team_pay, name="team_pay"),
    path("pay/teams/<int:period_id>/", review_views.team_review, name="team_review"),
    path("pay/periods/<int:period_id>/review/", review_views.review, name="review"),
    path("pay/history/", history_views.histories, name="histories"),
    path("pay/history/<slug:kind>/<int:subject_id>/", history_views.history, name="history"),
]
