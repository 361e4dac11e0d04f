"""Pages that join the rooms, and the frame around all pages."""

from django.urls import path

from cockpit import frame

app_name = "cockpit"
urlpatterns = [
    path("theme/", frame.choose_theme, name="theme"),
    path("styleguide/", frame.styleguide, name="styleguide"),
]
