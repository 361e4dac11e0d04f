"""Every address of the product: each room brings its own."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from config import health
from config.unknown import UnknownAddressView
from people.settings_views import set_language

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("accounts/", include("allauth.account.urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path("", include("activities.urls")),
    path("", include("people.urls")),
    path("", include("incentives.urls")),
    path("", include("kpis.urls")),
    path("", include("challenges.urls")),
    path("", include("cockpit.urls")),
    re_path(r"^api(?:/.*)?$", UnknownAddressView.as_view(), name="api_unknown"),
]
