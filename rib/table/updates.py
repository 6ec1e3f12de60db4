"""`Updates`: what peers announced and withdrew, and when their sessions changed, as Arrow tables."""

import html
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rib.table.arrays import to_frame
from rib.table.labels import label_changes
from rib.table.receipt import LoadReceipt

__all__ = ["Updates"]


class Updates:
    """Changes of routes and sessions in order of arrival, immutable.

    Parameters
    ----------
    tables : dict of str to pyarrow.Table
        ``changes``, ``prefixes``, ``as_paths``, ``attributes``, ``peers`` with the columns of
        docs/schema.md. Use `rib.read_updates`, not this constructor.
    receipt : LoadReceipt
        What the load read and lost.

    Notes
    -----
    Safe to share between threads.

    Examples
    --------
    >>> import rib
    >>> updates = rib.read_updates("data/sample-mrt/updates.20250117.0000.mrt.gz")
    >>> updates.receipt.ok
    True
    >>> updates.changes.num_rows
    2516
    """

    def __init__(self, tables: dict[str, pa.Table], receipt: LoadReceipt) -> None:
        self._tables = {name: table.combine_chunks() for name, table in tables.items()}
        self._receipt = receipt

    @property
    def changes(self) -> pa.Table:
        """Changes as ids, in order of arrival (docs/schema.md)."""
        return self._tables["changes"]

    @property
    def prefixes(self) -> pa.Table:
        """Distinct prefixes, sorted by family, network, length (docs/schema.md)."""
        return self._tables["prefixes"]

    @property
    def as_paths(self) -> pa.Table:
        """Distinct AS paths with origin, upstream and length (docs/schema.md)."""
        return self._tables["as_paths"]

    @property
    def attributes(self) -> pa.Table:
        """Distinct attribute sets, AS path apart (docs/schema.md)."""
        return self._tables["attributes"]

    @property
    def peers(self) -> pa.Table:
        """Peers in order of first appearance (docs/schema.md).

        ``record_type`` is ``BGP4MP``, ``BGP4MP_ET`` (with microseconds) or ``BGP`` (MRT type 5); with
        ``_LOCAL`` after it for what was sent to the peer instead of received from it.
        """
        return self._tables["peers"]

    @property
    def receipt(self) -> LoadReceipt:
        """What the load read, kept and lost."""
        return self._receipt

    @property
    def n_changes(self) -> int:
        """Number of announcements, withdrawals and changes of state."""
        return int(self.changes.num_rows)

    @property
    def nbytes(self) -> int:
        """Bytes of the five tables in memory."""
        return sum(int(table.nbytes) for table in self._tables.values())

    def to_arrow(self) -> pa.Table:
        """Give one row per change, ids replaced by dictionary-encoded labels.

        Returns
        -------
        pyarrow.Table
            ``time``, ``message``, ``kind``, ``prefix``, ``family``, ``collector``, ``peer_as``,
            ``peer_ip``, ``record_type``, ``add_path_id``, ``as_path``, ``origin_as``,
            ``upstream_as``, ``path_length``, ``old_state``, ``new_state`` and the columns of
            `attributes`; in the order of `changes`.
        """
        return label_changes(self._tables)

    def to_pandas(self) -> pd.DataFrame:
        """Give `to_arrow` as a DataFrame with Arrow-backed columns and categorical labels."""
        return to_frame(self.to_arrow())

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        """Give the changes with labels to any Arrow consumer (Polars, DuckDB, …)."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def _summary(self) -> dict[str, str]:
        counts = {
            c["values"]: c["counts"] for c in self.changes.column("kind").value_counts().to_pylist()
        }
        span = "no changes"
        if self.n_changes:
            bounds = pc.min_max(self.changes.column("time"))
            first, last = (
                datetime.fromtimestamp(bounds[k].value // 1_000_000, UTC) for k in ("min", "max")
            )
            span = f"{first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC"
        collectors = sorted(set(self.peers.column("collector").to_pylist()) - {""})
        problems = self._receipt.issues.num_rows
        quirks = ", ".join(f"{n:,} {name}" for name, n in sorted(self._receipt.quirks.items()))
        messages = ", ".join(f"{n:,} {name}" for name, n in self._receipt.messages.items())
        return {
            "time": span,
            "collectors": ", ".join(collectors) or "not named",
            "peers": f"{self.peers.num_rows:,}",
            "messages": messages or "none",
            "announced": f"{counts.get('announce', 0):,}",
            "withdrawn": f"{counts.get('withdraw', 0):,}",
            "state changes": f"{counts.get('state', 0):,}",
            "prefixes": f"{self.prefixes.num_rows:,} distinct",
            "memory": f"{self.nbytes / 1e6:,.1f} MB",
            "issues": "none" if self._receipt.ok else f"{problems:,} (see .receipt)",
            **({"quirks": quirks} if quirks else {}),
        }

    def __repr__(self) -> str:
        lines = self._summary()
        width = max(map(len, lines))
        return "\n".join(["<Updates", *(f"  {k:<{width}}  {v}" for k, v in lines.items()), ">"])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th style="text-align:left">{html.escape(k)}</th>'
            f'<td style="text-align:left">{html.escape(v)}</td></tr>'
            for k, v in self._summary().items()
        )
        return f"<table><caption>Updates</caption><tbody>{rows}</tbody></table>"
