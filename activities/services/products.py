"""What is sold: names, series and list prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.db import transaction

from activities.contents import minor_units
from activities.findings import Findings
from activities.inputs import RowResult, Status
from activities.models import ImportBatch, Product
from activities.references import folded
from common import audit
from common.locks import transaction_lock
from kernel.issues import NOWHERE, Place
from people import queries as people
from people.models import User

Terms = tuple[str, str, int | None]
"""Name, series, list price in minor units."""


@dataclass(frozen=True, slots=True)
class ProductInput:
    """One product; the key is the name when it has none of its own. An empty value keeps.

    `unread` as in `ActivityInput`.
    """

    name: str
    key: str = ""
    series: str = ""
    list_price: Fraction | None = None
    place: Place = NOWHERE
    unread: frozenset[str] = frozenset()


def known_products() -> list[str]:
    """The names and keys of all products, each once."""
    names: dict[str, None] = {}
    for key, name in Product.objects.order_by("id").values_list("key", "name"):
        names.setdefault(name)
        names.setdefault(key)
    return list(names)


@transaction.atomic
def load_products(
    *, actor: User | None, rows: Sequence[ProductInput], batch: ImportBatch | None = None
) -> list[RowResult]:
    """Make or bring up to date; prices are in the company's currency. The same again: unchanged.

    What products were before is kept in the batch, so that it can be taken back.
    """
    transaction_lock("products")
    currency = people.company().currency
    known = {folded(product.key): product for product in Product.objects.order_by("id")}
    before: dict[int, Terms] = {}
    results: list[RowResult] = []
    for index, row in enumerate(rows):
        findings = Findings(row.place, row.unread)
        price = minor_units(row.list_price, currency, currency, findings, "list_price")
        status = Status.REJECTED if findings.stop else _save(row, price, known, batch, before)
        results.append(RowResult(index, row.key or row.name, status, None, tuple(findings.issues)))
    changed = sum(result.status in (Status.CREATED, Status.CORRECTED) for result in results)
    if before and batch is not None:
        now = {product.pk: list(_terms(product)) for product in known.values()}
        batch.replaced = {str(pk): {"was": list(was), "is": now[pk]} for pk, was in before.items()}
        batch.save(update_fields=["replaced"])
    if changed:
        audit.record(
            actor=actor,
            action="products.load",
            subject=batch or ("activities.product", "all"),
            after={"changed": changed},
        )
    return results


def _terms(product: Product) -> Terms:
    return product.name, product.series, product.list_price_minor


def _save(
    row: ProductInput,
    price: int | None,
    known: dict[str, Product],
    batch: ImportBatch | None,
    before: dict[int, Terms],
) -> Status:
    """Write one row; `before` gets what a product of earlier was."""
    key = row.key or row.name
    product = known.get(folded(key))
    if product is None:
        product = Product(key=key, name=row.name, series=row.series, batch=batch)
        product.list_price_minor = price
        product.save()
        known[folded(key)] = product
        return Status.CREATED
    was = _terms(product)
    product.name = row.name
    product.series = row.series or product.series
    product.list_price_minor = product.list_price_minor if price is None else price
    if was == _terms(product):
        return Status.UNCHANGED
    product.save(update_fields=["name", "series", "list_price_minor"])
    before.setdefault(product.pk, was)
    return Status.CORRECTED
