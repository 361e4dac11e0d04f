"""Reminders of reviews that are due: to whom, when, and once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import pytest

from kernel.periods import Period
from kpis.alerts.services import keep_wishes
from kpis.calc.reviews import Ritual
from kpis.models import ReviewReminder
from kpis.reviews.queries import Sitting
from kpis.reviews.reminding import remind_of_reviews
from kpis.reviews.services import DecisionInput, hold_review, record_decision
from people.models import User
from tests.kpis.crew import Crew, at

MONDAY = at("2026-03-23 00:01")
MORNING = at("2026-03-23 08:00")
WEEK = Period(date(2026, 3, 16), date(2026, 3, 23))
Said = tuple[str, list[tuple[str, str, int | None]]]


@dataclass
class Post:
    """A way out that keeps what it is given, and refuses as often as it is told to."""

    refusals: int = 0
    taken: list[Said] = field(default_factory=list)

    def mail(self, user: User, sittings: Sequence[Sitting]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise ConnectionRefusedError
        rows = [(one.ritual.value, one.period.name, one.team_id) for one in sittings]
        self.taken.append((user.email, rows))


def said(now: datetime, post: Post | None = None) -> list[Said]:
    """What leaves at a moment."""
    post = post or Post()
    begun = len(post.taken)
    count = remind_of_reviews(mail=post.mail, now=now)
    assert count == len(post.taken) - begun
    return post.taken[begun:]


def week_of(team_id: int) -> list[tuple[str, str, int | None]]:
    return [("weekly", WEEK.name, team_id)]


@pytest.fixture
def heads(crew: Crew) -> Crew:
    """Inès leads North and Paul South; both sign in, and have heard of all that was due before.
    Nobody leads West."""
    for one in (crew.ines, crew.paul, crew.hugo):
        crew.user_of(one)
    assert said(at("2026-03-20 08:00")) == [
        (email, [(kind, days, team.pk) for kind, days in (
            ("quarterly", "2025-Q4"), ("monthly", "2026-02"), ("weekly", "2026-W11"),
        )])
        for email, team in (("p4@example.org", crew.north), ("p5@example.org", crew.south))
    ]  # fmt: skip
    return crew


def test_who_leads_hears_once_on_the_first_working_morning(heads: Crew) -> None:
    assert said(MONDAY) == []
    assert said(MORNING - timedelta(seconds=1)) == []
    assert said(MORNING) == [
        ("p4@example.org", week_of(heads.north.pk)),
        ("p5@example.org", week_of(heads.south.pk)),
    ]
    assert said(MORNING) == []
    assert said(MORNING + timedelta(days=6)) == []
    # the days after are another review
    assert said(at("2026-03-30 08:00")) == [
        ("p4@example.org", [("weekly", "2026-W13", heads.north.pk)]),
        ("p5@example.org", [("weekly", "2026-W13", heads.south.pk)]),
    ]


def test_the_direction_hears_of_the_company_alone(crew: Crew) -> None:
    User.objects.create_user("head@example.org", "x", rights=["executive"])
    User.objects.create_user("hr@example.org", "x", rights=["hr"])
    User.objects.create_user("gone@example.org", "x", rights=["executive"], is_active=False)
    assert said(MORNING) == [
        ("head@example.org", [("quarterly", "2025-Q4", None), ("monthly", "2026-02", None)]),
    ]


def test_what_is_held_by_then_is_not_mentioned(heads: Crew) -> None:
    assert said(MONDAY) == []
    week = Sitting(Ritual.WEEKLY, WEEK, heads.north.pk)
    ines, now = heads.user_of(heads.ines), MONDAY + timedelta(hours=1)
    wanted = DecisionInput("talk", "Calls before ten.", heads.hugo.pk, date(2026, 4, 3))
    record_decision(actor=ines, sitting=week, decision=wanted, now=now)
    hold_review(actor=ines, sitting=week, kept={"en": "", "fr": ""}, now=now)
    assert said(MORNING) == [("p5@example.org", week_of(heads.south.pk))]


def test_quiet_hours_and_the_hour_of_the_daily_mail_hold(heads: Crew) -> None:
    keep_wishes(actor=heads.user_of(heads.ines), by_mail=False, digest_at=time(9))
    keep_wishes(actor=heads.user_of(heads.paul), by_mail=True, quiet_from=time(19),
                quiet_until=time(9, 30))  # fmt: skip
    assert said(MONDAY) == []
    assert said(at("2026-03-23 08:59")) == []
    assert [who for who, _ in said(at("2026-03-23 09:00"))] == ["p4@example.org"]
    assert [who for who, _ in said(at("2026-03-23 09:30"))] == ["p5@example.org"]


def test_what_is_noted_late_keeps_to_the_quiet_hours(heads: Crew) -> None:
    for one in (heads.ines, heads.paul):
        keep_wishes(actor=heads.user_of(one), by_mail=True, quiet_from=time(19),
                    quiet_until=time(7))  # fmt: skip
    assert said(at("2026-03-25 22:00")) == []
    assert len(said(at("2026-03-26 07:00"))) == 2


def test_who_does_without_hears_nothing_until_it_is_wanted_again(heads: Crew) -> None:
    ines = heads.user_of(heads.ines)
    assert said(MONDAY) == []
    keep_wishes(actor=ines, by_mail=True, of_reviews=False)
    assert [who for who, _ in said(MORNING)] == ["p5@example.org"]
    assert not ReviewReminder.objects.filter(user=ines, sent_at=None).exists()
    keep_wishes(actor=ines, by_mail=True)
    assert [who for who, _ in said(MORNING)] == ["p4@example.org"]


def test_a_mail_that_fails_is_tried_again(heads: Crew) -> None:
    post = Post(refusals=2)
    assert said(MORNING, post) == []
    assert said(MORNING + timedelta(seconds=59), post) == []
    assert [who for who, _ in said(MORNING + timedelta(minutes=1), post)] == [
        "p4@example.org", "p5@example.org",
    ]  # fmt: skip


def test_a_server_that_never_answers_is_left_alone_in_the_end(heads: Crew) -> None:
    post = Post(refusals=10**6)
    for minute in range(60):
        assert said(MORNING + timedelta(minutes=minute), post) == []
    assert 10**6 - post.refusals == 2 * 6
