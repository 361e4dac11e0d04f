#!/usr/bin/env python
"""Run a management command: `python manage.py help` lists them."""

import os
import sys


def main() -> None:
    """Run the command with what settings require: given servers, else those of `var`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config.laptop import provide
    from config.servers import ServersError, remedy_of

    try:
        with provide(sys.argv[1] if len(sys.argv) > 1 else "help"):
            from django.core.management import execute_from_command_line

            execute_from_command_line(sys.argv)
    except ServersError as problem:
        sys.exit(str(problem))
    except Exception as problem:
        remedy = remedy_of(problem)
        if remedy is None:
            raise
        sys.exit(remedy)


if __name__ == "__main__":
    main()
