"""One live challenge with many entrants: full scoring beside plain SQL, one record, the page.

`--full` is 5,000 entrants with a million scored records; otherwise a tenth of it.
"""

import time
from collections.abc import Callable, Generator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection
from django.test import Client

from activities.services import create_api_key
from bench import data
from bench.figures import Figure, Scale, median, ratio, repeated, spread, timed
from bench.product import Caller, running
from challenges import services as challenges
from challenges.models import Challenge, Standing
from people.models import Person, Team, User
from people.queries import today

ENTRANTS, FULL_ENTRANTS, RECORDS_EACH, TIMES = 500, 5_000, 200, 20
GOAL = "goal 1,000 ms"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS bench_board"
    " (person_id bigint PRIMARY KEY, total numeric, place integer)"
)
_FILL = "INSERT INTO bench_board SELECT id FROM people_person ON CONFLICT DO NOTHING"
# what the board says, by one statement that also writes it
_PLAIN = """
UPDATE bench_board b SET total = t.total, place = t.place FROM (
    SELECT c.person_id, sum(c.amount_minor) AS total,
        rank() OVER (ORDER BY sum(c.amount_minor) DESC) AS place
    FROM activities_credit c JOIN activities_activity a ON a.id = c.activity_id
    WHERE a.type_id = 'deal_won' AND c.occurred_at >= %(start)s AND c.occurred_at < %(end)s
    GROUP BY c.person_id
) t WHERE b.person_id = t.person_id
"""


def run(scale: Scale) -> Iterator[Figure]:
    """Build the month, launch, and measure on the same board."""
    if scale.full:  # the same records, and a fifth of the entrants
        _, challenge = yield from _launched(FULL_ENTRANTS // 5, RECORDS_EACH * 5)
        yield from _against_plain(scale, challenge)
        data.clear()
    entrants = FULL_ENTRANTS if scale.full else scale.of(ENTRANTS, least=10)
    sellers, challenge = yield from _launched(entrants, RECORDS_EACH)
    yield from _against_plain(scale, challenge)
    admin = data.sign_in("admin@bench.example", rights=["admin"])
    secret = create_api_key(actor=admin, name="bench", scopes=["deals:write"]).secret
    yield from _pages(scale, challenge, admin, data.sign_in("me@bench.example", sellers[0]))
    yield from _one_record(scale, challenge, secret, sellers[0])


def _launched(entrants: int, each: int) -> Generator[Figure, None, tuple[list[Person], Challenge]]:
    sellers = data.crew(entrants)
    data.deals(sellers, each, today() - timedelta(days=29))
    made = draft()
    began = time.process_time()
    opening, challenge = timed(lambda: challenges.launch(actor=None, challenge=made))
    busy = time.process_time() - began
    shape = f"{entrants:,} entrants, {entrants * each:,} records"
    yield Figure("launch over records that are there", opening * 1000, "ms", shape)
    yield Figure("launch, processor time of Python", busy * 1000, "ms", "without the database's")
    data.vacuum("challenges_standing, challenges_entrant, challenges_scorechange")
    return sellers, challenge


def draft() -> Challenge:
    """Most revenue of the last four weeks, for everybody."""
    rules = {
        "key": "bench-large",
        "name": {"en": "Most revenue", "fr": "Le plus de chiffre"},
        "window": {
            "start": str(today() - timedelta(days=29)), "end": str(today() + timedelta(days=2)),
        },
        "format": "most",
        "score": {"metric": "revenue"},
        "winners": 3,
    }  # fmt: skip
    keys = list(Team.objects.filter(parent=None).values_list("key", flat=True))
    return challenges.create_challenge(actor=None, document=rules, team_keys=keys)


def _against_plain(scale: Scale, challenge: Challenge) -> Iterator[Figure]:
    window = {"start": challenge.starts_at, "end": challenge.ends_at}
    _run(_TABLE)
    _run(_FILL)
    plain: list[float] = []
    full: list[float] = []
    written: list[float] = []
    for _ in range(scale.times(5) + 1):  # in turn: what else the machine does meets all alike
        plain.append(timed(lambda: _run(_PLAIN, window))[0] * 1000)
        full.append(
            timed(lambda: challenges.rescore_challenge(challenge_id=challenge.pk))[0] * 1000
        )
        written.append(_rewritten(challenge))
    _refuse_wrong(challenge)
    del plain[0], full[0], written[0]
    yield Figure("plain SQL with write-back", median(plain), "ms", "", tuple(plain))
    yield Figure("full scoring of a board that is right", median(full), "ms", "", tuple(full))
    yield ratio("full scoring against plain SQL", median(full), median(plain), "goal 2")
    yield Figure("full scoring that writes every row", median(written), "ms", "", tuple(written))
    yield ratio("writing every row against plain SQL", median(written), median(plain), "goal 2")


def _refuse_wrong(challenge: Challenge) -> None:
    """The board is that of the plain statement, or the figures mean nothing."""
    board = Standing.objects.filter(challenge=challenge).values_list("person_id", "rank")
    plain = dict(data.rows_of("SELECT person_id, place FROM bench_board WHERE place IS NOT NULL"))
    if {person: rank for person, rank in board if rank is not None} != plain:
        raise AssertionError("the board differs from the plain statement")


def _rewritten(challenge: Challenge) -> float:
    """Milliseconds of a full scoring after all rows were spoilt."""
    Standing.objects.filter(challenge=challenge).update(rank=None, position=1, score_text="0")
    seconds, changed = timed(lambda: challenges.rescore_challenge(challenge_id=challenge.pk))
    if not changed:
        raise AssertionError("spoilt rows were left alone")
    return seconds * 1000


def _pages(scale: Scale, challenge: Challenge, *users: User) -> Iterator[Figure]:
    address = f"/challenges/{challenge.pk}/"
    yield from _first_page(address, users[0])
    for name, user in zip(("who sees all", "an entrant"), users, strict=True):
        get = _signed_in(user)
        for what, path in (("page", address), ("board", f"{address}board/")):
            act = partial(get, path)
            cold = [_ms(partial(_newer, challenge), act) for _ in range(scale.times(10))]
            yield from spread(f"{what} of a new version, {name}", cold)
            yield from spread(f"{what} again, {name}", repeated(scale.times(20), act))


def _first_page(address: str, user: User) -> Iterator[Figure]:
    """As `up` does: it lets nobody in before the process has answered `/readyz`, and with that
    imported all pages."""
    get = _signed_in(user)
    opening = _ms(lambda: None, partial(get, "/readyz"))
    first = _ms(lambda: None, partial(get, address))
    yield Figure("first page of a process", first, "ms", f"after {opening:,.0f} ms for /readyz")


def _signed_in(user: User) -> Callable[[str], Any]:
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    get: Callable[[str], Any] = client.get
    return get


def _ms(before: Callable[[], object], act: Callable[[], Any]) -> float:
    before()
    seconds, answer = timed(act)
    if answer.status_code != 200:
        raise AssertionError(f"the page answered {answer.status_code}")
    return seconds * 1000


def _newer(challenge: Challenge) -> None:
    """What is kept of the version before is of no use any more."""
    challenge.version += 1
    challenge.save(update_fields=["version"])


def _one_record(
    scale: Scale, challenge: Challenge, secret: str, person: Person
) -> Iterator[Figure]:
    """From the POST of a won deal until the row of the board is committed, by real workers."""
    with running() as product:
        caller = Caller(product.port, secret)
        whole = []
        for number in range(scale.times(TIMES) + 2):
            before = _score(challenge, person)
            began, _ended = caller.post("/api/v1/deals", _deal(person, number))
            while _score(challenge, person) == before:
                if time.time() - began > 60:
                    raise AssertionError("the board did not move")
                time.sleep(0.005)
            whole.append((time.time() - began) * 1000)
            time.sleep(0.5)
        scored = [job for job in product.jobs() if job.name == "challenges.score_news"]
    yield from spread("POST until the board is right", whole[2:], GOAL)
    yield from spread("scoring in the worker", [(one.ended - one.began) * 1000 for one in scored])


def _score(challenge: Challenge, person: Person) -> str | None:
    rows = Standing.objects.filter(challenge=challenge, person=person)
    return rows.values_list("score_text", flat=True)[0]


def _deal(person: Person, number: int) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat()
    return {
        "external_id": f"new{number}", "stage": "won", "owner": person.number, "account": "acc1",
        "engaged_at": now, "closed_at": now, "amount": "1234.50", "currency": "EUR",
    }  # fmt: skip


def _run(statement: str, params: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
