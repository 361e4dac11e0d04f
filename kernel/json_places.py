"""Where everything stands in a JSON text, which Python's reader does not tell."""

import json
import re
from bisect import bisect_right
from itertools import accumulate

from kernel import unreadable
from kernel.issues import Invalid, Issue
from kernel.paths import Mark, joined, placed

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


class JsonPlaces:
    """Finds where each value of a valid JSON text stands, and the keys that stand twice."""

    def __init__(self, text: str, file: str | None, first_line: int) -> None:
        self.file = file
        self.first_line = first_line
        self.tokens = _TOKEN.finditer(text)
        self.starts = list(accumulate((len(line) for line in text.split("\n")), _next, initial=0))
        self.marks: dict[str, Mark] = {}
        self.keys: dict[str, Mark] = {}
        self.issues: list[Issue] = []

    def find(self) -> None:
        """Fill `marks` and `keys`; Invalid when a key stands twice."""
        self._value(next(self.tokens), "")
        if self.issues:
            raise Invalid(self.issues)

    def _mark(self, token: re.Match[str]) -> Mark:
        line = bisect_right(self.starts, token.start())
        return line - 1 + self.first_line, token.start() - self.starts[line - 1] + 1

    def _value(self, token: re.Match[str], path: str) -> None:
        self.marks[path] = self._mark(token)
        match token[0]:
            case "{":
                self._members(path)
            case "[":
                self._items(path)

    def _items(self, path: str) -> None:
        number = 0
        for token in self.tokens:
            match token[0]:
                case "]":
                    return
                case ",":
                    number += 1
                case _:
                    self._value(token, joined(path, number))

    def _members(self, path: str) -> None:
        seen: set[str] = set()
        for token in self.tokens:
            if token[0] == "}":
                return
            if token[0] == ",":
                continue
            key = json.loads(token[0])
            inner = joined(path, key)
            if key in seen:
                place = placed(self.file, inner, self._mark(token))
                self.issues.append(unreadable.key_twice(place, key))
            seen.add(key)
            self.keys[inner] = self._mark(token)
            next(self.tokens)  # the colon
            self._value(next(self.tokens), inner)


def _next(start: int, length: int) -> int:
    return start + length + 1
