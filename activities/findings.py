"""What is found wrong with one row, collected until all of it is known."""

from dataclasses import dataclass, field
from typing import TypeVar

from kernel.issues import Issue, Level, Place

Found = TypeVar("Found")


@dataclass(slots=True)
class Findings:
    """Collects the issues of one row; fields that are `unread` are told about already."""

    place: Place
    unread: frozenset[str] = frozenset()
    issues: list[Issue] = field(default_factory=list)

    def keep(self, found: Found | Issue) -> Found | None:
        """`found`, or None when it is an issue, which is kept."""
        if isinstance(found, Issue):
            self.issues.append(found)
            return None
        return found

    def at(self, path: str) -> Place:
        """The place of one field of the row."""
        return self.place.under(path)

    @property
    def stop(self) -> bool:
        return bool(self.unread) or any(issue.level is Level.ERROR for issue in self.issues)
