"""What only several payees, or several periods, of the inputs tell together."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from incentives.calc.facts import Payee
from incentives.calc.parts import Parts
from incentives.calc.reader import Reader
from kernel.documents import joined
from kernel.issues import N_

Placed = Sequence[tuple[str, Payee]]


def check_circles(reader: Reader, people: Placed) -> None:
    """An error for each circle of managers, at the first payee of it."""
    managers = {payee.id: payee.manager for _, payee in people}
    told: set[str] = set()
    for path, payee in people:
        circle, above = [payee.id], payee.manager
        while above is not None and above not in circle:
            circle.append(above)
            above = managers.get(above)
        if above == payee.id and payee.id not in told:
            told.update(circle)
            reader.error(
                joined(path, "manager"),
                "inputs.manager_circle",
                N_("{payee} is, through others, their own manager."),
                N_("Correct the managers."),
                payee=payee.id,
            )


def check_managers(parts: Parts, known: Iterable[str]) -> None:
    """A warning for each manager who is no payee: no measure of a team can be theirs."""
    people = sorted(set(known))
    seen = set(people)
    for path, manager in parts.managers:
        if manager in seen:
            continue
        seen.add(manager)
        near = get_close_matches(manager, people, n=1, cutoff=0.6)
        parts.reader.warning(
            path,
            "inputs.unknown_manager",
            N_("Nobody among the payees has the id {word} of this manager."),
            N_("Did you mean {closest}?")
            if near
            else N_("Give the manager as a payee too, if a measure of the plan is of the team."),
            word=manager,
            closest=(near or [""])[0],
        )


def check_repeats(reader: Reader, periods: Iterable[tuple[str, Any]]) -> None:
    """A warning for each deal that a payee is given once more, in the order of the periods.

    A negative amount is told as what it is, a correction, and is no repeat.
    """
    seen: dict[tuple[str, str], str] = {}
    for period_path, body in periods:
        name = str(body.get("period")) if isinstance(body, dict) else ""
        fresh: dict[tuple[str, str], str] = {}
        for payee_path, payee in _rows(body, "payees", period_path):
            who = str(payee.get("id"))
            for _, item in _rows(payee, "open", payee_path):
                seen.setdefault((who, str(item.get("credit"))), "open")
            for path, credit in _rows(payee, "credits", payee_path):
                key = (who, str(credit.get("id")))
                fresh[key] = name
                if key in seen and not _is_negative(credit):
                    _repeated(reader, path, key, seen[key])
        seen = {**fresh, **seen}


def _rows(body: Any, key: str, path: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The blocks of a list, with their places; what is no list of blocks is reported elsewhere."""
    found = body.get(key) if isinstance(body, dict) else None
    for number, row in enumerate(found if isinstance(found, list) else ()):
        if isinstance(row, dict):
            yield joined(joined(path, key), number), row


def _is_negative(credit: Mapping[str, Any]) -> bool:
    stated = credit.get("amount") or credit.get("amount_minor") or ""
    return str(stated).strip().startswith(("-", "−"))


def _repeated(reader: Reader, path: str, key: tuple[str, str], before: str) -> None:
    payee, credit = key
    message = (
        N_("{payee}: the deal {credit} is already open from an earlier period; it earns again.")
        if before == "open"
        else N_("{payee}: the deal {credit} was already given in {period}; it earns again.")
    )
    reader.warning(
        joined(path, "id"),
        "inputs.credit_again",
        message,
        N_("Give a deal once, in the period in which it counts; state the rest as `events`."),
        payee=payee,
        credit=credit,
        period=before,
    )
