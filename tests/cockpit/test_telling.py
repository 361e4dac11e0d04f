"""The deals of the demo company as they were told: known then what was known then."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from cockpit.demo.events import WEEKS
from cockpit.demo.script import Script, write_script
from cockpit.demo.telling import deals_as_told, plans_of

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def script() -> Script:
    return write_script(NOW)


def test_nothing_is_told_before_it_happens_and_nothing_late(script: Script) -> None:
    by_id = {deal.id: deal for deal in script.opportunities}
    last = datetime.min.replace(tzinfo=UTC)
    for known, rows in deals_as_told(script.opportunities, NOW):
        assert last < known <= NOW
        late = timedelta(days=1 if known > NOW - timedelta(weeks=WEEKS - 1) else 7)
        for row in rows:
            moments = (row.engaged_at, row.proposed_at, row.closed_at, row.cancelled_at)
            newest = max(one for one in moments if one is not None)
            assert newest <= known
            if row.closed_at is not None and row.cancelled_at is None:
                assert row.closed_at > known - late, row
            assert (row.stage in ("won", "lost", "cancelled")) == (row.closed_at is not None)
            assert row.engaged_at == by_id[row.external_id].engaged_at
        last = known


def test_each_deal_ends_where_the_script_has_it(script: Script) -> None:
    last = {row.external_id: row for _, rows in deals_as_told(script.opportunities, NOW)
            for row in rows}  # fmt: skip
    assert {key: row.stage for key, row in last.items()} == {
        deal.id: "cancelled" if deal.cancelled_at else deal.outcome for deal in script.opportunities
    }


def test_plans_are_said_while_a_deal_is_open_and_slip(script: Script) -> None:
    slipped = overdue = is_open = 0
    for deal in script.opportunities:
        said = plans_of(deal, NOW)
        assert [at for at, _ in said] == sorted(at for at, _ in said)
        assert said[0][0] == deal.engaged_at
        assert all(at <= (deal.closed_at or NOW) and day > at.date() - timedelta(days=1)
                   for at, day in said)  # fmt: skip
        slipped += any(new > old for (_, old), (_, new) in pairwise(said))
        is_open += deal.closed_at is None
        overdue += deal.closed_at is None and said[-1][1] < NOW.date()
    assert slipped > len(script.opportunities) // 4
    assert 3 <= overdue < is_open / 5
