"""Evidence rows: what a finding is based on, in the form every result carries them."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

__all__ = ["EVIDENCE", "clamp"]

#: A list of {rule, value, weight, source, date}; the weights add up to the score.
EVIDENCE = pa.list_(
    pa.struct(
        [
            pa.field("rule", pa.utf8(), nullable=False),
            pa.field("value", pa.utf8(), nullable=False),
            pa.field("weight", pa.int16(), nullable=False),
            pa.field("source", pa.utf8(), nullable=False),
            pa.field("date", pa.utf8()),
        ]
    )
)


def clamp(evidence: Iterable[Mapping[str, Any]]) -> int:
    """Give the score of evidence: the sum of its weights, no less than 0, no more than 100."""
    return max(0, min(100, sum(int(row["weight"]) for row in evidence)))
