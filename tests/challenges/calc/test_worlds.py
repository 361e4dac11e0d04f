"""Small worlds, scored from their texts as the command does it, against arithmetic written by hand.

Each file of `worlds/` is a list of worlds: rules, records and roster as somebody would write them,
and what has to come out at one or more moments; the comments are the reckoning.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from challenges.calc import Standings
from challenges.calc.run import Source, score_texts
from kernel.money import Money
from kernel.numbers import as_text

WORLDS = Path(__file__).parent / "worlds"


def _worlds() -> list[Any]:
    """Every world with every moment of it, named by both."""
    found: list[Any] = []
    for path in sorted(WORLDS.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        for world in yaml.load(text, Loader=yaml.BaseLoader):  # noqa: S506 - only texts come out
            found.extend(
                pytest.param(world, expected, id=f"{path.stem}: {world['world']}, {as_of}")
                for as_of, expected in world["then"].items()
            )
    return found


def _board(standings: Standings) -> list[str]:
    return [
        f"{row.rank or '-'}{'=' if row.tied else ''} {row.entrant} "
        f"{'-' if row.score is None else as_text(row.score)}"
        for row in standings.rows
    ]


def _prizes(standings: Standings) -> dict[str, str]:
    won: dict[str, list[str]] = {}
    for award in standings.awards:
        amount = Money(award.amount, award.currency) if award.currency else award.amount
        won.setdefault(award.entrant, []).append(str(amount))
    return {entrant: ", ".join(prizes) for entrant, prizes in won.items()}


def _left_out(standings: Standings) -> dict[str, str]:
    return {out.record.id: out.reason.code for row in standings.rows for out in row.left_out}


def _outcomes(standings: Standings) -> dict[str, str]:
    """Each round in one line: who and how it went."""
    return {
        str(played.span.number): ", ".join(f"{one.entrant} {one.outcome}" for one in played.lines)
        for played in standings.rounds or ()
    }


def _charges(standings: Standings) -> list[str]:
    """What is left to the next period: person, metric, value, number of records, revision."""
    left = [one for due in standings.due if (one := due.left()) is not None]
    return [
        f"{one.person} {one.metric} {as_text(one.value)} {one.count} {one.revision}" for one in left
    ]


@pytest.mark.parametrize(("world", "expected"), _worlds())
def test_a_world_comes_out_as_reckoned_by_hand(world: dict[str, Any], expected: Any) -> None:
    rules = yaml.safe_dump(world["rules"] | world.get("but", {}), allow_unicode=True)
    records, roster = Source(world["records"], "records"), Source(world["roster"], "roster")
    as_of = next(moment for moment, then in world["then"].items() if then is expected)
    result = score_texts(Source(rules, "rules"), records, roster, as_of).result
    seen: dict[str, Any] = {"board": _board(result), "prizes": _prizes(result)}
    if "left_out" in expected:
        seen["left_out"] = _left_out(result)
    if "rounds" in expected:
        seen["rounds"] = _outcomes(result)
    if "winners" in expected:
        seen["winners"] = [row.entrant for row in result.rows if row.winner]
    if "not_entered" in expected:
        seen["not_entered"] = {id_: reason.code for id_, reason in result.not_entered}
    if "carried" in expected:
        seen["carried"] = sorted(out.record.id for out in result.carried)
    if "charges" in expected:
        seen["charges"] = _charges(result)
    if "state" in expected:
        seen["state"] = result.state.value
    assert seen == {"prizes": {}} | expected
