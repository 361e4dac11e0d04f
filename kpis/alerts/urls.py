"""Addresses of alerts."""

from django.urls import path

from kpis.alerts import hearing_views, rule_views, views

urlpatterns = [
    path("alerts/", views.alerts, name="alerts"),
    path("alerts/<int:alert_id>/", views.alert, name="alert"),
    path("alerts/<int:alert_id>/mute/", views.alert_mute, name="alert_mute"),
    path("alerts/actions/<int:action_id>/", views.action_close, name="alert_action_close"),
    path("alerts/rules/", rule_views.rules, name="alert_rules"),
    path("alerts/rules/new/<slug:kind>/", rule_views.rule_new, name="alert_rule_new"),
    path("alerts/rules/<int:rule_id>/", rule_views.rule, name="alert_rule"),
    path("alerts/rules/<int:rule_id>/switch/", rule_views.rule_switch, name="alert_rule_switch"),
    path("alerts/wishes/", hearing_views.wishes, name="alert_wishes"),
    path("alerts/mutes/<int:mute_id>/remove/", hearing_views.unmute, name="alert_unmute"),
    path("alerts/webhooks/", hearing_views.hooks, name="alert_hooks"),
    path("alerts/webhooks/new/", hearing_views.hook_new, name="alert_hook_new"),
    path(
        "alerts/webhooks/<int:webhook_id>/remove/",
        hearing_views.hook_remove,
        name="alert_hook_remove",
    ),
]
