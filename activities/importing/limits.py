"""What a file may cost us."""

import os
from dataclasses import dataclass

from kernel.issues import N_, Invalid, Place, error


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may cost us, from the environment."""

    file_bytes: int = 20 * 1024 * 1024
    unpacked_bytes: int = 150 * 1024 * 1024
    rows: int = 200_000
    columns: int = 200


def limits() -> Limits:
    """The limits of this installation: IMPORT_MAX_FILE_MB, _UNPACKED_MB, _ROWS."""
    megabyte = 1024 * 1024
    return Limits(
        file_bytes=int(os.environ.get("IMPORT_MAX_FILE_MB", 20)) * megabyte,
        unpacked_bytes=int(os.environ.get("IMPORT_MAX_UNPACKED_MB", 150)) * megabyte,
        rows=int(os.environ.get("IMPORT_MAX_ROWS", 200_000)),
    )


def check_size(number: int, width: int, allowed: Limits, place: Place) -> None:
    if number > allowed.rows + 1 or width > allowed.columns:
        raise Invalid(
            error(
                "too_many_rows",
                N_("The file has more than {rows} rows or {columns} columns."),
                N_("Cut it into several files."),
                place,
                rows=allowed.rows,
                columns=allowed.columns,
            )
        )
