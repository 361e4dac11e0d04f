"""What people write about KPIs; the services decide whether it holds."""

from kpis.queries import Catalogue

Choices = list[tuple[str, str]]


def kpi_choices(known: Catalogue) -> Choices:
    """KPIs by the name that the reader knows."""
    return [(info.key, info.name) for info in known.kpis.values()]
