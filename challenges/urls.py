"""Addresses of challenges."""

from django.urls import path

from challenges.badges import editing_views as badge_editing
from challenges.badges import jersey_views, withdrawing_views
from challenges.badges import views as badges
from challenges.boards import views
from challenges.charging import views as charging
from challenges.duels import views as duels
from challenges.entrants import face_views, reading_views
from challenges.fairness import review_views
from challenges.fairness import views as fair_views
from challenges.feed import views as feed
from challenges.rewards import keeping_views as shop
from challenges.rewards import views as rewards
from challenges.screens import views as screens
from challenges.screens import wall_views as walls
from challenges.seasons import views as seasons
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
    path("feed/", feed.feed, name="feed"),
    path("feed/short/", feed.short, name="feed_short"),
    path("feed/praise/", feed.praise, name="praise"),
    path("feed/praise/<int:praise_id>/withdraw/", feed.withdraw, name="praise_withdraw"),
    path("feed/praise/<int:praise_id>/hide/", feed.hide, name="praise_hide"),
    path("feed/celebration/", feed.celebrate, name="celebrate"),
    path("feed/<int:event_id>/<slug:kind>/", feed.react, name="react"),
    path("challenges/duels/", duels.duels, name="duels"),
    path("challenges/duels/new/", duels.propose, name="duel_new"),
    path("challenges/duels/news/", duels.news, name="duel_news"),
    path("challenges/duels/<int:duel_id>/", duels.duel, name="duel"),
    path("challenges/duels/<int:duel_id>/<slug:verb>/", duels.act, name="duel_act"),
    path("badges/", badges.mine, name="badges"),
    path("badges/all/", badges.gallery, name="badge_gallery"),
    path("badges/give/", badges.give, name="badge_give"),
    path("badges/given/<int:award_id>/", withdrawing_views.withdraw, name="badge_withdraw"),
    path("badges/new/", badge_editing.new, name="badge_new"),
    path("badges/line/", jersey_views.line, name="badge_line"),
    path("badges/people/<int:person_id>/", badges.person, name="badge_person"),
    path("badges/<slug:key>/change/", badge_editing.change, name="badge_change"),
    path("badges/<slug:key>/retire/", badge_editing.retire, name="badge_retire"),
    path("jerseys/", jersey_views.jerseys, name="jerseys"),
    path("challenges/<int:challenge_id>/", views.page, name="page"),
    path("challenges/<int:challenge_id>/board/", views.board, name="board"),
    path("challenges/<int:challenge_id>/why/<str:entrant_key>/", views.explain, name="explain"),
    path("challenges/<int:challenge_id>/change/", sheet_views.change_rules, name="change"),
    path("challenges/<int:challenge_id>/rehearsal/", fair_views.rehearsal, name="rehearsal"),
    path("challenges/<int:challenge_id>/read/", reading_views.read_rules, name="read"),
    path("challenges/<int:challenge_id>/review/", review_views.review, name="review"),
    path("challenges/<int:challenge_id>/fairness/", fair_views.fairness, name="fairness"),
    path("challenges/<int:challenge_id>/charge/", charging.charge, name="charge"),
    path("challenges/<int:challenge_id>/<slug:verb>/", editing.act, name="act"),
    path("rewards/", rewards.rewards, name="rewards"),
    path("rewards/<int:reward_id>/ask/", rewards.ask, name="reward_ask"),
    path("rewards/requests/", shop.requests, name="reward_requests"),
    path("rewards/requests/<int:request_id>/withdraw/", rewards.withdraw, name="reward_withdraw"),
    path("rewards/requests/<int:request_id>/<slug:verb>/", shop.decide, name="reward_decide"),
    path("rewards/items/", shop.items, name="reward_items"),
    path("rewards/items/new/", shop.item, name="reward_new"),
    path("rewards/items/<int:reward_id>/", shop.item, name="reward_change"),
    path("rewards/budgets/", shop.budgets, name="reward_budgets"),
    path("screens/", screens.screens, name="screens"),
    path("screens/<int:screen_id>/", screens.change, name="screen_change"),
    path("screens/<int:screen_id>/withdraw/", screens.withdraw, name="screen_withdraw"),
    path("tv/", walls.tv, name="tv"),
    path("tv/show/", walls.show, name="tv_show"),
    path("seasons/", seasons.seasons, name="seasons"),
    path("seasons/<str:first_day>/", seasons.season, name="season"),
]
