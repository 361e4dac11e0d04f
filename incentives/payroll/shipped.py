"""The templates that come with the product, as YAML beside this file."""

from functools import cache
from pathlib import Path

HERE = Path(__file__).parent / "shipped"
SHIPPED = ("neutral-csv", "neutral-xlsx", "adp", "silae", "sage-100")


@cache
def shipped_documents() -> dict[str, str]:
    """The document of each shipped template by its key, in their order."""
    return {key: (HERE / f"{key}.yaml").read_text(encoding="utf-8") for key in SHIPPED}
