"""Addresses of the log: pages and API."""

from django.urls import path
from drf_spectacular.views import SpectacularJSONAPIView

from activities import api, data_views, views
from activities.deals import views as deal_views
from activities.types import views as types

app_name = "activities"
urlpatterns = [
    path("log/", views.log, name="log"),
    path("activities/", views.mine, name="mine"),
    path("activities/<int:activity_id>/correct/", views.correct, name="correct"),
    path("activities/<int:activity_id>/cancel/", views.cancel, name="cancel"),
    path("activities/<int:activity_id>/undo/", views.undo, name="undo"),
    path("deals/", deal_views.deals, name="deals"),
    path("deals/<int:deal_id>/", deal_views.deal, name="deal"),
    path("data/", data_views.imports, name="imports"),
    path("data/uploads/<int:upload_id>/", data_views.upload_page, name="upload"),
    path("data/uploads/<int:upload_id>/state/", data_views.upload_state, name="upload_state"),
    path("data/batches/<int:batch_id>/", data_views.batch_page, name="batch"),
    path("data/batches/<int:batch_id>/revert/", data_views.revert, name="revert"),
    path("data/keys/", data_views.keys, name="keys"),
    path("data/keys/<int:key_id>/revoke/", data_views.revoke_key, name="revoke_key"),
    path("data/types/", types.types, name="types"),
    path("data/types/new/", types.type_new, name="type_new"),
    path("data/types/<slug:type_key>/", types.type_page, name="type"),
    path("data/types/<slug:type_key>/retire/", types.type_retire, name="type_retire"),
    path("api/v1/activities", api.ActivitiesView.as_view(), name="api_activities"),
    path("api/v1/deals", api.DealsView.as_view(), name="api_deals"),
    path("api/v1/schema", SpectacularJSONAPIView.as_view(), name="api_schema"),
]
