"""Customers: what they are called and which segment they are of, which no deal says."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from activities.findings import Findings
from activities.inputs import RowResult, Status
from activities.models import Account, ImportBatch
from activities.references import Accounts, folded
from common import audit
from common.locks import transaction_lock
from kernel.issues import N_, NOWHERE, Issue, Place, error, warning
from people.models import User

_CHUNK = 1000


@dataclass(frozen=True, slots=True)
class AccountInput:
    """One account, found by the `key` that deals and activities call it by, or else by its name.

    An empty value keeps what is known. `unread` as in `ActivityInput`.
    """

    key: str = ""
    name: str = ""
    segment: str = ""
    place: Place = NOWHERE
    unread: frozenset[str] = frozenset()


@transaction.atomic
def load_accounts(
    *, actor: User | None, rows: Sequence[AccountInput], batch: ImportBatch | None = None
) -> list[RowResult]:
    """Make or bring up to date. The same again: unchanged.

    What accounts were before is kept in the batch, so that it can be taken back.
    """
    transaction_lock("accounts")
    known = _Known()
    checked = [known.check(row) for row in rows]
    fresh = known.make([key for key, found in checked if not found.stop], batch)
    before: dict[int, tuple[str, str]] = {}
    results = []
    for index, (row, (key, found)) in enumerate(zip(rows, checked, strict=True)):
        status = Status.REJECTED
        if not found.stop:
            account = known.by_key[key]
            was = (account.name, account.segment)
            status = _bring_up_to_date(account, row, is_new=key in fresh)
            fresh.discard(key)
            if status is not Status.UNCHANGED:
                before.setdefault(account.pk, was)
        results.append(RowResult(index, key, status, None, tuple(found.issues)))
    if before:
        _keep(actor, [one for one in known.by_key.values() if one.pk in before], before, batch)
    return results


def _bring_up_to_date(account: Account, row: AccountInput, *, is_new: bool) -> Status:
    was = (account.name, account.segment)
    if row.key:  # without one, the name only says which account is meant
        account.name = row.name or account.name
    account.segment = row.segment or account.segment
    if is_new:
        return Status.CREATED
    return Status.UNCHANGED if was == (account.name, account.segment) else Status.CORRECTED


def _keep(
    actor: User | None,
    accounts: Sequence[Account],
    before: dict[int, tuple[str, str]],
    batch: ImportBatch | None,
) -> None:
    Account.objects.bulk_update(accounts, ["name", "segment"], batch_size=_CHUNK)
    if batch is not None:
        batch.replaced = {
            str(one.pk): {"was": list(before[one.pk]), "is": [one.name, one.segment]}
            for one in accounts
        }
        batch.save(update_fields=["replaced"])
    audit.record(
        actor=actor,
        action="accounts.load",
        subject=batch or ("activities.account", "all"),
        after={"changed": len(accounts)},
    )


class _Known:
    """All accounts, by key as deals call them, by name, and by how they are spelt."""

    def __init__(self) -> None:
        self.by_key: dict[str, Account] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._alike: dict[str, str] = {}
        for one in Account.objects.defer("batch").order_by("id"):
            self.by_key[one.external_id] = one
            self._by_name[one.name].append(one.external_id)
            self._alike.setdefault(folded(one.external_id), one.external_id)

    def check(self, row: AccountInput) -> tuple[str, Findings]:
        """The key of the account that a row is about, and what is wrong with the row."""
        found = Findings(row.place, row.unread)
        key = row.key or self._named(row, found)
        if not key and row.unread.isdisjoint(("key", "name")):
            found.issues.append(_nobody(found.at("key")))
        elif key and key not in self.by_key and folded(key) in self._alike:
            field = "key" if row.key else "name"
            found.issues.append(_looks_alike(key, self._alike[folded(key)], found.at(field)))
        return key, found

    def _named(self, row: AccountInput, found: Findings) -> str:
        if row.name in self.by_key:
            return row.name
        match self._by_name.get(row.name, []):
            case []:
                return row.name
            case [key]:
                return key
            case several:
                found.issues.append(_ambiguous(row.name, several, found.at("name")))
                return row.name

    def make(self, keys: Sequence[str], batch: ImportBatch | None) -> set[str]:
        """Make those that nobody knows, as if a deal had named them; their keys."""
        new = {key for key in keys if key not in self.by_key}
        made = Accounts(new, batch)
        for key in new:
            self.by_key[key] = Account(pk=made.find(key), external_id=key, name=key)
        return new


def _nobody(place: Place) -> Issue:
    return error(
        "missing_account",
        N_("The row does not say which account it is about."),
        N_("Fill its key, as deals and activities call it, or its name."),
        place,
    )


def _ambiguous(name: str, keys: Sequence[str], place: Place) -> Issue:
    return error(
        "ambiguous_account",
        N_('Several accounts are called "{found}": {keys}.'),
        N_("Give the key of the one that is meant."),
        place,
        found=name,
        keys=", ".join(sorted(keys)),
    )


def _looks_alike(key: str, known: str, place: Place) -> Issue:
    return warning(
        "account_looks_alike",
        N_('The account "{found}" is new, and looks like "{closest}".'),
        N_("If they are the same, write it as it is known; deals find it by exactly that."),
        place,
        found=key,
        closest=known,
    )
