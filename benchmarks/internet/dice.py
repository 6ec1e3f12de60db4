"""Reproducible random choices.

Only `random.Random.random` is used: Python promises the same sequence for the same seed for that method
alone, and the sample data must come out byte for byte equal on every version and machine.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A source of choices for one named part of the generator; parts do not disturb each other."""

    def __init__(self, seed: int, part: str) -> None:
        self._random = random.Random(f"{seed}/{part}").random

    def chance(self, probability: float) -> bool:
        """Return True with this probability."""
        return self._random() < probability

    def below(self, limit: int) -> int:
        """Return an integer in [0, limit)."""
        return int(self._random() * limit)

    def between(self, low: int, high: int) -> int:
        """Return an integer in [low, high]."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[self.below(len(items))]

    def weighted(self, items: Sequence[T], weights: Sequence[float]) -> T:
        """Return one of the items, in proportion to the weights."""
        left = self._random() * sum(weights)
        for item, weight in zip(items, weights, strict=True):
            left -= weight
            if left < 0:
                return item
        return items[-1]

    def sample(self, items: Sequence[T], n: int) -> list[T]:
        """Return `n` different items (fewer when there are not so many), in random order."""
        pool = list(items)
        for i in range(min(n, len(pool))):
            j = i + self.below(len(pool) - i)
            pool[i], pool[j] = pool[j], pool[i]
        return pool[:n]
