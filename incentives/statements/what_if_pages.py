"""What would be, as plain values for its page."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from activities.queries import OpenDealRow, activity_types, open_deals_of, products
from common.formats import moment_text, money_text
from common.issues import message_of, remedy_of
from common.labels import label
from incentives.calc import PayeeResult
from incentives.gathering.colleagues import shared_out
from incentives.gathering.inputs import WON, Document, credited_types, kpis_read
from incentives.models import PayPeriod
from incentives.periods.pages import named, signed
from incentives.statements.current import Current, entries, seen_payees
from incentives.statements.explaining import MEASURES, Teller, deals_of
from incentives.statements.line_words import LineWords, line_words
from incentives.statements.page import deal_label, person_of
from incentives.statements.projecting import next_step_cells
from incentives.statements.projection import next_steps
from incentives.statements.what_if import Outcome, choices_read, figures_read, what_if
from incentives.statements.what_if_forms import Offers, WhatIfForm
from kernel.issues import N_, Invalid, Issue
from kernel.money import Money
from kernel.numbers import as_text
from kernel.trace import Step
from people import queries as people

Cells = dict[str, Any]


def offers_of(current: Current) -> Offers:
    """What the fields offer: the kinds and attributes that the plan reads."""
    types = credited_types(current.plan)
    names = people.person_names(_people(current))
    return Offers(
        days=current.at.days,
        currency=current.plan.currency,
        kinds=[
            (one.key, label(one.name_fr, one.name_en))
            for one in activity_types()
            if one.key in types
        ]
        or [(key, key) for key in sorted(types)],
        products=products(),
        payees=[(one["id"], names.get(person_of(one), one["id"])) for one in _payees(current)],
        choices=choices_read(current.plan),
        figures=figures_read(current.plan),
    )


def known_deals(current: Current) -> list[tuple[str, date]]:
    """The records of the inputs with the day on which each closed."""
    return [(str(deal["id"]), _day(deal, current)) for deal in deals_of(_payees(current))]


def pipeline_of(current: Current) -> list[OpenDealRow]:
    """The payee's own open deals, for a plan that pays won ones."""
    if WON not in credited_types(current.plan):
        return []
    return open_deals_of(person_of(_payees(current)[0]), current.plan.currency)


def what_if_cells(period: PayPeriod, current: Current, form: WhatIfForm) -> Cells:
    """Everything that the page shows: the form, and what comes of it."""
    plan = current.plan
    return {
        "plan": label(plan.name["fr"], plan.name["en"]),
        "period": named(period),
        "url": reverse("incentives:what_if", args=[period.pk, current.version_id]),
        "adds": form.adds,
        "deals": _deal_rows(current, form),
        "wins": [
            {
                "label": _named_open(one.deal),
                "product": one.deal.product,
                "amount": _money(Money(one.deal.amount_minor, one.deal.currency)),
                "form": one,
            }
            for one in form.wins
        ],
        "reads_kpis": bool(kpis_read(plan)),
        "has_stock": bool(shared_out(plan).stocks),
        "others_at": current.others_at and moment_text(current.others_at),
        **outcome_cells(current, form),
    }


def outcome_cells(current: Current, form: WhatIfForm) -> Cells:
    """What comes of the changes, or all that is wrong with them."""
    changes = form.changes()
    if changes is None:
        return {"errors": _errors(current, form), "outcome": None}
    me = _payees(current)[0]["id"]
    try:
        outcome = what_if(
            current.plan, current.inputs, me, changes, days=current.at.days, tz=current.at.tz
        )
    except Invalid as invalid:  # a deal moved behind what is known of it, say
        return {"errors": [_told_issue(one) for one in invalid.issues], "outcome": None}
    return {"errors": [], "outcome": _outcome(current, outcome), "asked": bool(changes)}


def _outcome(current: Current, outcome: Outcome) -> Cells:
    currency = current.plan.currency
    steps = next_steps(current.plan, outcome.inputs, person_of(_payees(current)[0]))
    return {
        "now": _money(outcome.now.total),
        "then": _money(outcome.then.total),
        "difference": signed(outcome.difference.minor, currency),
        "is_gain": outcome.difference.minor > 0,
        "is_loss": outcome.difference.minor < 0,
        "lines": _lines(current, outcome),
        "next": [next_step_cells(step, current.plan) for step in steps],
    }


def _lines(current: Current, outcome: Outcome) -> list[Cells]:
    """Each line now and then; a line that changes says its steps in words."""
    now = {line.key: line for line in _told(current, current.inputs, outcome.now)}
    then = {line.key: line for line in _told(current, outcome.inputs, outcome.then)}
    before = {line.component: line.amount.minor for line in outcome.now.lines}
    after = {line.component: line.amount.minor for line in outcome.then.lines}
    found = []
    for key in [*then, *(key for key in now if key not in then)]:
        line = then.get(key) or now[key]
        change = after.get(key, 0) - before.get(key, 0)
        has_moved = key not in now or key not in then or _words(now[key]) != _words(then[key])
        found.append(
            {
                "name": line.name,
                "now": _money(Money(before.get(key, 0), current.plan.currency)),
                "then": _money(Money(after.get(key, 0), current.plan.currency)),
                "change": signed(change, current.plan.currency) if change else "",
                "reads": line.reads if has_moved else (),
                "does": line.does if has_moved else (),
            }
        )
    return found


def _words(line: LineWords) -> tuple[tuple[str, ...], ...]:
    return line.reads, line.does, line.parts


def _told(current: Current, inputs: Document, result: PayeeResult) -> list[LineWords]:
    names = people.person_names({person_of(one) for one in entries(current.inputs)})
    records = {deal["id"]: {"label": _named_deal(deal), "url": ""}
               for deal in deals_of(entries(inputs))}  # fmt: skip
    teller = Teller(current.plan, {str(key): name for key, name in names.items()}, records)
    mine = seen_payees(inputs)
    seen = {one["id"] for one in (*mine, *deals_of(mine))}
    return line_words(teller, _without_colleagues(result.trace, seen))


def _without_colleagues(step: Step, seen: set[str]) -> Step:
    """The steps without those of colleagues: what stands on their records is one sum, unnamed.

    `seen` are the ids of the payees and records that the reader may see.
    """
    kept, theirs = [], Fraction(0)
    for child in step.children:
        if child.code == "member" and dict(child.params)["member"] not in seen:
            continue
        if child.sources and not seen & set(child.sources):
            theirs += Fraction(child.value or 0)
        else:
            kept.append(_without_colleagues(child, seen))
    if theirs and step.code not in MEASURES:
        words = N_("deals of colleagues: {value}")
        kept.append(Step("colleagues", words, value=as_text(theirs)))
    return replace(step, children=tuple(kept))


def _named_deal(deal: Mapping[str, Any]) -> str:
    kind, _colon, number = str(deal["id"]).partition(":")
    return _("new deal %(n)s") % {"n": number} if kind == "new" else deal_label(deal)


def _named_open(deal: OpenDealRow) -> str:
    return " · ".join(part for part in (deal.account, deal.external_id) if part)


def _deal_rows(current: Current, form: WhatIfForm) -> list[Cells]:
    names = people.person_names(_people(current))
    by_key = {str(deal["id"]): deal for deal in deals_of(_payees(current))}
    several = len(_payees(current)) > 1
    return [
        {
            "label": deal_label(by_key[key]),
            "product": by_key[key].get("attributes", {}).get("product", ""),
            "amount": _amount(by_key[key]),
            "person": names.get(int(by_key[key]["payee"].partition("@")[0]), "") if several else "",
            "form": one,
        }
        for key, _on, one in form.moves
    ]


def _amount(deal: Mapping[str, Any]) -> str:
    if deal.get("amount_minor") is None:
        return "–"
    return _money(Money(deal["amount_minor"], deal["currency"]))


def _errors(current: Current, form: WhatIfForm) -> list[Cells]:
    """Every error of every row, with the row and the field that it belongs to."""
    by_key = {str(deal["id"]): deal for deal in deals_of(_payees(current))}
    rows: list[tuple[str, Any]] = [
        (_("new deal %(n)s") % {"n": number + 1}, one) for number, one in enumerate(form.adds)
    ]
    rows += [(_named_open(one.deal), one) for one in form.wins]
    rows += [(deal_label(by_key[key]), one) for key, _on, one in form.moves]
    return [
        {
            "text": message,
            "place": f"{row}, {one.fields[field].label if field in one.fields else ''}",
        }
        for row, one in rows
        for field, messages in one.errors.items()
        for message in messages
    ]


def _told_issue(issue: Issue) -> Cells:
    return {"text": f"{message_of(issue)} {remedy_of(issue)}".strip(), "place": ""}


def _payees(current: Current) -> list[dict[str, Any]]:
    """The payee and those below, whose deals may be tried out."""
    return seen_payees(current.inputs)


def _people(current: Current) -> set[int]:
    return {person_of(one) for one in _payees(current)}


def _day(deal: Mapping[str, Any], current: Current) -> date:
    return datetime.fromisoformat(deal["closed_at"]).astimezone(current.at.tz).date()


def _money(money: Money) -> str:
    return money_text(money.amount, money.currency)
