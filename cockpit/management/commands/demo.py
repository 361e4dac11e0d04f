"""`demo`: load the demo company into an empty database, or stream live activity into it."""

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cockpit.demo.loading import load_demo, sign_ins
from cockpit.demo.pulse import beat
from common.issues import text_of
from kernel.issues import Invalid

__all__ = ["Command", "sign_ins"]


class Command(BaseCommand):
    """Load the demo company (into an empty database only), or let it live."""

    help = "Load the invented demo company into an empty database, or let it live with --pulse."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pulse", action="store_true", help="record activity until stopped")
        parser.add_argument("--every", type=float, default=2.0, help="seconds between two records")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._pulse(options["every"]) if options["pulse"] else self._load()
        except Invalid as problem:
            raise CommandError("\n".join(text_of(issue) for issue in problem.issues)) from problem

    def _load(self) -> None:
        started = time.monotonic()
        load_demo(now=timezone.now(), tell=lambda text: self.stdout.write(f"  {text}"))
        self.stdout.write(f"  loaded in {time.monotonic() - started:.0f} s")

    def _pulse(self, every: float) -> None:
        self.stdout.write("Live activity until Ctrl-C.")
        for number in range(1_000_000):
            self.stdout.write(f"  {beat(timezone.now(), number)}")
            time.sleep(every)
