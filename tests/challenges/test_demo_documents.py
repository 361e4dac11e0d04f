"""The documents of the demo company read as rules, whatever the dates filled in."""

from pathlib import Path
from string import Template

import pytest

from challenges import services
from challenges.models import ChallengeState
from tests.challenges.games import MID_MARCH, board
from tests.kpis.crew import Crew

DOCUMENTS = Path(__file__).resolve().parents[2] / "cockpit" / "demo" / "challenges"


@pytest.mark.parametrize("name", sorted(path.stem for path in DOCUMENTS.glob("*.yaml")))
def test_a_document_of_the_demo_makes_a_live_challenge(crew: Crew, name: str) -> None:
    text = Template((DOCUMENTS / f"{name}.yaml").read_text(encoding="utf-8")).substitute(
        start="2026-03-01", end="2026-04-01", target="60000"
    )

    challenge = services.create_challenge(actor=None, document=text, role_keys=["ae"])
    challenge = services.launch(actor=None, challenge=challenge, at=MID_MARCH)

    assert challenge.state == ChallengeState.LIVE
    assert challenge.name != name
    assert [row[1] for row in board(challenge)] == ["Hugo", "Léa", "Noor"]
