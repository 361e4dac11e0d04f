"""Two people who export at the same moment: one record, one file, and every line once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from incentives import services
from incentives.models import Export, ExportLine
from tests.incentives.conftest import make_pay
from tests.incentives.payroll.test_exporting import locked


@pytest.mark.django_db(transaction=True)
def test_two_exports_at_once_make_one_record() -> None:
    pay = locked(make_pay())
    gate = Barrier(2)

    def export(_: int) -> tuple[int, bytes]:
        try:
            gate.wait(timeout=10)
            record, file = services.export_period(
                actor=pay.hugo, period_id=pay.march.pk, template="neutral-csv"
            )
            return record.pk, file.content
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(export, range(2))
    assert one == other
    assert (Export.objects.count(), ExportLine.objects.count()) == (1, 2)
