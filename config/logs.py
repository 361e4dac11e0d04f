"""Structured logs: one line per event, with the id of the request or job that it belongs to."""

from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

FORMATS = ("json", "text")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# Probes come every few seconds and streams stay for hours: their lines say nothing.
_SILENT_PATHS = ("/live/", "/healthz", "/readyz")
_SILENT_EVENTS = frozenset({"streaming_started", "streaming_finished", "streaming_cancelled"})


def drop_noise(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Let a line of a probe or a stream go, unless the answer was an error."""
    _, _, path = str(event.get("request", "")).partition(" ")
    quiet = event.get("event") in _SILENT_EVENTS or path.startswith(_SILENT_PATHS)
    if quiet and int(event.get("code", 200)) < 500:
        raise structlog.DropEvent
    return event


def settings(level: str, form: str) -> dict[str, Any]:
    """The value of LOGGING; also sets structlog up, whose lines go the same way."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            drop_noise,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *_renderers(form),
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Their own handlers would repeat or bypass ours; access lines come from the requests.
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "uvicorn": {"handlers": [], "propagate": True},
            "uvicorn.error": {"handlers": [], "propagate": True},
            "uvicorn.access": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            # "received" only repeats what "succeeded" and "failed" say.
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }


def _renderers(form: str) -> list[structlog.typing.Processor]:
    if form == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    # A plain traceback: the rich one prints local variables, which hold people's pay.
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=plain)]
