"""Challenges of the demo company: live ones, one to come, one whose result is official."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from string import Template
from zoneinfo import ZoneInfo

from challenges import services as challenges
from cockpit.demo.cast import month_start
from kernel.calendars import WorkCalendar
from kernel.periods import Period
from people.models import User

RULES = Path(__file__).parent / "challenges"
ZONE = ZoneInfo("Europe/Paris")
RACE_TARGET = 120_000


def load_challenges(admin: User, manager: User, now: datetime) -> None:
    """Two of the month, a race of the quarter, a power hour to come, and last quarter's sprint."""
    today = now.astimezone(ZONE).date()
    month, following = month_start(today, 0), month_start(today, 1)
    _start(admin, "month-revenue", month, following, "ae", now)
    _start(admin, "own-target", month, following, "ae", now, team="lille", by=manager)
    quarter = Period.quarter(today)
    _start(admin, "race", quarter.start, quarter.end, "ae", now)
    _official(admin, month_start(today, -2), month_start(today, -1), now)
    hour = datetime.combine(WorkCalendar("FR").add_working_days(today, 2), time(10), ZONE)
    challenges.schedule(
        actor=admin,
        challenge=challenges.create_challenge(
            actor=admin,
            document=_rules("power-hour", hour, hour + timedelta(hours=1)),
            role_keys=["sdr"],
        ),
        at=now,
    )


def _start(
    admin: User,
    name: str,
    start: date,
    end: date,
    role: str,
    now: datetime,
    *,
    team: str = "",
    by: User | None = None,
) -> None:
    challenge = challenges.create_challenge(
        actor=by or admin,
        document=_rules(name, start, end),
        team_keys=[team] if team else None,
        role_keys=[role],
    )
    challenges.launch(actor=by or admin, challenge=challenge, at=now)


def load_past_targets(admin: User, now: datetime) -> None:
    """“Beat your own target” of the two months before last month, each signed a day after its
    cut-off: points that people have by now."""
    today = now.astimezone(ZONE).date()
    for back in (3, 2):
        start, end = month_start(today, -back), month_start(today, 1 - back)
        challenge = challenges.create_challenge(
            actor=admin, document=_rules("own-target", start, end), role_keys=["ae"]
        )
        begun = datetime.combine(start, time.min, ZONE)
        challenge = challenges.launch(actor=admin, challenge=challenge, at=begun)
        signed = min(now, challenge.cut_off_at + timedelta(days=1))
        challenges.advance(challenge_id=challenge.pk, at=signed)
        challenges.make_official(actor=admin, challenge=challenge, at=signed)


def _official(admin: User, start: date, end: date, now: datetime) -> None:
    challenge = challenges.create_challenge(
        actor=admin, document=_rules("month-revenue", start, end), role_keys=["ae"]
    )
    begun = datetime.combine(start, time.min, ZONE)
    challenge = challenges.launch(actor=admin, challenge=challenge, at=begun)
    challenges.advance(challenge_id=challenge.pk, at=now)
    challenges.make_official(actor=admin, challenge=challenge)


def _rules(name: str, start: date | datetime, end: date | datetime) -> str:
    text = (RULES / f"{name}.yaml").read_text(encoding="utf-8")
    return Template(text).substitute(
        start=start.isoformat(), end=end.isoformat(), target=RACE_TARGET
    )
