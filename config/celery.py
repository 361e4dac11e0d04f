"""The Celery application; tasks are found in each room's `tasks.py`."""

import gc
import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import setup_logging
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

# As in asgi: large challenges and pay runs make many objects that live to the end of the task, and
# full collections among them cost as much again as the calculation (docs/performance.md).
gc.set_threshold(50_000, 20, 100)

app = Celery("maillot")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# A job's lines carry the id of the request that asked for it.
app.steps["worker"].add(DjangoStructLogInitStep)


@setup_logging.connect
def log_like_the_web(**_kwargs: Any) -> None:
    """Celery's own set-up is left out when this is connected: one format everywhere."""
    logging.config.dictConfig(settings.LOGGING)
