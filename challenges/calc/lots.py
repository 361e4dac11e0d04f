"""Drawing lots so that anyone can draw them again."""

from hashlib import sha256


def draw(seed: str, entrant: str) -> int:
    """A lot that anyone can draw again: SHA-256 of seed, line feed, entrant; highest first."""
    return int.from_bytes(sha256(f"{seed}\n{entrant}".encode()).digest())
