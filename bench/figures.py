"""What a scenario measures, and how a time is taken."""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number; `unit` is ms, s, rows/s or x (a ratio within the same run)."""

    name: str
    value: float
    unit: str
    note: str = ""
    samples: tuple[float, ...] = field(default=(), repr=False)

    def as_json(self) -> dict[str, object]:
        """Plain data; numbers to six digits."""
        data = asdict(self)
        data["value"] = float(f"{self.value:.6g}")
        data["samples"] = [float(f"{one:.6g}") for one in self.samples]
        return data

    def line(self) -> str:
        """The row of the table."""
        return f"  {self.name:<58} {shown(self.value):>10} {self.unit:<7} {self.note}"


def shown(value: float) -> str:
    """Three significant digits, or all of a large number."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


@dataclass(frozen=True, slots=True)
class Scale:
    """How much: the full size, or a hundredth, with which nothing is shown but that it runs."""

    quick: bool = False
    full: bool = False
    """The largest sizes too, where a scenario has one that takes a quarter of an hour."""

    def of(self, full: int, least: int = 1) -> int:
        """The size to use where the full one is `full`."""
        return max(least, full // 100) if self.quick else full

    def times(self, full: int) -> int:
        """How often to repeat."""
        return min(full, 3) if self.quick else full


def timed(act: Callable[[], T]) -> tuple[float, T]:
    """Seconds of one call, and its result; the garbage of before is collected first."""
    gc.collect()
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def repeated(times: int, act: Callable[[], object]) -> list[float]:
    """Milliseconds of each call, after one that warms up."""
    act()
    return [timed(act)[0] * 1000 for _ in range(times)]


def quantile(samples: Sequence[float], part: float) -> float:
    """The value below which `part` of the samples lie (nearest rank)."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def spread(name: str, samples: Sequence[float], note: str = "") -> list[Figure]:
    """Median and 95th percentile of samples in ms."""
    count = f"of {len(samples)}"
    return [
        Figure(f"{name}, median", statistics.median(samples), "ms", note or count, tuple(samples)),
        Figure(f"{name}, p95", quantile(samples, 0.95), "ms", count),
    ]


def median(samples: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(samples)


def ratio(name: str, value: float, against: float, note: str = "") -> Figure:
    """How many times `against` a value is."""
    return Figure(name, value / against, "x", note)
