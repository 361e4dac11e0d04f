"""The challenge engine: pure, exact, and the same for live, audit, rehearsal and replay."""

from challenges.calc.document import json_schema
from challenges.calc.liability import maximum_liability
from challenges.calc.output import as_json, canonical, inputs_sha256
from challenges.calc.parse import parse_rules
from challenges.calc.prizes import Award
from challenges.calc.records import Cancellation, Entry, Record, Review, Told
from challenges.calc.roster import Membership, Person, Roster, Span, Target
from challenges.calc.rulebook import rulebook
from challenges.calc.rules import Rules
from challenges.calc.standings import Standing, Standings, standings

__all__ = [
    "Award",
    "Cancellation",
    "Entry",
    "Membership",
    "Person",
    "Record",
    "Review",
    "Roster",
    "Rules",
    "Span",
    "Standing",
    "Standings",
    "Target",
    "Told",
    "as_json",
    "canonical",
    "inputs_sha256",
    "json_schema",
    "maximum_liability",
    "parse_rules",
    "rulebook",
    "standings",
]
