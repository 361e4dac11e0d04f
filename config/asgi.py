"""The ASGI entry point that uvicorn serves."""

import gc
import os
from typing import cast

from asgiref.typing import ASGI3Application
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# Full collections pause every open stream: make them rare (docs/decisions/live.md).
gc.set_threshold(50_000, 20, 100)
_django = cast(ASGI3Application, get_asgi_application())  # its own types are looser

from challenges.boards.beside import with_boards  # noqa: E402 - as below
from people.stream import with_streams  # noqa: E402 - needs the apps that the line above loads

application = with_streams(with_boards(_django))
