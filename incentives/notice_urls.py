"""Addresses of what payees are told before a period."""

from django.urls import path

from incentives import notice_views

urlpatterns = [
    path("pay/notices/", notice_views.my_notices, name="my_notices"),
    path("pay/notices/team/", notice_views.team_notices, name="team_notices"),
    path("pay/notices/<int:notice_id>/", notice_views.notice, name="notice"),
    path(
        "pay/periods/<int:period_id>/notices/", notice_views.period_notices, name="period_notices"
    ),
]
