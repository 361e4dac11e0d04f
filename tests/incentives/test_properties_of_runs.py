"""What holds of runs whatever happened before, and whoever did the work."""

from datetime import date
from itertools import pairwise

from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incentives import services
from incentives.gathering.rosters import people_lacking
from incentives.models import LedgerLine
from tests.incentives.conftest import Pay, won
from tests.incentives.test_corrections import month
from tests.incentives.test_runs import crowd as crowd
from tests.incentives.test_runs import run_anew, seen

FEW = settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
PEOPLE = ("léa", "omar")
# who, which of their five deals of March, and the amount in cents that it has from now on
DEALS = st.tuples(st.sampled_from(PEOPLE), st.integers(1, 5), st.integers(0, 2_000_000))
HISTORIES = st.lists(st.lists(DEALS, max_size=3), min_size=1, max_size=3)


def due(cents: int) -> int:
    """5 % up to 10,000 euros and 10 % of what is above, to the cent, half up."""
    below = min(cents, 1_000_000)
    return (below * 5 + (cents - below) * 10 + 50) // 100


def paid(pay: Pay, name: str) -> int:
    lines = LedgerLine.objects.filter(person=pay.world.people[name])
    return int(lines.aggregate(total=Sum("amount_minor"))["total"] or 0)


@FEW
@given(history=HISTORIES)
def test_what_was_paid_and_all_corrections_come_to_what_is_due(
    pay: Pay, history: list[list[tuple[str, int, int]]]
) -> None:
    with transaction.atomic():
        amounts = {("léa", 0): 1_200_000, ("omar", 0): 100_010}
        pay.run()
        pay.lock()
        for number, news in enumerate(history, start=4):
            for name, deal, cents in news:
                won(
                    name,
                    f"{cents // 100}.{cents % 100:02}",
                    date(2026, 3, 4 + deal),
                    name + str(deal),
                )
                amounts[name, deal] = cents
            following = month(pay, number)
            pay.run(following)
            pay.lock(following)
            for name in PEOPLE:
                total = sum(cents for (who, _), cents in amounts.items() if who == name)
                assert paid(pay, name) == due(total)
        transaction.set_rollback(True)


@FEW
@given(data=st.data())
def test_whoever_calculates_whom_in_whatever_order_and_how_often_gives_the_same_bytes(
    crowd: Pay, data: st.DataObject
) -> None:
    with transaction.atomic():
        alone = seen(run_anew(crowd))
        run = services.start_run(actor=crowd.hana, period_id=crowd.march.pk, anew=True)
        lacking = data.draw(st.permutations(people_lacking(run)))
        cuts = data.draw(st.sets(st.integers(1, max(len(lacking) - 1, 1))))
        edges = [0, *sorted(cuts), len(lacking)]
        blocks = [lacking[a:b] for a, b in pairwise(edges) if a < b]
        again = data.draw(st.lists(st.sampled_from(blocks), max_size=2))
        for block in [*blocks, *again]:
            services.calculate_block(run_id=run.pk, person_ids=block)
        services.finish_run(run_id=run.pk)
        run.refresh_from_db()
        assert seen(run) == alone
        transaction.set_rollback(True)
