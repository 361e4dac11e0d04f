"""The tables of docs/algorithms/points.md say what the code does."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from challenges.calc.points import (
    Account,
    Asked,
    Claim,
    Move,
    Request,
    balances,
    below_zero,
    moves_to,
)
from challenges.calc.points_expiry import months_after
from challenges.calc.points_sharing import team_part
from tests.challenges.calc.test_points import START
from tests.kernel.tables import ALGORITHMS, rows_of

PAGE = ALGORITHMS / "points.md"


@dataclass(slots=True)
class Life:
    """What a row of the table tells, one word after the other, each a day later."""

    now: datetime = START
    moves: list[Move] = field(default_factory=list)
    claims: dict[str, Claim] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)

    def tell(self, words: str) -> None:
        verb, name, *rest = words.split()
        match verb:
            case "promise":
                self.claims[name] = Claim(name, int(rest[0]), 0, 0, None, self.now, verb)
            case "give":
                points = int(rest[0])
                self.claims[name] = Claim(name, 0, points, points, self.now, self.now, verb)
            case "back":
                self.claims[name] = replace(self.claims[name], held=int(rest[0]), at=self.now)
            case "ask":
                source = f"request:{name}"
                points = int(rest[0])
                asked = Request(source, points, Asked.OPEN, self.now, self.now, verb)
                self.requests[source] = asked
            case "return" | "deliver":
                source = f"request:{name}"
                state = Asked.RETURNED if verb == "return" else Asked.DELIVERED
                self.requests[source] = replace(self.requests[source], state=state, at=self.now)
            case "wait":
                self.now = months_after(self.now, int(name))
        claims, requests = list(self.claims.values()), list(self.requests.values())
        self.moves += moves_to(self.moves, claims, requests, self.now)
        self.now += timedelta(days=1)


@pytest.mark.parametrize("row", rows_of(PAGE, "Worked lives"), ids=lambda row: row["life"])
def test_lives_end_as_documented(row: dict[str, str]) -> None:
    life = Life()
    for words in row["life"].split(";"):
        life.tell(words)
    held = balances(life.moves)

    said = ", ".join(f"{one.value} {held[one]}" for one in Account if held[one])
    assert said == row["accounts"]
    assert not below_zero(life.moves)


@pytest.mark.parametrize("row", rows_of(PAGE, "Worked shares of a team's prize"), ids=str)
def test_teams_share_as_documented(row: dict[str, str]) -> None:
    assert team_part(int(row["prize"]), int(row["members"])) == int(row["each"])


def test_every_account_is_documented() -> None:
    assert [row["account"] for row in rows_of(PAGE, "Accounts")] == [one.value for one in Account]
