"""A file of products that is taken back: what they were called and cost before holds again."""

import pytest

from activities.models import ImportBatch, Product
from activities.services import revert_batch
from kernel.issues import Invalid
from tests.activities.conftest import Crew
from tests.activities.test_importing import bring

NEW = "key,name,series,list price\nq-lock,Lock,Parts,20\nq-lamp,Lamp,,30.50\n"


def of_file() -> list[tuple[str, str, str, int | None]]:
    """(key, name, series, price in minor units) of the products of these tests."""
    rows = Product.objects.filter(key__startswith="q-").order_by("key")
    return list(rows.values_list("key", "name", "series", "list_price_minor"))


def batch_of(text: str) -> int:
    report = bring(text, "products")
    assert report.is_good
    return report.batch_id or 0


def test_names_series_and_prices_of_before_hold_again(crew: Crew) -> None:
    batch_of(NEW)
    before = of_file()
    assert before == [("q-lamp", "Lamp", "", 3050), ("q-lock", "Lock", "Parts", 2000)]
    changed = "q-lock,Big lock,Safety,25\nq-lamp,Lamp,,31\nq-bag,Bag,,5\n"
    batch = batch_of("key,name,series,list price\n" + changed)
    assert [row[3] for row in of_file()] == [500, 3100, 2500]
    revert_batch(actor=crew.admin, batch_id=batch)
    assert of_file() == before
    revert_batch(actor=crew.admin, batch_id=batch)
    assert of_file() == before


def test_a_product_that_was_changed_since_keeps_its_later_terms(crew: Crew) -> None:
    batch_of(NEW)
    first = batch_of("key,name,list price\nq-lock,Lock,25\n")
    second = batch_of("key,name,list price\nq-lock,Lock,28\n")
    before = of_file()
    with pytest.raises(Invalid) as refused:
        revert_batch(actor=crew.admin, batch_id=first)
    (issue,) = refused.value.issues
    assert (issue.code, dict(issue.params)["example"]) == ("changed_since_import", "q-lock")
    assert of_file() == before
    assert ImportBatch.objects.get(pk=first).state == ImportBatch.State.DONE
    revert_batch(actor=crew.admin, batch_id=second)
    revert_batch(actor=crew.admin, batch_id=first)
    assert of_file() == [("q-lamp", "Lamp", "", 3050), ("q-lock", "Lock", "Parts", 2000)]


@pytest.mark.parametrize("last", ["26", "25"])
def test_a_new_product_of_two_rows_leaves_nothing(crew: Crew, last: str) -> None:
    report = bring(f"key,name,list price\nq-lock,Lock,25\nq-lock,Lock,{last}\n", "products")
    # two prices at once are refused; the same told twice is one product
    assert report.is_good == (last == "25")
    assert of_file() == ([("q-lock", "Lock", "", 2500)] if report.is_good else [])
    if report.batch_id is not None:
        revert_batch(actor=crew.admin, batch_id=report.batch_id)
    assert of_file() == []


def test_an_import_of_before_that_kept_nothing_says_so(crew: Crew) -> None:
    batch_of(NEW)
    batch = batch_of("key,name,list price\nq-lock,Lock,25\n")
    ImportBatch.objects.filter(pk=batch).update(replaced={})
    before = of_file()
    with pytest.raises(Invalid) as refused:
        revert_batch(actor=crew.admin, batch_id=batch)
    assert [issue.code for issue in refused.value.issues] == ["products_not_kept"]
    assert of_file() == before
    assert ImportBatch.objects.get(pk=batch).state == ImportBatch.State.DONE
