"""What can be wrong with a proposal, an answer or an evaluation, each with its remedy."""

import re
from collections.abc import Sequence
from fractions import Fraction

from kernel.issues import N_, Issue, Place, error, warning
from kpis.services.objective_issues import weight_issues

LONGEST = 300
MOST_CRITERIA = 12
_KEY = re.compile(r"[a-z][a-z0-9_]{0,49}")


def person_only() -> Issue:
    """A team or a role cannot sign."""
    return error(
        "objective.person_only",
        N_("Only a person can accept an objective."),
        N_("Set the objective of a team or a role instead of proposing it."),
        Place(path="who"),
    )


def nothing_new() -> Issue:
    """The same value again."""
    return error(
        "objective.nothing_new",
        N_("This is the value that stands already."),
        N_("Accept it, or write another one."),
        Place(path="target"),
    )


def proposal_open() -> Issue:
    """Another proposal waits for an answer."""
    return error(
        "objective.proposal_open",
        N_("A proposal for the same days is still waiting for an answer."),
        N_("Wait for the answer, or withdraw it first."),
    )


def answer_day_passed() -> Issue:
    """Too late to answer."""
    return error(
        "objective.answer_day_passed",
        N_("The day for the answer has passed."),
        N_("Propose it again with a later day."),
        Place(path="answer_by"),
    )


def wrong_turn() -> Issue:
    """Answered already, or the other side has to answer."""
    return error(
        "objective.wrong_turn",
        N_("This objective does not wait for your answer any more."),
        N_("Open its page again: it shows what has been said since."),
    )


def terms_changed() -> Issue:
    """Another value than the one that was read."""
    return error(
        "objective.terms_changed",
        N_("Another value has been proposed since you opened the page."),
        N_("Open its page again: it shows what has been said since."),
    )


def own_objective() -> Issue:
    """Nobody proposes to oneself."""
    return error(
        "objective.own",
        N_("Nobody sets an objective for oneself."),
        N_("Your manager or an administrator proposes it."),
        Place(path="who"),
    )


def unknown_evaluator() -> Issue:
    """The evaluator is the person."""
    return error(
        "objective.evaluator",
        N_("Nobody evaluates oneself."),
        N_("Choose who goes along on the visits."),
        Place(path="evaluator"),
    )


def waits_for_signature(place: Place) -> Issue:
    """A value that takes the place of a signed one, once it is signed."""
    return warning(
        "objective.waits_for_signature",
        N_("The person has signed the value of before: the new one waits for their signature."),
        N_("Until then the value of before stays in force; ask the person to answer."),
        place,
    )


def criteria_issues(title: str, criteria: Sequence[tuple[str, Fraction]]) -> list[Issue]:
    """What is wrong with the title and the criteria of a qualitative objective."""
    issues: list[Issue] = []
    if not title.strip():
        issues.append(
            error("objective.title", N_("The objective needs a title."),
                  N_("Say in a few words what is to be done well."), Place(path="title"))
        )  # fmt: skip
    texts = [text.strip() for text, _ in criteria]
    if not 0 < len(texts) <= MOST_CRITERIA or any(not 0 < len(one) <= LONGEST for one in texts):
        issues.append(
            error(
                "objective.criteria",
                N_("Between one and {most} criteria are needed, each in a sentence."),
                N_("Write what the evaluator will look for, one criterion per line."),
                Place(path="criteria"),
                most=MOST_CRITERIA,
            )
        )
    for _, weight in criteria:
        issues += weight_issues(weight, Place(path="criteria"))
    return issues


def goal_issues(key: str) -> list[Issue]:
    """What is wrong with the key by which pay plans read the mark; none is right."""
    if not key or _KEY.fullmatch(key):
        return []
    return [
        error(
            "objective.goal_key",
            N_('"{key}" cannot be the key of a goal.'),
            N_("Write it as in the pay plan: small letters, digits and underscores."),
            Place(path="goal_key"),
            key=key,
        )
    ]


def goal_taken(key: str, title: str) -> Issue:
    """Another objective in force is scored for the same goal."""
    return error(
        "objective.goal_taken",
        N_('"{title}" is in force for the same goal of pay plans ({key}) on some of the days.'),
        N_("Withdraw it first, or agree on days that do not overlap."),
        Place(path="goal_key"),
        key=key,
        title=title,
    )


def not_the_evaluator() -> Issue:
    """Somebody else was named."""
    return error(
        "objective.not_the_evaluator",
        N_("Only the named evaluator scores this objective, once it is accepted."),
        N_("Ask the evaluator, or agree on another one."),
    )


def visit_outside() -> Issue:
    """The visit lies outside of the objective's days, or ahead."""
    return error(
        "objective.visit_outside",
        N_("The day of the visit is not one of the objective's past days."),
        N_("Write the day on which you went along."),
        Place(path="visited_on"),
    )


def score_issues(scores: Sequence[int | None], wanted: int, most: int) -> list[Issue]:
    """What is wrong with the scores of a visit."""
    given = [one for one in scores if one is not None]
    if len(scores) == wanted and given and all(0 <= one <= most for one in given):
        return []
    return [
        error(
            "objective.scores",
            N_("Each criterion is scored from 0 to {most}, and at least one is."),
            N_("Leave out what you could not see on this visit."),
            most=most,
        )
    ]


def no_evidence() -> Issue:
    """A score without what was seen."""
    return error(
        "objective.evidence",
        N_("A score needs what was seen."),
        N_("Say in a sentence or two what happened on the visit."),
        Place(path="evidence"),
    )
