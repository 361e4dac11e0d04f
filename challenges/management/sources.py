"""Files that the commands were given, as sources for the pure engine."""

from pathlib import Path

from challenges.calc.run import Source
from common.commands import text_of_file
from kernel.issues import Invalid


def source_of(name: str) -> Source:
    """The file as a source; one that cannot be read is a source without a text, so that what is
    wrong in the others is told together with it."""
    try:
        return Source(text_of_file(name), Path(name).name)
    except Invalid as invalid:
        return Source("", Path(name).name, invalid.issues)
