"""Advisory locks: they exclude, they end with the transaction, they need one."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from common.locks import held_elsewhere, transaction_lock


def in_thread(work: Callable[[], None]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_without_a_transaction_a_lock_is_refused(transactional_db: None) -> None:
    with pytest.raises(RuntimeError):
        transaction_lock("pay", 1)


def test_a_second_transaction_waits_for_the_same_name_only(transactional_db: None) -> None:
    order: list[str] = []
    other_done, same_done = threading.Event(), threading.Event()

    def take(name: int, done: threading.Event) -> None:
        with transaction.atomic():
            transaction_lock("pay", name)
            order.append(f"lock {name}")
        done.set()

    with transaction.atomic():
        transaction_lock("pay", 1)
        threads = [in_thread(lambda: take(2, other_done)), in_thread(lambda: take(1, same_done))]
        assert other_done.wait(10)
        assert not same_done.wait(0.3)
        order.append("commit")
    assert same_done.wait(10)
    assert order == ["lock 2", "commit", "lock 1"]
    for thread in threads:
        thread.join(10)


def test_opposite_orders_do_not_deadlock(transactional_db: None) -> None:
    rounds: list[int] = []

    def take(*ids: int) -> None:
        for _ in range(30):
            with transaction.atomic():
                transaction_lock("cell", *ids)
                rounds.append(1)

    threads = [in_thread(lambda: take(1, 2, 3)), in_thread(lambda: take(3, 2, 1))]
    for thread in threads:
        thread.join(30)
    assert len(rounds) == 60


def test_it_is_said_which_locks_somebody_else_holds_and_none_is_taken(
    transactional_db: None,
) -> None:
    seen: list[frozenset[int]] = []

    def look() -> None:
        seen.append(held_elsewhere("challenge", [1, 2, 3]))

    with transaction.atomic():
        transaction_lock("challenge", 1, 3)
        in_thread(look).join(10)
        look()  # one's own are nobody else's
    look()
    with transaction.atomic():
        look()
        in_thread(look).join(10)  # and who looked within a transaction holds nothing
    none: frozenset[int] = frozenset()
    assert seen == [frozenset({1, 3}), none, none, none, none]


def test_of_a_lock_that_was_looked_at_the_next_holder_does_not_wait(transactional_db: None) -> None:
    done = threading.Event()

    def take() -> None:
        with transaction.atomic():
            transaction_lock("challenge", 1)
        done.set()

    with transaction.atomic():
        assert not held_elsewhere("challenge", [1])
        in_thread(take)
        assert done.wait(60)
