"""Addresses of people, teams, the company and one's own settings."""

from django.urls import path

from people import settings_views, views

app_name = "people"
urlpatterns = [
    path("people/", views.people_list, name="list"),
    path("people/new/", views.hire, name="hire"),
    path("people/<int:person_id>/", views.person_page, name="person"),
    path("people/<int:person_id>/name/", views.rename, name="rename"),
    path("people/<int:person_id>/places/new/", views.place_new, name="place_new"),
    path("people/places/<int:place_id>/change/", views.place_change, name="place_change"),
    path("people/places/<int:place_id>/end/", views.place_end, name="place_end"),
    path("people/<int:person_id>/leave/", views.leave, name="leave"),
    path("people/<int:person_id>/absences/new/", views.absence_new, name="absence_new"),
    path("people/<int:person_id>/sign-in/", views.sign_in_new, name="sign_in_new"),
    path("people/sign-ins/", views.sign_ins, name="sign_ins"),
    path("people/sign-ins/new/", views.sign_in_office, name="sign_in_office"),
    path("people/sign-ins/<int:user_id>/invite/", views.invite, name="invite"),
    path("people/sign-ins/<int:user_id>/rights/", views.rights, name="rights"),
    path("people/sign-ins/<int:user_id>/open/", views.open_sign_in, name="open_sign_in"),
    path("people/teams/", views.teams, name="teams"),
    path("company/", settings_views.company, name="company"),
    path("company/calendar/", settings_views.calendar, name="calendar"),
    path("me/", settings_views.me, name="me"),
]
