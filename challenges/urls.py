"""Addresses of challenges."""

from django.urls import path

from challenges.boards import views
from challenges.duels import views as duels
from challenges.entrants import face_views, reading_views
from challenges.fairness import review_views
from challenges.fairness import views as fair_views
from challenges.studio import sheet_views
from challenges.studio import views as editing

app_name = "challenges"
urlpatterns = [
    path("challenges/", views.challenge_list, name="list"),
    path("challenges/new/", sheet_views.formats, name="new"),
    path("challenges/new/<slug:format_key>/", sheet_views.new_of, name="new_of"),
    path("challenges/me/", face_views.face, name="face"),
    path("challenges/preview/", sheet_views.preview, name="preview"),
    path("challenges/house-rules/", duels.house_rules, name="house_rules"),
    path("challenges/duels/", duels.duels, name="duels"),
    path("challenges/duels/new/", duels.propose, name="duel_new"),
    path("challenges/duels/news/", duels.news, name="duel_news"),
    path("challenges/duels/<int:duel_id>/", duels.duel, name="duel"),
    path("challenges/duels/<int:duel_id>/<slug:verb>/", duels.act, name="duel_act"),
    path("challenges/<int:challenge_id>/", views.page, name="page"),
    path("challenges/<int:challenge_id>/board/", views.board, name="board"),
    path("challenges/<int:challenge_id>/why/<str:entrant_key>/", views.explain, name="explain"),
    path("challenges/<int:challenge_id>/change/", sheet_views.change_rules, name="change"),
    path("challenges/<int:challenge_id>/rehearsal/", fair_views.rehearsal, name="rehearsal"),
    path("challenges/<int:challenge_id>/read/", reading_views.read_rules, name="read"),
    path("challenges/<int:challenge_id>/review/", review_views.review, name="review"),
    path("challenges/<int:challenge_id>/fairness/", fair_views.fairness, name="fairness"),
    path("challenges/<int:challenge_id>/<slug:verb>/", editing.act, name="act"),
]
