"""The rules of several challenges at once."""

from collections.abc import Collection

from challenges.calc.rules import Rules
from challenges.gathering.inputs import parsed
from challenges.models import RulesVersion


def newest_rules(challenge_ids: Collection[int]) -> dict[int, Rules]:
    """The rules of each challenge as they were written last, by its id. One query."""
    rows = RulesVersion.objects.filter(challenge_id__in=challenge_ids)
    newest = rows.order_by("challenge_id", "-number").distinct("challenge_id")
    return {pk: parsed(text) for pk, text in newest.values_list("challenge_id", "document")}
