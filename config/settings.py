"""Configuration from the environment, parsed strictly; see the table in README.md."""

import logging
import sys
from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from kombu import Exchange, Queue

from config import environment, laptop, logs

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = environment.flag("DEBUG", default=False)
# Where the embedded servers keep their data, and the generated secret of a laptop start.
DATA_DIR = laptop.data_directory()

SECRET_KEY = environment.required(
    "SECRET_KEY", "Set it to a long random text, or start with `make demo`, which makes one."
)
_DATABASE_REMEDY = (
    "Set it to postgres://user:password@host/name, or start with `make demo`, "
    "which brings its own server."
)
DATABASE_URL = environment.required("DATABASE_URL", _DATABASE_REMEDY)
REDIS_URL = environment.redis(
    "REDIS_URL",
    "Set it to redis://host:6379/0, or start with `make demo`, which brings its own server.",
)
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
# Keys of before: they still open what they have sealed or signed, and seal nothing.
SECRET_KEY_FALLBACKS = environment.words("SECRET_KEY_FALLBACKS", default=[])
# Where people reach the product: the address in mails.
SITE_URL = environment.text("SITE_URL", "http://localhost:8000")
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS", default=[])
# Behind TLS (production): secure cookies, HSTS, redirect. `make demo` turns it off on loopback.
BEHIND_TLS = environment.flag("BEHIND_TLS", default=True)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "lucide",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "allauth",
    "allauth.account",
    "axes",
    "csp",
    "django_celery_beat",
    "django_structlog",
    "common",
    "people",
    "activities",
    "kpis",
    "challenges",
    "incentives",
    "cockpit",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "common.memo.RememberWhileReading",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "people.middleware.UserLanguage",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "cockpit.context.shell",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "common.templatetags.figures",
            ],
        },
    }
]

# A component sees its own parameters and the context processors, never its caller's variables.
COTTON_ISOLATE_BY_DEFAULT = True

_database = environment.database("DATABASE_URL", _DATABASE_REMEDY)
# What the address asks for (sslmode) stays beside the pool.
_database["OPTIONS"] = {
    **_database.get("OPTIONS", {}),
    "pool": {"min_size": 1, "max_size": 8, "timeout": 20},
}
DATABASES = {"default": {**_database, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "maillot",
    },
    # the same keys, for what can be made anew: nobody waits long for it (common/shared.py)
    "quick": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "maillot",
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    },
}

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
ACCOUNT_ADAPTER = "people.accounts.ClosedSignup"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
# Guessing at one sign-in is locked by axes; allauth's own lock would let anybody lock out others.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip"}
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
AXES_FAILURE_LIMIT = environment.whole("SIGN_IN_FAILURE_LIMIT", 8, least=1)
AXES_COOLOFF_TIME = 1
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_USERNAME_CALLABLE = "people.accounts.tried_address"

LANGUAGE_CODE = environment.text("LANGUAGE_CODE", "fr", among=("fr", "en"))
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
# Each room has its own catalogue. Named here, not found by their apps, they win over the words of
# other packages.
LOCALE_PATHS = sorted(BASE_DIR.glob("*/locale"))
USE_I18N = True
USE_TZ = True
TIME_ZONE = environment.time_zone("TIME_ZONE", "Europe/Paris")

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 20 * 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_HSTS_SECONDS = 31_536_000 if BEHIND_TLS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = BEHIND_TLS
# Probes of a load balancer come over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_TLS else None
SESSION_COOKIE_HTTPONLY = True
DEFAULT_FROM_EMAIL = environment.text("EMAIL_FROM", "maillot@localhost")
# a mail server that does not answer holds no worker
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
vars().update(environment.email("EMAIL_URL"))

CELERY_BROKER_URL = (
    "redis+socket://" + REDIS_URL.removeprefix("unix://")
    if REDIS_URL.startswith("unix://")
    else REDIS_URL
)
# Boards wait for the queue `live` only; imports and pay runs have their own.
# Each with an exchange of its own: a shared one would put every message into both.
CELERY_TASK_QUEUES = tuple(
    Queue(name, Exchange(name), routing_key=name) for name in ("live", "jobs")
)
CELERY_TASK_DEFAULT_QUEUE = "jobs"
CELERY_TASK_ROUTES = {
    name: {"queue": "live"}
    for name in (
        "kpis.recompute_touched",
        "kpis.sweep",
        "challenges.rescore_people",
        "challenges.score_news",
        "challenges.wake",
        "challenges.advance",
    )
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "sweep-touched-days": {"task": "kpis.sweep", "schedule": 20.0},
    "fill-cells": {"task": "kpis.fill_cells", "schedule": 60.0},
    "check-moved": {"task": "kpis.check_moved", "schedule": 20.0},
    "check-alerts": {"task": "kpis.check_alerts", "schedule": 900.0},
    "deliver-alerts": {"task": "kpis.deliver_alerts", "schedule": 60.0},
    "sweep-challenges": {"task": "challenges.sweep", "schedule": 60.0},
    "sweep-badges": {"task": "challenges.sweep_badges", "schedule": 120.0},
    "wake-challenges": {"task": "challenges.wake", "schedule": 30.0},
    "post-points": {"task": "challenges.post_points", "schedule": 60.0},
    "tell-feed": {"task": "challenges.tell_feed", "schedule": 60.0},
    "wake-duels": {"task": "challenges.wake_duels", "schedule": 60.0},
    "resume-pay-runs": {"task": "incentives.resume_runs", "schedule": 60.0},
    "make-forecasts": {"task": "kpis.forecast", "schedule": 3_600.0},
    "remind-reviews": {"task": "cockpit.remind_reviews", "schedule": 300.0},
    "lapse-objectives": {"task": "kpis.lapse_objectives", "schedule": 3600.0},
    "verify-cells": {"task": "kpis.verify", "schedule": 86_400.0},
    "verify-boards": {"task": "challenges.verify", "schedule": 86_400.0},
}

# The words of a command are its own: only warnings come between them.
_is_command = Path(sys.argv[0]).name == "manage.py"
LOGGING = logs.settings(
    level=environment.text("LOG_LEVEL", "WARNING" if _is_command else "INFO", among=logs.LEVELS),
    form=environment.text("LOG_FORMAT", "json" if BEHIND_TLS else "text", among=logs.FORMATS),
)
DJANGO_STRUCTLOG_CELERY_ENABLED = True
# Celery says itself how each job ended; failures keep their level.
DJANGO_STRUCTLOG_CELERY_DEFAULT_LOG_LEVEL = logging.DEBUG
# One line per request, when it ends; addresses of people stay out of it.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = environment.flag("LOG_IP_ADDRESSES", default=False)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["activities.api_keys.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["activities.api_keys.HasScope"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Maillot",
    "DESCRIPTION": "Send what happened; read what it is worth.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
}
