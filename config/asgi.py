"""The ASGI entry point that uvicorn serves."""

import gc
import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Full collections pause every open stream: make them rare (docs/decisions/live.md).
gc.set_threshold(50_000, 20, 100)
application = get_asgi_application()
