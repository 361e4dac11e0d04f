"""Puts the demo company into an empty database, through the services that everybody uses."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import islice
from typing import TypeVar

from django.db import transaction

from activities.inputs import ActivityInput, Entry
from activities.services import record_activities, record_deal_stages
from activities.services.accounts import AccountInput, load_accounts
from activities.services.products import ProductInput, load_products
from cockpit.demo.agreements import tell_agreements
from cockpit.demo.attention import load_alerts
from cockpit.demo.cast import COMPANY, DOMAIN, Character, Story, cast, month_start
from cockpit.demo.claims import tell_claims
from cockpit.demo.contests import load_challenges
from cockpit.demo.events import Happening
from cockpit.demo.honours import load_honours
from cockpit.demo.looking_back import load_reviews
from cockpit.demo.market import OFFERS, segment_of
from cockpit.demo.pay import load_plans, pay_months
from cockpit.demo.personnel import load_base_pay
from cockpit.demo.rewards import load_rewards
from cockpit.demo.script import MONTHS, Script, leaves_of, write_script
from cockpit.demo.social import load_social
from cockpit.demo.telling import deals_as_told
from common.memo import remembering
from kernel.issues import N_, Invalid, error
from kpis.forecast.services import refresh_forecasts
from kpis.services import ObjectiveInput, load_objectives, recompute_touched
from people import services as people
from people.models import Person, User

SOURCE = "demo"
CHUNK = 5_000
LARGE = 50_000
SOON = timedelta(minutes=2)
"""So long after a call or a signature the log knows of it, as from a CRM that tells at once."""
Tell = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SignIn:
    """A demo account and what to look at with it."""

    who: str
    email: str
    password: str
    look_at: str


PASSWORD = "velin-demo-2026"  # noqa: S105 - of invented people, printed at every start


def sign_ins() -> list[SignIn]:
    """The accounts of the demo company, for the screen."""
    people = cast(date.min.replace(year=2000))
    star = next(one for one in people if one.story is Story.STAR)
    new = next(one for one in people if one.story is Story.NEWCOMER)
    lead = next(one for one in people if one.number == star.manager)
    prospects, customers, stores = (next(one for one in people if one.role == role)
                                    for role in ("sdr", "am", "field"))  # fmt: skip
    found = [
        ("rep", star.email, "cockpit, bonus, rank"),
        ("rep, new", new.email, "the newcomer's view"),
        ("SDR", prospects.email, "calls, replies, qualified meetings"),
        ("account manager", customers.email, "customers who stay, recommend and buy more"),
        ("field rep", stores.email, "stores: range, shelf, displays"),
        ("manager", lead.email, "heat map, challenges"),
        ("HR", f"rh@{DOMAIN}", "pay periods, statements, export"),
        ("HR, second", f"paie@{DOMAIN}", "approves what the first one ran"),
        ("admin", f"admin@{DOMAIN}", "people, imports, KPI dictionary"),
        ("executive", f"direction@{DOMAIN}", "totals and forecast"),
    ]
    return [SignIn(who, email, PASSWORD, look_at) for who, email, look_at in found]


def refuse_used_database() -> None:
    """`Invalid` when somebody's data is already here."""
    if Person.objects.exists() or User.objects.exists():
        raise Invalid(
            error(
                "demo.not_empty",
                N_("This database is not empty; the demo company is only loaded into a new one."),
                N_("Start with --no-demo, or name another data directory in MAILLOT_DATA_DIR."),
            )
        )


def load_demo(*, now: datetime, tell: Tell) -> None:
    """Everything; what is written is one transaction, so a killed start leaves nothing behind.

    The figures follow from the log afterwards, and would follow by themselves later.
    """
    with transaction.atomic():
        refuse_used_database()
        script = write_script(now)
        users = load_sales(script, now, tell)
    tell("figures")
    recompute_touched(size=LARGE)
    tell("forecasts")
    # a forecast knows what was recorded before its moment, and the open deals are of `now`
    refresh_forecasts(now=now + timedelta(seconds=1))
    tell("pay periods")
    with transaction.atomic():
        load_plans(users["admin"], month_start(script.today, -MONTHS))
        unread = frozenset(one.person.number for one in (users["rep"], users["rep, new"])
                           if one.person)  # fmt: skip
        pay_months(users["rh"], users["paie"], users["manager"], script.today, unread)
        load_base_pay(users["rh"], script.people)
        tell_claims(users["rep"], users["rh"], users["paie"], script.today)
    tell("challenges")
    with transaction.atomic():
        load_challenges(users["admin"], users["manager"], now)
    tell("badges and jerseys")
    with transaction.atomic():
        load_honours(users, now)
    tell("rewards")
    with transaction.atomic():
        load_rewards(users["admin"], users["rep"], users["manager"], now)
    tell("duels and the feed")
    with transaction.atomic():
        load_social(users["admin"], users["rep"], now)
    tell("alerts")
    with transaction.atomic():
        load_alerts(users["manager"], now)
    tell("reviews")
    with transaction.atomic():
        load_reviews(users["manager"], users["direction"], now)


def load_sales(script: Script, now: datetime, tell: Tell) -> dict[str, User]:
    """The people, what they sold and did, and their objectives; the sign-ins by name."""
    tell(f"{len(script.people)} people in {COMPANY}")
    _people(script)
    users = _accounts()
    admin = users["admin"]
    _catalogue(admin)
    _segments(admin, script)
    tell(f"{len(script.opportunities)} deals")
    _deals(script, now)
    tell(f"{len(script.happenings)} activities")
    _happenings(script.happenings, now)
    tell(f"{len(script.targets)} objectives")
    _objectives(admin, script)
    tell_agreements(users["manager"], users["rep"], script.today)
    return users


def _people(script: Script) -> None:
    people.set_up_company(actor=None, name=COMPANY)
    _accepted(people.load_people(actor=None, rows=[_row(one) for one in script.people]))
    by_number = {person.number: person for person in Person.objects.all()}
    for one in script.people:
        for year in (script.today.year - 1, script.today.year):
            for period in leaves_of(one, year):
                if one.joined_on <= period.start and (one.left_on or date.max) > period.end:
                    people.record_absence(
                        actor=None,
                        person=by_number[one.number],
                        kind="leave",
                        valid_from=period.start,
                        valid_to=period.end,
                    )


def _row(one: Character) -> people.PersonInput:
    return people.PersonInput(
        number=one.number,
        first_name=one.first_name,
        last_name=one.last_name,
        email=one.email,
        team=one.team,
        parent_team=one.region if one.region else "",
        manager=one.manager,
        role=one.role,
        valid_from=one.joined_on,
        valid_to=one.left_on,
        share=one.share,
        hired_on=one.joined_on,
        left_on=one.left_on,
    )


def _accounts() -> dict[str, User]:
    offices = {"rh": ["hr"], "paie": ["hr"], "admin": ["admin"], "direction": ["executive"]}
    made = {
        name: people.create_user(
            actor=None, email=f"{name}@{DOMAIN}", rights=rights, password=PASSWORD
        )
        for name, rights in offices.items()
    }
    who = {one.email: one.who for one in sign_ins()}
    for person in Person.objects.filter(email__in=who).order_by("number"):
        made[who[person.email]] = people.create_user(
            actor=None, email=person.email, person=person, password=PASSWORD
        )
    return made


def _catalogue(admin: User) -> None:
    rows = [
        ProductInput(one.name, key=one.key, series=one.series, list_price=Fraction(one.price))
        for one in OFFERS
    ]
    _accepted(load_products(actor=admin, rows=rows))


def _segments(admin: User, script: Script) -> None:
    names = {one.account for one in script.opportunities}
    names |= {one.account for one in script.happenings if one.account}
    rows = [AccountInput(key=name, segment=segment_of(name)) for name in sorted(names)]
    _accepted(load_accounts(actor=admin, rows=rows))


def _deals(script: Script, now: datetime) -> None:
    with remembering():  # the company stays as it is
        for known, rows in deals_as_told(script.opportunities, now):
            _accepted(
                record_deal_stages(
                    actor=None, source=SOURCE, deals=rows, recorded_at=known, told_after=SOON
                )
            )


def _happenings(happenings: Sequence[Happening], now: datetime) -> None:
    with remembering():
        for chunk in _chunks(sorted(happenings, key=lambda one: one.at)):
            records = [activity(one) for one in chunk]
            _accepted(
                record_activities(
                    actor=None, source=SOURCE, records=records, recorded_at=now, told_after=SOON
                )
            )


def activity(one: Happening) -> ActivityInput:
    """A happening as the log takes it."""
    return ActivityInput(
        external_id=one.id,
        type=one.type,
        occurred_at=one.at,
        person=one.person,
        account=one.account,
        kind=Entry.RECORD,
        amount=None if one.amount is None else Fraction(one.amount),
        currency="" if one.amount is None else "EUR",
        deal=one.deal,
        attributes=dict(one.attributes),
    )


def _objectives(admin: User, script: Script) -> None:
    rows = [
        ObjectiveInput(
            kpi=target.kpi,
            target=Fraction(target.value),
            valid_from=target.month,
            valid_to=month_start(target.month, 1),
            person=target.person,
        )
        for target in script.targets
    ]
    _accepted(load_objectives(actor=admin, rows=rows))


def _chunks(rows: Iterable[T]) -> Iterator[list[T]]:
    source = iter(rows)
    while chunk := list(islice(source, CHUNK)):
        yield chunk


def _accepted(results: Iterable[object]) -> None:
    """The script is ours: a refused row is our mistake."""
    for result in results:
        issues = getattr(result, "issues", ())
        if str(getattr(result, "status", "")) == "rejected":
            raise Invalid(issues)
