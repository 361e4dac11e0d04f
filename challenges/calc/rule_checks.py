"""What has to fit together in a rules document; each check stands alone.

A check asks only for the values it needs. When one of them could not be read, that is told
already and this check is left out; all others still speak.
"""

from challenges.calc.formats.base import Format
from challenges.calc.shapes import Values, told
from kernel.issues import N_, Issue, error


def check_choices(values: Values, format_: Format | None, issues: list[Issue]) -> None:
    """Everything that does not need the clock; `format_` None when it is not known."""
    told(_minimum, values, issues)
    told(_frozen, values, format_, issues)
    told(_frozen_reviews, values, format_, issues)
    if format_ is not None:
        told(lambda: format_.check(values["score"], issues))
        told(lambda: format_.check_whole(values, issues))
    for key, checks in (
        ("entrants", (_best_n, _open_until, _share)),
        ("ties", (_chain, _seed)),
        ("after_official", (_above,)),
        ("integrity", (_spike,)),
        ("visibility", (_top_share, _freeze, _reveal)),
    ):
        block = told(values.get, key)
        for check in checks if block is not None else ():
            told(check, block, issues)
    entrants = told(values.get, "entrants")
    if format_ is not None and entrants is not None:
        told(_team_score, entrants, format_, issues)


def _minimum(values: Values, issues: list[Issue]) -> None:
    if values["score"].get("better") == "lower" and values["minimum"] is not None:
        _refuse(
            issues,
            values,
            "minimum",
            "minimum_with_lower",
            N_("A minimum makes no sense where the lowest score wins."),
            N_("Use the minimum number of records or the minimum denominator in “score”."),
        )


def _frozen(values: Values, format_: Format | None, issues: list[Issue]) -> None:
    after = values["after_official"]
    if format_ is not None and format_.frozen and after is not None and after["policy"] != "final":
        issues.append(
            error(
                "nothing_to_amend",
                N_("What counts is frozen at the cut-off, so nothing can change it afterwards."),
                N_("Leave “after_official” out: the result is final."),
                after.at("policy"),
            )
        )


def _frozen_reviews(values: Values, format_: Format | None, issues: list[Issue]) -> None:
    """A decision after the cut-off could not count, and whoever decides would know the draw."""
    if format_ is not None and format_.frozen and values["integrity"] is not None:
        _refuse(
            issues,
            values,
            "integrity",
            "nothing_to_review",
            N_("What counts is frozen at the cut-off, so no record can be reviewed afterwards."),
            N_("Leave “integrity” out, and correct or cancel odd records before the cut-off."),
        )


def _team_score(values: Values, format_: Format, issues: list[Issue]) -> None:
    if values["kind"] != "team":
        return
    if not format_.team_scores:
        _refuse(
            issues,
            values,
            "kind",
            "no_teams",
            N_("The format {format} is for people, not for teams."),
            N_("Write “kind: person”, or choose another format."),
            format=format_.key,
        )
    elif values["team_score"] not in format_.team_scores:
        _refuse(
            issues,
            values,
            "team_score",
            "team_score_not_possible",
            N_("The format {format} has no team score “{chosen}”."),
            N_("Use one of: {options}."),
            format=format_.key,
            chosen=values["team_score"],
            options=", ".join(sorted(format_.team_scores)),
        )


def _best_n(values: Values, issues: list[Issue]) -> None:
    if (values["team_score"] == "best_n") != (values["best_n"] is not None):
        _refuse(
            issues,
            values,
            "best_n",
            "best_n",
            N_("“best_n” and “team_score: best_n” belong together."),
            N_("Write both, or neither."),
        )


def _open_until(values: Values, issues: list[Issue]) -> None:
    if (values["late_joiners"] == "open_until") != (values["open_until"] is not None):
        _refuse(
            issues,
            values,
            "open_until",
            "open_until",
            N_("“open_until” and “late_joiners: open_until” belong together."),
            N_("Write both, for example “open_until: 50 %”, or neither."),
        )


def _share(values: Values, issues: list[Issue]) -> None:
    _refuse_no_share(values, "open_until", issues)


def _top_share(values: Values, issues: list[Issue]) -> None:
    _refuse_no_share(values, "top_share", issues)


def _freeze(values: Values, issues: list[Issue]) -> None:
    _refuse_no_share(values, "freeze", issues)


def _refuse_no_share(values: Values, key: str, issues: list[Issue]) -> None:
    if values[key] is not None and not 0 <= values[key] <= 1:
        _refuse(
            issues,
            values,
            key,
            "not_a_share",
            N_("The share must lie between 0 % and 100 %."),
            N_("Write for example “50 %” or 0.5."),
        )


def _spike(values: Values, issues: list[Issue]) -> None:
    for key in ("last", "share") if values["spike"] is not None else ():
        _refuse_no_share(values["spike"], key, issues)


def _reveal(values: Values, issues: list[Issue]) -> None:
    if values["reveal"] == "ceremony" and not values["freeze"]:
        _refuse(
            issues,
            values,
            "reveal",
            "nothing_to_reveal",
            N_("Only a board that was frozen can be revealed."),
            N_("Add “freeze”, for example 10 %, or remove “reveal”."),
        )


def _chain(values: Values, issues: list[Issue]) -> None:
    if (values["rule"] == "chain") != (values["chain"] is not None):
        _refuse(
            issues,
            values,
            "chain",
            "tie_chain",
            N_("“chain” and “rule: chain” belong together."),
            N_("Write both, or neither."),
        )


def _seed(values: Values, issues: list[Issue]) -> None:
    drawn = any(told(link.get, "by") == "draw" for link in values["chain"] or ())
    if drawn and not values["seed"]:
        _refuse(
            issues,
            values,
            "seed",
            "draw_without_seed",
            N_("A draw needs a seed, so that it can be replayed."),
            N_("Add “seed” with any text that is fixed before the start."),
        )


def _above(values: Values, issues: list[Issue]) -> None:
    if (values["policy"] == "amend_above") != (values["above"] is not None):
        _refuse(
            issues,
            values,
            "above",
            "amend_above",
            N_("“above” and “policy: amend_above” belong together."),
            N_("Write both, or neither."),
        )


def _refuse(
    issues: list[Issue],
    values: Values,
    key: str,
    code: str,
    message: str,
    remedy: str,
    **params: object,
) -> None:
    issues.append(error(code, message, remedy, values.at(key), **params))
