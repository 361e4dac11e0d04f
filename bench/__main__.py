"""`python -m bench [NAME ...]`: all scenarios, or those named, on servers of their own.

The servers are as durable as those of `up`: every commit reaches the disk. A table is printed and
everything is written to bench/results/<moment>.json.
"""

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from redis import Redis

from bench.figures import Figure, Scale
from config import servers

HERE = Path(__file__).parent
# Quick ones first: a figure that is wrong shows early.
SCENARIOS = (
    "challenge",
    "large_challenge",
    "board_readers",
    "pay_run",
    "steering",
    "ingest",
    "post_to_board",
)


def main(arguments: Sequence[str]) -> int:
    """Run, print and write; 0 when every scenario came to its end."""
    options = _parser().parse_args(arguments)
    with servers.temporary(durable=True) as addresses:
        _set_environment(addresses)
        _set_up()
        return _run_all(options.names or SCENARIOS, Scale(quick=options.quick, full=options.full))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(SCENARIOS))
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--quick", action="store_true", help="a hundredth of the size: does it run")
    sizes.add_argument("--full", action="store_true", help="the largest sizes too")
    return parser


def _set_environment(addresses: servers.Addresses) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": addresses.database_url,
        "REDIS_URL": addresses.redis_url,
        "SECRET_KEY": "only-for-this-bench-" + "x" * 40,
        "BEHIND_TLS": "0",
        "LANGUAGE_CODE": "en",
        "LOG_LEVEL": "ERROR",
        "MAILLOT_EMBEDDED": "0",
    }


def _set_up() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    from kpis.services import load_dictionary

    load_dictionary(actor=None)


def _run_all(names: Iterable[str], scale: Scale) -> int:
    from bench import machine

    facts = machine.facts()
    print(f"{facts['cpu']}, {facts['cores']} cores, load {facts['load_before']}, {facts['commit']}")
    if machine.is_busy():
        print("This machine is busy with other work: trust the ratios, not the times.")
    found: dict[str, Any] = {}
    failed = False
    for name in names:
        print(f"\n{name}")
        began = time.monotonic()
        try:
            figures = [_printed(figure) for figure in _figures(name, scale)]
        except Exception as problem:  # noqa: BLE001 - the other scenarios are still worth running
            failed = True
            print(f"  failed: {type(problem).__name__}: {problem}", file=sys.stderr)
            found[name] = {"failed": str(problem)}
            continue
        found[name] = {
            "seconds": round(time.monotonic() - began, 1),
            "figures": [figure.as_json() for figure in figures],
        }
    facts["load_after"] = machine.load()
    _write({"machine": facts, "quick": scale.quick, "full": scale.full, "scenarios": found})
    return int(failed)


def _figures(name: str, scale: Scale) -> Iterable[Figure]:
    from bench import data

    # ids begin again with each scenario: nothing that is kept by them may be left
    Redis.from_url(os.environ["REDIS_URL"]).flushall()
    scenario = importlib.import_module(f"bench.scenarios.{name}")
    data.clear()
    figures: Iterable[Figure] = scenario.run(scale)
    return figures


def _printed(figure: Figure) -> Figure:
    print(figure.line(), flush=True)
    return figure


def _write(content: dict[str, object]) -> None:
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    path = results / f"{datetime.now(UTC):%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(content, indent=1) + "\n")
    print(f"\n{path.relative_to(HERE.parent)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
