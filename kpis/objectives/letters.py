"""The letter of an objective in French and in English, the same on the page and on paper.

The frame stands here in both languages and not in the translation files, as that of the notices of
pay: the French text is the one that counts and may not depend on whether a translation is complete.
It is no second notice: what pay rules are told to whom, and the receipt of it, is the affair of the
notices of a pay period, which list the objectives in force.
"""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.utils import translation

from common.formats import day_text, moment_text, number_text
from common.labels import label
from kpis.models import ObjectiveStep
from kpis.objectives.presenters import value_text
from kpis.objectives.queries import StepRow, Tracked
from people.queries import CompanyRow

Cells = dict[str, Any]
TEMPLATE = Path(__file__).parent.parent / "printing" / "objective.typ"
LANGUAGES = {"fr": "Français", "en": "English"}
FRAME: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "title": "Lettre d'objectif",
        "to": "Pour",
        "company": "Employeur",
        "days": "Période",
        "span": "du {first} au {last}",
        "what": "Objectif",
        "target": "Cible",
        "mark": "Note à atteindre",
        "weight": "Poids",
        "evaluator": "Évaluateur",
        "goal": "Clé dans les plans de rémunération variable",
        "criteria": "Critères d'évaluation",
        "criterion": "{text} (poids {weight})",
        "scale": "Chaque critère est noté de 0 à 5 lors de visites en commun, faits à l'appui.",
        "reason": "Motif",
        "amends": "Cet objectif remplace celui de {target}, qui est conservé.",
        "signatures": "Signatures",
        "for_company": "Pour l'employeur",
        "for_person": "La personne",
        "signed": "{name}, le {at}",
        "unsigned": "non signé",
        "counts": "Le texte français fait foi ; l'anglais n'est qu'une copie de courtoisie.",
        "reference": "Empreinte des termes signés (SHA-256)",
        "draft": "Projet : cet objectif n'est pas encore accepté par les deux parties.",
        "withdrawn": "Cet objectif n'est plus en vigueur.",
        "page": "Page",
    },
    "en": {
        "title": "Letter of objective",
        "to": "For",
        "company": "Employer",
        "days": "Period",
        "span": "{first} to {last}",
        "what": "Objective",
        "target": "Target",
        "mark": "Mark to reach",
        "weight": "Weight",
        "evaluator": "Evaluator",
        "goal": "Key in pay plans",
        "criteria": "Criteria",
        "criterion": "{text} (weight {weight})",
        "scale": "Each criterion is scored from 0 to 5 on joint visits, with what was seen.",
        "reason": "Reason",
        "amends": "This objective replaces the one of {target}, which is kept.",
        "signatures": "Signatures",
        "for_company": "For the employer",
        "for_person": "The person",
        "signed": "{name}, {at}",
        "unsigned": "not signed",
        "counts": "The French text is the one that counts; this English copy is a courtesy.",
        "reference": "Digest of the signed terms (SHA-256)",
        "draft": "Draft: this objective is not accepted by both sides yet.",
        "withdrawn": "This objective is not in force any more.",
        "page": "Page",
    },
}


def letter_of(
    one: Tracked, signed: Mapping[str, StepRow], company: CompanyRow, language: str
) -> Cells:
    """The letter as texts, in `fr` or `en`; the same objective gives the same letter."""
    frame = FRAME[language]
    with translation.override(language):
        return {
            "lang": language,
            "title": frame["title"],
            "company": company.name,
            "notes": _notes(one, frame, company.currency),
            "facts": _facts(one, frame, company),
            "criteria_title": frame["criteria"],
            "criteria": [
                frame["criterion"].format(
                    text=part["text"], weight=number_text(Fraction(part["weight"]), 3)
                )
                for part in one.row.criteria
            ],
            "scale": frame["scale"],
            "signatures_title": frame["signatures"],
            "signatures": [
                {"label": frame["for_company"],
                 "value": _signed(signed.get(ObjectiveStep.Side.COMPANY.value), frame)},
                {"label": frame["for_person"],
                 "value": _signed(signed.get(ObjectiveStep.Side.PERSON.value), frame)},
            ],
            "counts": frame["counts"],
            "reference_label": frame["reference"],
            "reference": next((step.sha256 for step in signed.values()), ""),
            "page": frame["page"],
        }  # fmt: skip


def _notes(one: Tracked, frame: Mapping[str, str], currency: str) -> list[str]:
    found = []
    if one.state == "withdrawn":
        found.append(frame["withdrawn"])
    elif one.state != "accepted":
        found.append(frame["draft"])
    if one.row.replaces is not None:
        old = value_text(Fraction(one.row.replaces.target), one.unit, currency)
        found.append(frame["amends"].format(target=old))
    return found


def _facts(one: Tracked, frame: Mapping[str, str], company: CompanyRow) -> list[Cells]:
    kpi = one.row.kpi
    days = frame["span"].format(first=day_text(one.period.start), last=day_text(one.period.last))
    facts = [
        (frame["to"], one.who),
        (frame["company"], company.name),
        (frame["days"], days),
        (frame["what"], label(kpi.name_fr, kpi.name_en) if kpi else one.row.title),
        (
            frame["target" if kpi else "mark"],
            value_text(one.target, one.unit, company.currency),
        ),
        (frame["weight"], number_text(Fraction(one.row.weight), 3)),
    ]
    if one.row.evaluator is not None:
        facts.append((frame["evaluator"], one.row.evaluator.name))
    if one.row.goal_key:
        facts.append((frame["goal"], one.row.goal_key))
    if one.row.reason:
        facts.append((frame["reason"], one.row.reason))
    return [{"label": name, "value": value} for name, value in facts]


def _signed(step: StepRow | None, frame: Mapping[str, str]) -> str:
    if step is None:
        return frame["unsigned"]
    return frame["signed"].format(name=step.by, at=moment_text(step.at))
