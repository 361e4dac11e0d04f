"""The product's settings on servers of this test session's own.

pytest-django loads settings before any conftest, so this module is the earliest place that every
way of starting pytest passes through. With DATABASE_URL set, that server is used; under xdist the
controller starts PostgreSQL for all workers (each has its own database in it), and each worker
its own Valkey, because publish/subscribe is shared by all databases of one server.
"""

import atexit
import os
from contextlib import ExitStack
from pathlib import Path

from common import translations
from config import servers

_stack = ExitStack()
atexit.register(_stack.close)


def _provide() -> None:
    own_database = "DATABASE_URL" not in os.environ
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    if own_database or "REDIS_URL" not in os.environ or is_worker:
        addresses = _stack.enter_context(servers.temporary(postgres=own_database))
        os.environ["REDIS_URL"] = addresses.redis_url
        if own_database:
            os.environ["DATABASE_URL"] = addresses.database_url
            os.environ["MAILLOT_TEST_POSTGRES"] = "temporary"  # the workers inherit it
    os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 50)
    os.environ["BEHIND_TLS"] = "0"
    os.environ.setdefault("LOG_LEVEL", "ERROR")


_provide()
translations.compile_catalogues(Path(__file__).resolve().parent.parent)

from config.settings import *  # noqa: E402, F403 - after the servers, which it requires

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# A lock that a forgotten transaction holds is an error that names the test, never a hang. The
# product itself sets shorter limits where it wants them.
DATABASES["default"]["OPTIONS"]["options"] = "-c lock_timeout=60s"  # noqa: F405 - by the star
# A server of a test is thrown away with requests in flight, and what such a request has taken from
# the pool never comes back: the pool of a session must not run dry of it.
DATABASES["default"]["OPTIONS"]["pool"]["max_size"] = 200  # noqa: F405 - by the star
