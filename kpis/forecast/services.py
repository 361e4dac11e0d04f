"""Makes and keeps forecasts, and takes an administrator's word on a stage."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from celery import current_app
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from kombu.exceptions import OperationalError

from common import audit, live
from common.locks import transaction_lock
from kernel.issues import N_, Invalid, error
from kernel.periods import Period
from kpis.calc.forecast.book import ORDER, Book
from kpis.calc.forecast.documents import deal_rows, learnt_document, outcome_rows
from kpis.calc.forecast.forecast import Forecast, forecast, past_periods
from kpis.calc.forecast.ranges import Line
from kpis.forecast.queries import odds_in_force
from kpis.forecast.reading import book_of, last_recorded
from kpis.models import ForecastLine, ForecastRun, StageOdds
from people import queries as people
from people.models import User

TOPIC = "forecast"
MOST_PAST = {True: 12, False: 8}
"""Earlier months, and earlier periods of other lengths, that a forecast is held against."""
LONGEST = 366
NEVER = datetime.max.replace(tzinfo=UTC)
KEPT = timedelta(days=7)
"""So long the forecast of a period that is neither a month nor a quarter is kept."""


def calculate(period: Period, *, now: datetime, book: Book | None = None) -> Forecast:
    """The forecast of a period that has begun, as known just before `now`; nothing is kept."""
    company = people.company()
    held = book or book_of(max(period.end, now.astimezone(company.tz).date()))
    first = held.first_day or period.start
    past = past_periods(period, first, MOST_PAST[period == Period.month(period.start)])
    return forecast(held, period, now, company.tz, past)


def make_forecast(
    period: Period, *, now: datetime | None = None, asked_at: datetime | None = None
) -> ForecastRun:
    """Calculate the forecast of a period and keep it in place of the one before.

    Two at the same time wait for each other. One as of an earlier moment than the kept one changes
    nothing; nor does one that was `asked_at` a moment which the kept one knows already: so however
    many ask while one is being made, one more is.
    """
    with transaction.atomic():
        transaction_lock("kpis.forecast", period.name)
        moment = now or timezone.now()
        held = ForecastRun.objects.filter(starts_on=period.start, ends_on=period.end).first()
        if held is not None and (held.as_of > moment or held.as_of >= (asked_at or NEVER)):
            return held
        return _keep(held, calculate(period, now=moment))


def _keep(held: ForecastRun | None, found: Forecast) -> ForecastRun:
    run = held or ForecastRun(starts_on=found.period.start, ends_on=found.period.end)
    run.as_of, run.currency = found.moment, people.company().currency
    run.learnt = learnt_document(found)
    run.save()
    ForecastLine.objects.filter(run=run).delete()
    deals, outcomes = deal_rows(found), outcome_rows(found)
    ForecastLine.objects.bulk_create(
        _line(run, line, deals.get(line.group, []), outcomes.get(line.group, []))
        for line in found.lines
    )
    live.publish(TOPIC)
    return run


def _line(
    run: ForecastRun, line: Line, deals: Sequence[Any], outcomes: Sequence[Any]
) -> ForecastLine:
    kind, _colon, pk = line.group.partition(":")
    return ForecastLine(
        run=run,
        person_id=int(pk) if kind == "person" else None,
        team_id=int(pk) if kind == "team" else None,
        booked_minor=line.booked,
        pipeline_minor=line.pipeline,
        new_minor=line.new,
        correction_minor=line.correction,
        low_minor=line.low,
        expected_minor=line.expected,
        high_minor=line.high,
        open_deals=line.open_deals,
        begun_deals=line.begun,
        deals=list(deals),
        outcomes=list(outcomes),
    )


def current_periods(day: date) -> tuple[Period, Period]:
    """The month and the quarter of the company's year that contain a day."""
    first_month = people.company().fiscal_year_start_month
    return Period.month(day), Period.quarter(day, first_month)


def refresh_forecasts(*, now: datetime | None = None) -> int:
    """Make the forecasts of this month and this quarter anew, unless nothing has changed today."""
    moment = now or timezone.now()
    day = people.today(moment)
    stale = [one for one in current_periods(day) if _is_stale(one, moment)]
    for period in stale:
        make_forecast(period, now=moment)
    return len(stale)


def forget_free(*, now: datetime | None = None) -> int:
    """Delete the forecasts of free periods that nobody has asked for in a week; how many.

    Those of months and quarters stay, the last that was said of each.
    """
    before = (now or timezone.now()) - KEPT
    first_month = people.company().fiscal_year_start_month
    rows = ForecastRun.objects.filter(as_of__lt=before).values_list("pk", "starts_on", "ends_on")
    forgotten = 0
    for pk, start, end in rows:
        period = Period(start, end)
        if period in (Period.month(start), Period.quarter(start, first_month)):
            continue
        with transaction.atomic():
            # nobody makes it anew meanwhile
            transaction_lock("kpis.forecast", period.name)
            found, _of = ForecastRun.objects.filter(pk=pk, as_of__lt=before).delete()
        forgotten += bool(found)
    return forgotten


def _is_stale(period: Period, moment: datetime) -> bool:
    run = ForecastRun.objects.filter(starts_on=period.start, ends_on=period.end).first()
    if run is None or people.today(run.as_of) != people.today(moment):
        return True
    return _last_news() >= run.as_of


def _last_news() -> datetime:
    """When something was recorded last that a forecast reads."""
    said = StageOdds.objects.aggregate(at=Max("stated_at"))["at"]
    return max(last_recorded(), said or datetime.min.replace(tzinfo=UTC))


def ask_forecast(period: Period) -> None:
    """Have a worker make the forecast of a period; `Invalid` for one that is too long or ahead."""
    refuse_period(period, people.today())
    asked_at = timezone.now()
    name = "kpis.make_forecast"
    args = [period.start.isoformat(), period.end.isoformat(), asked_at.isoformat()]
    transaction.on_commit(lambda: _send(name, args))


def _send(name: str, args: Sequence[str]) -> None:
    # without a broker the schedule makes the current ones as soon as there is one
    with suppress(OperationalError):
        current_app.send_task(name, args=args)


def refuse_period(period: Period, today: date) -> None:
    """`Invalid` when the period has not begun, or is longer than a year."""
    if period.start > today:
        raise Invalid(
            error(
                "forecast.not_begun",
                N_("The period from {start} has not begun."),
                N_("Choose one that contains today."),
                start=period.start,
            )
        )
    if period.days > LONGEST:
        raise Invalid(
            error(
                "forecast.too_long",
                N_("The period has {days} days; a forecast looks at most a year ahead."),
                N_("Choose a shorter one."),
                days=str(period.days),
            )
        )


@transaction.atomic
def state_odds(
    *,
    actor: User,
    stage: str,
    probability: Decimal | None,
    reason: str,
    now: datetime | None = None,
) -> StageOdds:
    """State how likely a deal of an open stage is won (0 to 1), or take it back with None.

    Forecasts use it from now on; those of the past are made with what was stated then.
    """
    if stage not in ORDER:
        raise Invalid(
            error(
                "forecast.stage",
                N_('"{stage}" is not a stage of open deals.'),
                N_("Choose one of: {known}."),
                stage=stage,
                known=", ".join(ORDER),
            )
        )
    before = odds_in_force().get(stage)
    row = StageOdds.objects.create(
        stage=stage,
        probability=probability,
        reason=reason,
        stated_by=actor,
        stated_at=now or timezone.now(),
    )
    audit.record(
        actor=actor,
        action="forecast.state_odds",
        subject=row,
        before={"probability": _text(before.probability if before else None)},
        after={"stage": stage, "probability": _text(probability)},
        reason=reason,
    )
    transaction.on_commit(lambda: _send("kpis.forecast", ()))
    return row


def _text(probability: Decimal | None) -> str | None:
    return None if probability is None else str(probability)
