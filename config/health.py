"""Is the process alive, and can it do its work: for load balancers and for `up`."""

from collections.abc import Callable

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
def alive(_request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers; touches nothing else."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def ready(_request: HttpRequest) -> JsonResponse:
    """200 when database, broker and migrations are there, else 503; says which one is not."""
    checks = {"database": _database, "migrations": _migrations, "broker": _broker}
    answers = {name: _answer(check) for name, check in checks.items()}
    well = all(answer == "ok" for answer in answers.values())
    return JsonResponse(
        {"status": "ok" if well else "unavailable", **answers}, status=200 if well else 503
    )


def _answer(check: Callable[[], bool]) -> str:
    # The reason stays in the log: this page is public.
    try:
        return "ok" if check() else "pending"
    except (DatabaseError, redis.RedisError):
        return "unreachable"


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select 1")
        return bool(cursor.fetchone() == (1,))


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _broker() -> bool:
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
        return bool(client.ping())
