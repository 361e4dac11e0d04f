"""Addresses of what payees are told before a period, and of the reports of HR."""

from django.urls import path

from incentives.notices import views as notice_views
from incentives.reports import personnel_views

urlpatterns = [
    path("pay/notices/", notice_views.my_notices, name="my_notices"),
    path("pay/notices/team/", notice_views.team_notices, name="team_notices"),
    path("pay/notices/<int:notice_id>/", notice_views.notice, name="notice"),
    path(
        "pay/periods/<int:period_id>/notices/", notice_views.period_notices, name="period_notices"
    ),
    path("pay/periods/<int:period_id>/report/", personnel_views.pay_report, name="pay_report"),
    path("pay/periods/personnel/", personnel_views.personnel_file, name="personnel"),
]
