"""What every registry object has: rows, where they are from, and what was left out."""

import dataclasses
import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from rib.registry.covering import PrefixRows

if TYPE_CHECKING:
    from rib._backend import core

__all__ = ["PrefixRegistry", "Registry"]


@dataclasses.dataclass(frozen=True, eq=False)
class Registry:
    """Rows of a registry with their date, and what the reader left out (`Ignored`)."""

    table: pa.Table
    date: dt.date | None = dataclasses.field(default=None, kw_only=True)
    ignored: dict[str, int] = dataclasses.field(default_factory=dict, kw_only=True)
    examples: tuple[str, ...] = dataclasses.field(default=(), kw_only=True)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __getstate__(self) -> dict[str, Any]:
        # What is derived is derived again; the native index does not pickle.
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}


class PrefixRegistry(Registry):
    """A registry whose rows are about prefixes."""

    @cached_property
    def rows(self) -> PrefixRows:
        """Distinct prefixes with their rows, built at first use."""
        return PrefixRows(self.table)

    @property
    def index(self) -> "core.PrefixIndex":
        """Longest-prefix match over the distinct prefixes."""
        return self.rows.index
