"""Addresses of the log: API and pages."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from activities import api

urlpatterns = [
    path("api/v1/activities", api.ActivitiesView.as_view(), name="api-activities"),
    path("api/v1/deals", api.DealsView.as_view(), name="api-deals"),
    path("api/v1/schema", SpectacularJSONAPIView.as_view(), name="api-schema"),
]
