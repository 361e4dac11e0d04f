"""From what a caller wrote to rows of the database: people, types, accounts, deals, products."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cached_property
from unicodedata import normalize

from activities.models import Account, ActivityType, Deal, ImportBatch, Product
from kernel.issues import N_, Issue, Place, error
from people import queries as people

_CHUNK = 5000


def folded(text: str) -> str:
    """How names are compared: case, spacing and the way to write an accent do not matter."""
    return " ".join(normalize("NFC", text).split()).casefold()


def closest(text: str, known: Iterable[str]) -> str:
    """The known name most like `text`, or nothing."""
    by_folded = {folded(name): name for name in known}
    found = get_close_matches(folded(text), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def unknown(
    kind: str, text: str, known: Iterable[str], place: Place, *, message: str, remedy: str
) -> Issue:
    """An issue about a name that nobody knows, with the closest known one.

    All the known names go along only when the remedy lists them: a caller that may write
    activities is not told who works here.
    """
    names = list(known)
    match = closest(text, names)
    if match:
        remedy = N_('Did you mean "{closest}"?')
    listed = {"known": ", ".join(names)} if "{known}" in remedy else {}
    return error(f"unknown_{kind}", message, remedy, place, found=text, closest=match, **listed)


class People:
    """Those whom the rows of one call mention, by number, e-mail or full name."""

    def __init__(self, mentioned: Iterable[str]) -> None:
        wanted = sorted({text for text in mentioned if text})
        self._by_number: dict[str, int] = {}
        for start in range(0, len(wanted), _CHUNK):
            self._by_number |= people.ids_by_number(wanted[start : start + _CHUNK])

    def find(self, text: str, place: Place) -> int | Issue:
        """The id of the person, or why it cannot be told."""
        found = self._by_number.get(text)
        return self._everybody.find(text, place) if found is None else found

    @cached_property
    def _everybody(self) -> "_Everybody":
        # most rows come with numbers as they are kept, and a company may have thousands of people
        return _Everybody()


class _Everybody:
    """Who works here, by number, e-mail or full name, however they are written."""

    def __init__(self) -> None:
        self._by_key: dict[str, int] = {}
        self._by_name: dict[str, list[tuple[int, str]]] = {}
        self._names: list[str] = []
        for one in people.directory():
            self._by_key[folded(one.number)] = one.person_id
            if one.email:
                self._by_key.setdefault(folded(one.email), one.person_id)
            self._by_name.setdefault(folded(one.name), []).append((one.person_id, one.number))
            self._names += [one.name, one.number]

    def find(self, text: str, place: Place) -> int | Issue:
        """The id of the person, or why it cannot be told."""
        key = folded(text)
        if key in self._by_key:
            return self._by_key[key]
        match self._by_name.get(key, []):
            case [(person_id, _)]:
                return person_id
            case []:
                return self._unknown(text, place)
            case several:
                return _ambiguous(text, [number for _, number in several], place)

    def _unknown(self, text: str, place: Place) -> Issue:
        return unknown(
            "person",
            text,
            self._names,
            place,
            message=N_('Nobody is known as "{found}".'),
            remedy=N_("Give the person's number, e-mail address or full name, or add the person."),
        )


def _ambiguous(text: str, numbers: list[str], place: Place) -> Issue:
    return error(
        "ambiguous_person",
        N_('Several people are called "{found}": numbers {numbers}.'),
        N_("Give the person's number or e-mail address."),
        place,
        found=text,
        numbers=", ".join(sorted(numbers)),
    )


class Types:
    """The kinds of activity and their attributes, by key or by a name that only one of them has."""

    def __init__(self) -> None:
        kinds = list(ActivityType.objects.order_by("id"))
        self.by_key: Mapping[str, ActivityType] = {kind.key: kind for kind in kinds}
        self._by_name: dict[str, set[str]] = {}
        for kind in kinds:
            for name in (kind.name_fr, kind.name_en):
                self._by_name.setdefault(folded(name), set()).add(kind.key)

    def find(self, text: str, place: Place) -> ActivityType | Issue:
        """The type of that key or name, or an issue that names the closest."""
        if text in self.by_key:
            return self.by_key[text]
        match list(self._by_name.get(folded(text), ())):
            case [key]:
                return self.by_key[key]
        return unknown(
            "type",
            text,
            self.by_key,
            place,
            message=N_('"{found}" is not a type of activity.'),
            remedy=N_("Known types: {known}."),
        )


class Accounts:
    """Customers by their id; one that is not known yet is made."""

    def __init__(self, mentioned: Iterable[str], batch: ImportBatch | None) -> None:
        wanted = sorted({text for text in mentioned if text})
        self._ids = _accounts(wanted)
        missing = [text for text in wanted if text not in self._ids]
        if missing:
            # sorted, and conflicts ignored: two writers of the same new account do not collide
            Account.objects.bulk_create(
                [Account(external_id=text, name=text, batch=batch) for text in missing],
                ignore_conflicts=True,
            )
            self._ids |= _accounts(missing)

    def find(self, text: str) -> int | None:
        return self._ids[text] if text else None


def _accounts(external_ids: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(external_ids), _CHUNK):
        rows = Account.objects.filter(external_id__in=external_ids[start : start + _CHUNK])
        found.update(rows.values_list("external_id", "id"))
    return found


class Products:
    """What is sold, by key or name; read when the first row mentions a product."""

    @cached_property
    def _known(self) -> list[tuple[int, str, str]]:
        return list(Product.objects.order_by("id").values_list("id", "key", "name"))

    @cached_property
    def _ids(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for id_, key, name in self._known:
            found.setdefault(folded(key), id_)
            found.setdefault(folded(name), id_)
        return found

    def find(self, text: str, place: Place) -> int | Issue | None:
        """The id, None for no product, or an issue that names the closest."""
        if not text:
            return None
        found = self._ids.get(folded(text))
        if found is not None:
            return found
        return unknown(
            "product",
            text,
            [name for _, _, name in self._known],
            place,
            message=N_('"{found}" is not a known product.'),
            remedy=N_("Add the product first, or correct its name."),
        )


def deal_ids(source: str, external_ids: Iterable[str]) -> dict[str, int]:
    """The deals of a source, by their id there."""
    wanted = sorted({text for text in external_ids if text})
    found: dict[str, int] = {}
    for start in range(0, len(wanted), _CHUNK):
        rows = Deal.objects.filter(source=source, external_id__in=wanted[start : start + _CHUNK])
        found.update(rows.values_list("external_id", "id"))
    return found
