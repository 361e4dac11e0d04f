"""The checklist of a pay period in words: what is in order, what is not, what to do about it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.completeness import SourceDays
from common.formats import day_text, minor_text, moment_text, number_text
from common.issues import message_of, remedy_of
from common.labels import label
from incentives.choices import PeriodState
from incentives.claims.team_reviews import TeamUnderReview
from incentives.models import PayPeriod, PlanVersion
from incentives.notices.pages import notice_points
from incentives.periods.anomalies import biggest
from incentives.periods.pages import named, statement_rows
from incentives.periods.readiness import Readiness
from incentives.periods.waiting import Waiting
from incentives.queries import StatementRow
from people.access import Viewer

Cells = dict[str, Any]
GOOD, WARN, BAD = "good", "warn", "bad"
MOST_DAYS = 4


def checks(found: Readiness, period: PayPeriod, viewer: Viewer) -> list[Cells]:
    """Each point: its state, what it is, what to do, where. Bad ones hold the pay up."""
    return [
        *_data(found, reverse("activities:imports") if viewer.is_admin else ""),
        *_people(found, period),
        *_plans(found),
        *_objectives(found, reverse("kpis:objectives") if viewer.is_admin else ""),
        *(notice_points(found.notices, period) if found.notices else ()),
        *(_managers(found) if period.state == PeriodState.CALCULATED else ()),
        *_claims(found),
        *_before(found),
        *_balances(found.balances, viewer),
    ]


def summary(points: Sequence[Cells]) -> Cells:
    """The points by what they ask of HR: to do, and in order."""
    todo = [one for one in points if one["state"] != GOOD]
    return {
        "todo": sorted(todo, key=lambda one: one["state"] != BAD),
        "good": [one for one in points if one["state"] == GOOD],
    }


def _point(
    state: str, text: str, todo: str = "", url: str = "", names: Iterable[str] = ()
) -> Cells:
    return {"state": state, "text": text, "todo": todo, "url": url, "names": list(names)}


def _of_names(state: str, text: str, names: Collection[str], todo: str, url: str) -> Cells:
    """A point about people; `text` counts them as %(n)s."""
    return _point(state, text % {"n": len(names)}, todo, url, names)


# --- data -------------------------------------------------------------------------------------


def _data(found: Readiness, url: str) -> Iterator[Cells]:
    imports = found.imports
    if imports.running:
        text = ngettext("%(n)s import is running", "%(n)s imports are running", imports.running)
        yield _point(BAD, text % {"n": imports.running}, _("Wait, then calculate."), url)
    if imports.failed:
        text = ngettext(
            "%(n)s import has failed since the period began",
            "%(n)s imports have failed since the period began",
            imports.failed,
        )
        todo = _("Ask an administrator whether the file was imported again.")
        yield _point(WARN, text % {"n": imports.failed}, todo, url)
    if imports.waiting:
        text = ngettext(
            "%(n)s file is uploaded and not imported",
            "%(n)s files are uploaded and not imported",
            imports.waiting,
        )
        todo = _("Ask an administrator to import or to discard it.")
        yield _point(WARN, text % {"n": imports.waiting}, todo, url)
    if not (imports.running or imports.failed or imports.waiting):
        yield _point(GOOD, _("No import failed, runs or waits"))
    yield from _sources(found, url)


def _sources(found: Readiness, url: str) -> Iterator[Cells]:
    if not found.sources:
        yield _point(
            BAD, _("No record has come in"), _("Ask an administrator for the activities."), url
        )
    for source in found.sources:
        if not source.records:
            text = _("%(source)s has sent nothing for this period") % {"source": source.source}
            yield _point(WARN, text, _("Check the connection before you calculate."), url)
        elif source.silent:
            yield _point(WARN, _silence(source), _("Check whether records are missing."), url)
        else:
            yield _point(GOOD, _heard(source))


def _silence(source: SourceDays) -> str:
    days = source.silent
    text = ngettext(
        "%(source)s: nothing on %(n)s working day (%(days)s)",
        "%(source)s: nothing on %(n)s working days (%(days)s)",
        len(days),
    )
    return text % {"source": source.source, "n": len(days), "days": _days(days)}


def _days(days: Sequence[date]) -> str:
    shown = ", ".join(day_text(day, "short") for day in days[:MOST_DAYS])
    return shown if len(days) <= MOST_DAYS else f"{shown} …"


def _heard(source: SourceDays) -> str:
    text = ngettext(
        "%(source)s: %(n)s record, the last one came in on %(at)s",
        "%(source)s: %(n)s records, the last one came in on %(at)s",
        source.records,
    )
    return text % {
        "source": source.source,
        "n": number_text(source.records),
        "at": moment_text(source.last_recorded_at),
    }


# --- people and objectives --------------------------------------------------------------------


def _people(found: Readiness, period: PayPeriod) -> Iterator[Cells]:
    if found.unpaid:
        text = ngettext(
            "%(n)s person has no plan in this period",
            "%(n)s people have no plan in this period",
            len(found.unpaid),
        )
        todo = _("Right for offices; for a seller, assign a plan.")
        yield _of_names(WARN, text, found.unpaid, todo, reverse("incentives:plans"))
    else:
        yield _point(GOOD, _("Everybody with a place has a plan"))
    if not found.is_over:
        day = day_text(period.ends_on)
        text = _("The period still runs: it ends before %(day)s") % {"day": day}
        yield _point(WARN, text, _("Calculate as a rehearsal, and again after its end."))


def _plans(found: Readiness) -> Iterator[Cells]:
    for version, issue in found.incalculable:
        plan = version.plan
        words = {
            "plan": label(plan.name_fr, plan.name_en),
            "number": version.number,
            "line": issue.place.line,
            "problem": message_of(issue),
        }
        text = _("No run can pay by version %(number)s of %(plan)s, line %(line)s: %(problem)s")
        yield _point(BAD, text % words, remedy_of(issue), _version_url(version))
    for version, goal in found.beyond_marks:
        plan = version.plan
        words = {
            "plan": label(plan.name_fr, plan.name_en), "number": version.number, "goal": goal,
        }  # fmt: skip
        text = _("No mark reaches the full score of %(goal)s in version %(number)s of %(plan)s")
        todo = _("Marks go from 0 to 1: write 1 as its target, or a percentage.")
        yield _point(WARN, text % words, todo, _version_url(version))


def _version_url(version: PlanVersion) -> str:
    return f"{reverse('incentives:plan', args=[version.plan.key])}?version={version.number}"


def _objectives(found: Readiness, url: str) -> Iterator[Cells]:
    if found.without_objective:
        text = ngettext(
            "%(n)s payee lacks an objective that the plan reads",
            "%(n)s payees lack an objective that their plan reads",
            len(found.without_objective),
        )
        todo = _("Ask the manager to set it: without one, the plan may pay nothing.")
        yield _of_names(BAD, text, found.without_objective, todo, url)
    if found.proposed_objectives:
        text = ngettext(
            "%(n)s objective is proposed and not accepted",
            "%(n)s objectives are proposed and not accepted",
            found.proposed_objectives,
        )
        todo = _("Ask managers and payees to agree before the amounts are approved.")
        yield _point(WARN, text % {"n": found.proposed_objectives}, todo, url)
    yield from _scores(found, url)
    if not (found.without_objective or found.proposed_objectives or found.unscored):
        yield _point(GOOD, _("Every objective that a plan reads is set and accepted"))


def _scores(found: Readiness, url: str) -> Iterator[Cells]:
    """Qualitative objectives that a plan pays: agreed on, and scored."""
    nothing = [f"{one.name} ({one.goal})" for one in found.unscored if not one.agreed]
    if nothing:
        text = ngettext(
            "%(n)s qualitative objective that a plan pays is not agreed on",
            "%(n)s qualitative objectives that plans pay are not agreed on",
            len(nothing),
        )
        todo = _("Ask the manager to propose it with this key: without a score it may pay nothing.")
        yield _of_names(BAD, text, nothing, todo, url)
    waiting = [f"{one.name} ({one.goal})" for one in found.unscored if one.agreed]
    if waiting:
        text = ngettext(
            "%(n)s qualitative objective has no evaluation in this period",
            "%(n)s qualitative objectives have no evaluation in this period",
            len(waiting),
        )
        todo = _("Ask the evaluator to score a visit: without a score it may pay nothing.")
        yield _of_names(BAD, text, waiting, todo, url)


# --- managers, disputes, adjustments, the period before ---------------------------------------


def _managers(found: Readiness) -> Iterator[Cells]:
    missing = [team.manager for team in found.teams if team.is_missing]
    if missing:
        text = ngettext(
            "%(n)s manager has not signed the figures of the team",
            "%(n)s managers have not signed the figures of their teams",
            len(missing),
        )
        todo = _("Remind them, or say why the period goes on without.")
        yield _point(WARN, text % {"n": len(missing)}, todo, "#managers", missing)
    elif found.teams:
        yield _point(GOOD, _("All managers have signed the figures of their teams"))


def _claims(found: Readiness) -> Iterator[Cells]:
    disputes, url = found.disputes, reverse("incentives:disputes")
    if disputes.overdue:
        text = ngettext(
            "%(n)s dispute is answered too late", "%(n)s disputes are answered too late",
            disputes.overdue,
        )  # fmt: skip
        yield _point(
            BAD, text % {"n": disputes.overdue}, _("Answer it today."), f"{url}?show=overdue"
        )
    if disputes.undecided:
        text = ngettext(
            "%(n)s dispute is not decided", "%(n)s disputes are not decided", disputes.undecided
        )
        todo = _("Answer and decide; what is accepted can still be paid with this period.")
        yield _point(WARN, text % {"n": disputes.undecided}, todo, url)
    else:
        yield _point(GOOD, _("No dispute is open"))
    waiting = found.waiting_adjustments
    if waiting:
        text = ngettext(
            "%(n)s adjustment waits for a second person",
            "%(n)s adjustments wait for a second person",
            waiting,
        )
        todo = _("Decide before the lock; undecided ones go to the next period.")
        yield _point(WARN, text % {"n": waiting}, todo, reverse("incentives:adjustments"))
    else:
        yield _point(GOOD, _("No adjustment waits for a second person"))


def _before(found: Readiness) -> Iterator[Cells]:
    if found.before is not None:
        text = _("%(period)s is calculated and not locked") % {"period": named(found.before)}
        url = reverse("incentives:period", args=[found.before.pk])
        yield _point(BAD, text, _("Lock it first: balances carry on from there."), url)
    else:
        yield _point(GOOD, _("Nothing before this period waits for its lock"))


def _balances(waiting: Sequence[Waiting], viewer: Viewer) -> Iterator[Cells]:
    if not waiting:
        return
    text = ngettext(
        "%(n)s balance waits: no plan pays the person in this period",
        "%(n)s balances wait: no plan pays these people in this period",
        len(waiting),
    )
    todo = _("Settle it by an adjustment, or let it wait until the plan pays them again.")
    names = [_balance(one) if viewer.is_hr else one.name for one in waiting]
    yield _point(WARN, text % {"n": len(waiting)}, todo, reverse("incentives:ledger"), names)


def _balance(one: Waiting) -> str:
    amounts = (
        (one.held, _("held back: %(amount)s")),
        (one.owed, _("owed: %(amount)s")),
        (one.due, _("carried: %(amount)s")),
    )
    told = [text % {"amount": minor_text(minor, one.currency)} for minor, text in amounts if minor]
    return f"{one.name} ({', '.join(told)})"


# --- anomalies --------------------------------------------------------------------------------


def biggest_changes(rows: Sequence[StatementRow]) -> list[Cells]:
    """The five biggest changes against the period before, up or down."""
    places = biggest([row.change_minor for row in rows])
    return statement_rows([rows[place] for place in places])


# --- managers ---------------------------------------------------------------------------------


def team_rows(teams: Iterable[TeamUnderReview]) -> list[Cells]:
    """Who has signed the figures of whom, for HR."""
    return [_team_row(team) for team in teams]


def _team_row(team: TeamUnderReview) -> Cells:
    seen = team.signed or team.void
    return {
        "name": team.manager or _("Nobody leads them"),
        "teams": ", ".join(team.teams),
        "payees": len(team.person_ids),
        "state": _team_state(team),
        "who": _signed_words(team),
        "comment": seen.comment if seen else "",
    }


def _team_state(team: TeamUnderReview) -> str:
    if team.signed:
        return "signed"
    if team.void:
        return "void"
    return "missing" if team.is_missing else "nobody"


def _signed_words(team: TeamUnderReview) -> str:
    seen = team.signed or team.void
    if seen is None:
        return ""
    words = {"at": moment_text(seen.at), "n": seen.run_number, "name": seen.by}
    return _("%(name)s, %(at)s, run %(n)s") % words
