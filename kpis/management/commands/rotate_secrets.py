"""`python manage.py rotate_secrets`: after a change of SECRET_KEY, before the old one goes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kpis.alerts.services import seal_webhooks_again


class Command(BaseCommand):
    help = (
        "Seal the addresses of webhooks under the present SECRET_KEY; afterwards"
        " SECRET_KEY_FALLBACKS can be emptied. Exit code 1 when one cannot be opened any more."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many, and which have to be entered anew."""
        done, lost = seal_webhooks_again()
        self.stdout.write(f"{done} sealed under the present key")
        if lost:
            names = ", ".join(lost)
            raise CommandError(f"no key opens the address of: {names}. Enter it anew.")
