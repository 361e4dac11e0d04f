"""Pages that join the rooms, and the frame around all pages."""

from django.urls import path

from cockpit import frame, views
from cockpit.reviews import views as reviews

app_name = "cockpit"
urlpatterns = [
    path("", views.home, name="home"),
    path("cockpit/", views.me, name="me"),
    path("cockpit/bonus/", views.bonus, name="bonus"),
    path("cockpit/races/<int:challenge_id>/", views.race, name="race"),
    path("cockpit/figures/<int:person_id>/", views.figures, name="figures"),
    path("team/", views.team, name="team"),
    path("cockpit/alerts/", views.my_alerts, name="my_alerts"),
    path("team/alerts/", views.team_alerts, name="team_alerts"),
    path("team/cards/", views.team_cards, name="team_cards"),
    path("team/<int:person_id>/", views.person, name="person"),
    path("hr/", views.office, name="office"),
    path("setup/", views.setup, name="setup"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/decisions/<int:decision_id>/", reviews.review_decision, name="review_decision"),
    path("reviews/<slug:of>/<slug:kind>/<slug:start>/", reviews.review, name="review"),
    path(
        "reviews/<slug:of>/<slug:kind>/<slug:start>/hold/", reviews.review_hold, name="review_hold"
    ),
    path(
        "reviews/<slug:of>/<slug:kind>/<slug:start>/<slug:language>.pdf",
        reviews.review_pdf,
        name="review_pdf",
    ),
    path("direction/", views.direction, name="direction"),
    path("direction/cards/", views.direction_cards, name="direction_cards"),
    path("manifest.webmanifest", frame.manifest, name="manifest"),
    path("theme/", frame.choose_theme, name="theme"),
    path("styleguide/", frame.styleguide, name="styleguide"),
]
