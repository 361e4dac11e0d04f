"""Who gets which answer at each address: one module per room, one row per url name.

A room adds `tests/rights/<room>.py` with `PAGES: dict[str, Row]`. `tests/test_every_page.py` asks
every address as everybody, and fails when an address of ours has no row here.

    PAGES = {
        "people:list": only("admin", "hr"),
        "people:person": only("admin", "hr", kwargs=lambda w: {"person_id": w.people["omar"].pk}),
        "people:invite": only("admin", status=405, kwargs=...),   # POST only: GET must be refused
    }
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from tests.world import WHO, World

Kwargs = Callable[[World], Mapping[str, object]]


def no_kwargs(world: World) -> Mapping[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Row:
    """The status for each kind of viewer, `stranger` (not signed in) among them."""

    statuses: Mapping[str, int]
    kwargs: Kwargs = no_kwargs
    query: str = ""
    method: str = "get"


def only(
    *kinds: str,
    status: int = 200,
    stranger: int = 302,
    kwargs: Kwargs = no_kwargs,
    query: str = "",
    method: str = "get",
) -> Row:
    """`status` for these kinds, 404 for the other signed-in ones, a redirect for strangers."""
    unknown = set(kinds) - set(WHO)
    if unknown:
        raise ValueError(f"no such viewers: {unknown}")
    statuses = {who: status if who in kinds else 404 for who in WHO}
    return Row({**statuses, "stranger": stranger}, kwargs, query, method)


def everyone(
    status: int = 200,
    stranger: int = 302,
    kwargs: Kwargs = no_kwargs,
    query: str = "",
    method: str = "get",
) -> Row:
    """The same answer for all who are signed in."""
    return only(*WHO, status=status, stranger=stranger, kwargs=kwargs, query=query, method=method)


def table() -> dict[str, Row]:
    """All rows of all rooms."""
    rows: dict[str, Row] = {}
    for module in iter_modules(__path__):
        for name, row in import_module(f"{__name__}.{module.name}").PAGES.items():
            if name in rows:
                raise ValueError(f"two rows for {name}")
            rows[name] = row
    return rows
