"""Settings for tools that read the code and reach no server: mypy, `check --deploy`, schemas."""

import os
import secrets

os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
# Nothing listens there: a tool that connects after all fails at once.
os.environ.setdefault("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")

from config.settings import *  # noqa: F403 - after the variables that it requires
from config.settings import DATABASES

# A pool would try again for its whole time-out.
DATABASES["default"]["OPTIONS"] = {}
