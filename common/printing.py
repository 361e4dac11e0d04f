"""PDFs from Typst templates.

What varies goes into the document as JSON data, which Typst sets as text; nothing is ever put
together as markup. The bytes follow from the data alone: no date, no random id, and only the fonts
that the library brings.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import typst


def compiled(template: Path, data: Mapping[str, object]) -> bytes:
    """A PDF of one of our templates with `data` (texts, numbers, lists, objects).

    It keeps to PDF/UA-1, which screen readers need; Typst refuses a document that does not.
    """
    made = typst.compile(
        template,
        root=template.parent,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, default=str)},
        ignore_system_fonts=True,
        pdf_standards="ua-1",
    )
    if not isinstance(made, bytes):
        raise TypeError("a document without output path is one piece of bytes")
    return made
