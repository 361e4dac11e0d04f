"""The file of a proof: a zip whose every byte follows from what it proves (docs/formats/proof.md).

Nothing in it is compressed, dated or left to the library, so the same statement gives the same
bytes for ever, and whoever reads a bundle can write it again and compare: what differs by a byte,
anywhere, is not a bundle.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from json import loads
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, LargeZipFile, ZipFile, ZipInfo

from kernel.issues import N_, Invalid, Issue, Place, error
from kernel.trace import to_bytes

FORMAT = "maillot-proof-1"
MANIFEST = "manifest.json"
README = "README.txt"
PLAN, INPUTS, RESULT = "plan.yaml", "inputs.json", "result.json"
FILES = (README, PLAN, INPUTS, RESULT)
NAMES = (MANIFEST, *FILES)
ADJUSTMENTS = "adjustments.json"
"""What people have added by hand; only in the proof of a statement that has such amounts."""
LARGEST = 256 * 1024 * 1024
"""Bytes of a whole bundle. Nothing in it is compressed, so nothing in it is larger either."""
_EARLIEST = (1980, 1, 1, 0, 0, 0)
# what the standard library raises for files that are no zip, or that lie about themselves
_UNREADABLE = (
    BadZipFile, LargeZipFile, struct.error, EOFError, OSError, NotImplementedError, RuntimeError,
    UnicodeDecodeError, ValueError, OverflowError, KeyError, IndexError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bundle:
    """The parts of a proof. `manifest` states the statement and the hash of each file."""

    manifest: Mapping[str, Any]
    files: Mapping[str, bytes]

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest, hexadecimal: it stands for the whole bundle."""
        return digest_of(self.manifest)


def readme() -> bytes:
    """How to check a bundle, in French and English. Part of the format: it never changes."""
    return (Path(__file__).parent / README).read_bytes()


def manifest_of(
    statement: Mapping[str, object],
    *,
    engine: str,
    plan: str,
    inputs: str,
    result: str,
    adjustments: str | None = None,
) -> dict[str, Any]:
    """The manifest from the hashes alone: the digest of a statement needs none of its documents.

    `statement` says which one it is (docs/formats/proof.md); the others are SHA-256 of the files.
    """
    hashes = {README: sha256(readme()).hexdigest(), PLAN: plan, INPUTS: inputs, RESULT: result}
    if adjustments is not None:
        hashes[ADJUSTMENTS] = adjustments
    return {"format": FORMAT, "engine": engine, "statement": dict(statement), "files": hashes}


def digest_of(manifest: Mapping[str, Any]) -> str:
    """The digest that is printed on a statement: SHA-256 of the manifest's bytes."""
    return sha256(to_bytes(manifest)).hexdigest()


def packed(bundle: Bundle) -> bytes:
    """The bytes of a bundle: the same ones each time, on every machine."""
    content = {MANIFEST: to_bytes(bundle.manifest), **bundle.files}
    target = BytesIO()
    with ZipFile(target, "w") as made:
        for name in (*NAMES, ADJUSTMENTS)[: len(content)]:
            made.writestr(_entry(name), content[name])
        made.comment = f"{FORMAT} {bundle.digest}".encode()
    return target.getvalue()


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _EARLIEST)
    entry.compress_type = ZIP_STORED
    entry.create_system, entry.create_version, entry.extract_version = 3, 20, 20
    entry.external_attr = 0o644 << 16
    return entry


def unpacked(data: bytes) -> Bundle:
    """The bundle that these bytes are; `Invalid` with the reason when they are none.

    Refuses what is too large, another list of files, a manifest that is not in its canonical
    form, and every byte (of names, dates, comments, gaps ...) that `packed` would not write.
    """
    if len(data) > LARGEST:
        raise Invalid(too_large(len(data)))
    content = _content(data)
    manifest = _manifest(content.pop(MANIFEST))
    bundle = Bundle(manifest, content)
    if packed(bundle) != data:
        raise Invalid(_altered())
    return bundle


def _content(data: bytes) -> dict[str, bytes]:
    try:
        with ZipFile(BytesIO(data)) as found:
            entries = found.infolist()
            names = tuple(entry.filename for entry in entries)
            if names not in (NAMES, (*NAMES, ADJUSTMENTS)):
                raise Invalid(_other_files(names))
            # a compressed entry could unfold without end; a bundle has none
            if any(entry.compress_type != ZIP_STORED for entry in entries):
                raise Invalid(_altered())
            return {entry.filename: found.read(entry) for entry in entries}
    except _UNREADABLE:
        raise Invalid(_not_a_bundle()) from None


def _manifest(content: bytes) -> Mapping[str, Any]:
    try:
        found = loads(content)
        if not isinstance(found, dict) or to_bytes(found) != content:
            raise Invalid(_altered(MANIFEST))
    except (ValueError, TypeError, RecursionError):
        raise Invalid(_altered(MANIFEST)) from None
    if found.get("format") != FORMAT:
        raise Invalid(_other_format(found.get("format")))
    return found


# --- what can be wrong -------------------------------------------------------------------------


def too_large(size: int) -> Issue:
    """A file that no proof of a statement can be."""
    return error(
        "proof.too_large",
        N_("The file has {size} bytes; a proof has at most {largest}."),
        N_("Ask for the proof again."),
        size=size,
        largest=LARGEST,
    )


def _not_a_bundle() -> Issue:
    return error(
        "proof.unreadable",
        N_("The file is not a proof, or it is damaged."),
        N_("Ask for the proof again, and check the file as it was handed over."),
    )


def _altered(name: str = "") -> Issue:
    return error(
        "proof.altered",
        N_("The file is not as it was written: something in it has been changed."),
        N_("Ask for the proof again, and check the file as it was handed over."),
        Place(file=name or None),
    )


def _other_files(names: tuple[str, ...]) -> Issue:
    return error(
        "proof.other_files",
        N_("The proof must hold {expected}; this one holds {found}."),
        N_("Ask for the proof again, and check the file as it was handed over."),
        expected=", ".join(NAMES),
        found=", ".join(names) or "-",
    )


def _other_format(found: object) -> Issue:
    return error(
        "proof.other_format",
        N_("The proof has the format {found}; this version of the product reads {known}."),
        N_("Check it with the version of the product that wrote it."),
        found=str(found),
        known=FORMAT,
    )
