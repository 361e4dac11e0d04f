"""One statement as plain values, for its page and for its PDF."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from common.formats import day_text, minor_text, moment_text
from common.labels import label
from incentives.calc import Plan
from incentives.models import Adjustment, Statement
from incentives.periods.pages import named, signed
from incentives.plans.wording import plan_words
from incentives.statements import proofs
from incentives.statements.explaining import Teller, component_names, deals_of
from incentives.statements.line_words import LineWords, elements, kpis_named, line_words
from incentives.statements.moves_told import moves_told
from kernel.trace import Step
from kpis import queries as kpis
from people import queries as people

Cells = dict[str, Any]


def statement_page(row: Statement) -> Cells:
    """Everything that a statement says: amount, lines in words, elements, records, proof."""
    plan = row.plan_version.terms()
    deals = deals_of(row.inputs["payees"])
    names = people.person_names(_people_in(row))
    records = {deal["id"]: {"label": deal_label(deal), "url": f"#{deal['anchor']}"}
               for deal in deals}  # fmt: skip
    teller = Teller(plan, {str(key): name for key, name in names.items()}, records)
    trace = Step.from_json(row.result["trace"])
    period = row.run.period
    added = proofs.adjustments_of(row)
    held = proofs.proven(row, added)
    return {
        "statement_id": row.pk,
        "name": row.person.name,
        "period": named(period),
        "state": period.state,
        "total": minor_text(row.total_minor, row.currency),
        "lines": [_line(line) for line in line_words(teller, trace)],
        "lines_total": teller.money(trace.value),
        "deals": [_deal_row(deal, names) for deal in deals],
        "with_person": sum(one.get("counts_in") != "shares" for one in row.inputs["payees"]) > 1,
        "correction": _correction(row, component_names(plan)) if row.corrects else None,
        "moves": moves_told(row.result, component_names(plan)),
        "facts": _facts(row),
        "elements": elements(teller, trace, _kpi_names(plan, period.starts_on)),
        "rule": plan_words(plan),
        "digest": grouped(proofs.digest(row, held)),
        "proof_note": _older_proof() if added and not held else "",
        "proof": _proof(row),
        "added": _added(row, added) if added else None,
    }


def _line(line: LineWords) -> Cells:
    return {
        "key": line.key,
        "name": line.name,
        "value": line.value,
        "reads": line.reads,
        "does": line.does,
        "parts": line.parts,
        "steps": line.steps,
    }


def _older_proof() -> str:
    return _(
        "The proof is from before amounts added by hand were part of it: it holds the lines of"
        " this statement, not what was added."
    )


def _added(row: Statement, added: Sequence[Adjustment]) -> Cells:
    """What people have added by hand, and what is paid with it.

    No total for who has statements by several plans: it would leave out what the others pay.
    """
    together = row.total_minor + sum(one.amount_minor for one in added)
    last = row.runs.order_by("-number").values("pk")[:1]
    all_of_theirs = Statement.objects.filter(runs__in=last, person=row.person_id, corrects=None)
    others = all_of_theirs.exclude(pk=row.pk)
    return {
        "rows": [
            {
                "label": label(one.label_fr, one.label_en),
                "reason": one.reason,
                "amount": signed(one.amount_minor, one.currency),
            }
            for one in added
        ],
        "total": None if others.exists() else minor_text(together, row.currency),
    }


def _kpi_names(plan: Plan, on: date) -> dict[str, str]:
    """The names of the KPIs that a plan reads; asks nothing for a plan that reads none."""
    wanted = kpis_named(plan)
    known = kpis.catalogue(on).kpis if wanted else {}
    return {key: label(known[key].name_fr, known[key].name_en) for key in wanted & known.keys()}


def grouped(digest: str) -> str:
    """A digest in groups of eight, as people compare it."""
    return " ".join(digest[at : at + 8] for at in range(0, len(digest), 8))


def person_of(payee: Mapping[str, Any]) -> int:
    """The person behind a payee of the inputs, who may stand there under several managers."""
    return int(str(payee["id"]).partition("@")[0])


def _people_in(row: Statement) -> set[int]:
    """Everybody whom a statement names: payees, and who scored their objectives."""
    payees = row.inputs["payees"]
    return {person_of(payee) for payee in payees} | {
        int(one)
        for payee in payees
        for review in payee.get("reviews", {}).values()
        for one in review.get("evaluator", "").split(", ")
        if one.isdecimal()
    }


def deal_label(deal: Mapping[str, Any]) -> str:
    """How people call a record: its account and its own id."""
    attributes = deal.get("attributes", {})
    words = [attributes.get("account"), attributes.get("deal")]
    return " · ".join(word for word in words if word) or str(deal["id"])


def _deal_row(deal: Mapping[str, Any], names: Mapping[int, str]) -> Cells:
    attributes = deal.get("attributes", {})
    minor = deal.get("amount_minor")
    if minor is not None:
        minor = int(minor * Fraction(deal.get("share", "1")))  # the person's allocated part, exact
    return {
        "anchor": deal["anchor"],
        "day": day_text(datetime.fromisoformat(deal["closed_at"])),
        "sort": deal["closed_at"],
        "account": attributes.get("account", ""),
        "product": attributes.get("product", ""),
        "id": attributes.get("deal") or deal["id"],
        "amount": "–" if minor is None else minor_text(minor, deal["currency"]),
        "amount_minor": minor or 0,
        "person": names.get(int(deal["payee"].partition("@")[0]), ""),
    }


def _correction(row: Statement, names: Mapping[str, str]) -> Cells:
    """What was paid, what it is now, and the difference, line by line."""
    paid = row.result["paid_minor"]
    change = {line["component"]: line["amount_minor"] for line in row.result["lines"]}
    corrects = row.corrects
    engine = row.figures.get("by_engine") or {}
    by_engine: Mapping[str, int] = engine.get("minor") or {}
    lines = [
        {
            "label": names.get(key, key),
            "paid": minor_text(paid.get(key, 0), row.currency),
            "due": minor_text(paid.get(key, 0) + change.get(key, 0), row.currency),
            "change": signed(change.get(key, 0), row.currency),
            "by_engine": _of_engine(row, by_engine[key]) if by_engine.get(key) else "",
        }
        for key in sorted(paid.keys() | change.keys())
    ]
    assert corrects is not None  # noqa: S101 - the caller has looked
    return {
        "period": named(corrects.run.period),
        "url": reverse("incentives:statement", args=[corrects.pk]),
        "lines": lines,
        "engine": _other_engine(row, engine) if engine else "",
    }


def _of_engine(row: Statement, minor: int) -> str:
    words = {"engine": row.run.engine_version, "amount": signed(minor, row.currency)}
    return _("of which by engine %(engine)s alone: %(amount)s") % words


def _other_engine(row: Statement, engine: Mapping[str, Any]) -> str:
    """What is said where the engine of a correction is another one than of what it corrects."""
    words = {"now": row.run.engine_version, "before": engine["before"]}
    if engine["minor"] is None:
        text = _(
            "Paid by engine %(before)s, calculated now by engine %(now)s. What the engine alone"
            " changes cannot be told: it does not read what was known then."
        )
    elif engine.get("leaves_otherwise"):
        text = _(
            "Paid by engine %(before)s, calculated now by engine %(now)s, which leaves other"
            " balances or open deals of what was known then. What later periods pay of these is not"
            " told apart from what became known since."
        )
    elif engine["minor"]:
        text = _(
            "Paid by engine %(before)s, calculated now by engine %(now)s, which pays otherwise for"
            " what was known then. The other part of the difference is what became known since."
        )
    else:
        text = _(
            "Paid by engine %(before)s, calculated now by engine %(now)s, which pays the same for"
            " what was known then. The difference is what became known since."
        )
    return text % words


def _facts(row: Statement) -> list[Cells]:
    me = row.inputs["payees"][0]
    plan = row.plan_version.plan
    first, last = date.fromisoformat(me["present_from"]), date.fromisoformat(me["present_to"])
    return [
        {"label": _("Employee number"), "value": row.person.number},
        {
            "label": _("Plan"),
            "value": label(plan.name_fr, plan.name_en),
            "note": _("version %(number)s") % {"number": row.plan_version.number},
        },
        {
            "label": _("Days under this plan"),
            "value": f"{day_text(first)} – {day_text(people.day_before(last))}",
            "note": _presence(row, first, last),
        },
        {"label": _("Records as known on"), "value": moment_text(row.run.as_known_at)},
    ]


def _presence(row: Statement, first: date, last: date) -> str:
    """Which part of the period is paid by this plan, for who joined, left or changed within it."""
    period = (row.corrects or row).run.period
    away = sum(
        (date.fromisoformat(one["to"]) - date.fromisoformat(one["from"])).days
        for one in row.inputs["payees"][0].get("elsewhere", [])
    )
    days, whole = (last - first).days - away, (period.ends_on - period.starts_on).days
    if days == whole:
        return ""
    return _("%(days)s of the %(whole)s days of the period") % {"days": days, "whole": whole}


def _proof(row: Statement) -> list[Cells]:
    return [
        {"label": _("Plan document"), "value": row.plan_version.sha256[:16]},
        {"label": _("Inputs"), "value": row.inputs_sha256[:16]},
        {"label": _("Result"), "value": row.result_sha256[:16]},
        {"label": _("Engine"), "value": row.run.engine_version},
    ]
