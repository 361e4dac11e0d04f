"""Badges that people give each other: with a sentence, so many a month."""

from datetime import date, datetime

from django.db import transaction

from challenges.badges.queries import source_of
from challenges.badges.services.awarding import tell_ledger
from challenges.calc.badges.rules import Given, parse_badge
from challenges.models import Badge, BadgeAward, BadgeRule
from challenges.services.locking import database_clock
from common import audit, live
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.periods import Period
from people.models import Person, User
from people.queries import people_on, today

LONGEST_SENTENCE = 280


@transaction.atomic
def give_badge(
    *,
    actor: User,
    badge: Badge,
    person: Person,
    sentence: str,
    is_manager: bool,
    at: datetime | None = None,
) -> BadgeAward:
    """Give a badge to somebody else for the present month. Who may see and reach whom is the
    caller's question; `is_manager` says whether the giver leads the person.

    `Invalid` for a badge that is not given, to oneself, without a sentence, outside the team of the
    badge, beyond the cap of the month, or when the person has it for this month already.
    """
    transaction_lock("badge-giver", actor.pk)
    transaction_lock("badge", badge.pk)
    badge = Badge.objects.get(pk=badge.pk)  # it may have been retired while we waited
    moment = at or database_clock()
    month = Period.month(today(moment))
    version = BadgeRule.objects.filter(badge=badge).order_by("-number")[0]
    rule = parse_badge(version.document)
    words = " ".join(sentence.split())
    issues = [*_words_issues(words), *_person_issues(actor, person)]
    if not isinstance(rule, Given) or badge.retired:
        raise Invalid(_not_given())
    if rule.by_managers and not is_manager:
        issues.append(_only_managers())
    issues += _team_issues(badge, person, today(moment))
    issues += [*_cap_issues(actor, badge, rule, month), *_twice_issues(badge, person, month)]
    if issues:
        raise Invalid(issues)
    award = BadgeAward.objects.create(
        badge=badge, rule=version, person=person, valid_from=month.start, valid_to=month.end,
        points=version.points, earned_at=moment, awarded_at=moment, given_by=actor,
        sentence=words, detail={},
    )  # fmt: skip
    tell_ledger([award])
    after = {"award": source_of(award), "sentence": words}
    audit.record(actor=actor, action="badge.give", subject=badge, after=after)
    live.publish(f"person:{person.pk}")
    return award


def given_this_month(actor_id: int, badge_id: int, month: Period) -> int:
    """How many of the badge somebody has given in the month."""
    rows = BadgeAward.objects.filter(badge_id=badge_id, given_by_id=actor_id)
    return rows.filter(valid_from=month.start).count()


def _words_issues(words: str) -> list[Issue]:
    if 0 < len(words) <= LONGEST_SENTENCE:
        return []
    message = (
        N_("The sentence has more than {most} characters.")
        if words
        else N_("A badge is given with a sentence.")
    )
    remedy = N_("Say in a sentence what it is for.")
    place = Place(path="sentence")
    return [error("badge.sentence", message, remedy, place, most=LONGEST_SENTENCE)]


def _person_issues(actor: User, person: Person) -> list[Issue]:
    if actor.person_id != person.pk:
        return []
    return [
        error(
            "badge.self",
            N_("Nobody gives a badge to themselves."),
            N_("Choose a colleague."),
            Place(path="person"),
        )
    ]


def _team_issues(badge: Badge, person: Person, day: date) -> list[Issue]:
    """A badge of a team is for who has a place in it, or below it, on the day."""
    if badge.team_id is None:
        return []
    if any(row.person_id == person.pk for row in people_on(day, badge.team_id)):
        return []
    return [
        error(
            "badge.team",
            N_("This badge is only for people of one team, and this person is not among them."),
            N_("Choose another badge, or somebody of the team."),
            Place(path="person"),
        )
    ]


def _cap_issues(actor: User, badge: Badge, rule: Given, month: Period) -> list[Issue]:
    if given_this_month(actor.pk, badge.pk, month) < rule.monthly_cap:
        return []
    return [
        error(
            "badge.cap",
            N_("You have given this badge {cap} times this month; more is not possible."),
            N_("Wait for the next month, or give another badge."),
            Place(path="badge"),
            cap=rule.monthly_cap,
        )
    ]


def _twice_issues(badge: Badge, person: Person, month: Period) -> list[Issue]:
    """Without the name: whether it is the real one or a nickname is a question of who reads."""
    rows = BadgeAward.objects.filter(badge=badge, person=person, valid_from=month.start)
    if not rows.exists():
        return []
    return [
        error(
            "badge.twice",
            N_("This person has this badge for this month already."),
            N_("Choose another badge, or somebody else."),
            Place(path="person"),
        )
    ]


def _not_given() -> Issue:
    return error(
        "badge.not_given",
        N_("This badge is earned, not given."),
        N_("Choose a badge that people give each other."),
        Place(path="badge"),
    )


def _only_managers() -> Issue:
    return error(
        "badge.only_managers",
        N_("Only who leads the person gives this badge."),
        N_("Choose another badge."),
        Place(path="badge"),
    )
