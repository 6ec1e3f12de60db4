"""`Rib`: one snapshot of routes as five Arrow tables, and the questions one asks it directly."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from rib._backend import core
from rib.table import applying, labels, mrt_file, selection
from rib.table.arrays import to_frame
from rib.table.networks import prefix_columns
from rib.table.peers import derive_peers
from rib.table.questions import Questions
from rib.table.receipt import LoadReceipt
from rib.table.store import parquet, rib_file
from rib.table.summary import summary_html, summary_text

__all__ = ["Rib"]


class Rib(Questions):
    """One snapshot of routes, immutable: what every source gives and every analysis takes.

    Parameters
    ----------
    tables : dict of str to pyarrow.Table
        ``routes``, ``prefixes``, ``as_paths``, ``attributes``, ``peers`` with the columns and sort
        orders of docs/schema.md. Use `rib.read_mrt`, not this constructor.
    receipt : LoadReceipt
        What the load read and lost.

    Notes
    -----
    Safe to share between threads. Lookups build the longest-prefix-match index at first use
    (O(prefixes)).

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> table.lookup("91.208.207.1").origin_as
    (213394,)
    """

    def __init__(self, tables: dict[str, pa.Table], receipt: LoadReceipt) -> None:
        tables = {name: table.combine_chunks() for name, table in tables.items()}
        self._routes = tables["routes"]
        self._prefixes = tables["prefixes"]
        self._as_paths = tables["as_paths"]
        self._attributes = tables["attributes"]
        self._listed_peers = tables["peers"]
        self._receipt = receipt

    # -- columns ---------------------------------------------------------------------------------

    @property
    def routes(self) -> pa.Table:
        """Routes as ids, sorted by prefix, peer, ADD-PATH id (docs/schema.md)."""
        return self._routes

    @property
    def prefixes(self) -> pa.Table:
        """Distinct prefixes, sorted by family, network, length (docs/schema.md)."""
        return self._prefixes

    @property
    def as_paths(self) -> pa.Table:
        """Distinct AS paths with origin, upstream and length (docs/schema.md)."""
        return self._as_paths

    @property
    def attributes(self) -> pa.Table:
        """Distinct attribute sets, AS path apart (docs/schema.md)."""
        return self._attributes

    @cached_property
    def peers(self) -> pa.Table:
        """Peers with their prefix counts and full-feed marks (docs/schema.md), counted at first use."""
        return derive_peers(self._listed_peers, self._routes, self._prefixes, self._as_paths)

    @property
    def receipt(self) -> LoadReceipt:
        """What the load read, kept and lost."""
        return self._receipt

    @property
    def n_routes(self) -> int:
        """Number of (prefix, peer, ADD-PATH id) entries."""
        return int(self._routes.num_rows)

    @property
    def n_prefixes(self) -> int:
        """Number of distinct prefixes, both families."""
        return int(self._prefixes.num_rows)

    @property
    def n_peers(self) -> int:
        """Number of peers listed, those without routes included."""
        return int(self._listed_peers.num_rows)

    @property
    def nbytes(self) -> int:
        """Bytes of the five tables in memory, the lookup index apart."""
        # Not `nbytes` of each: columns of nulls share their memory.
        return sum(
            int(t.get_total_buffer_size())
            for t in (
                self._routes,
                self._prefixes,
                self._as_paths,
                self._attributes,
                self.peers,
            )
        )

    @cached_property
    def path_features(self) -> pa.Table:
        """Preprocessed AS paths, row for row with `as_paths` (docs/schema.md)."""
        segments = self._as_paths.column("segments").combine_chunks()
        return core.path_features(
            self._as_paths.column("hops").combine_chunks(), segments
        ).combine_chunks()

    @cached_property
    def index(self) -> "core.PrefixIndex":
        """Longest-prefix-match index of `prefixes`, built at first use."""
        return core.PrefixIndex(*prefix_columns(self._prefixes))

    # -- whole tables ----------------------------------------------------------------------------

    @staticmethod
    def _made_of(tables: dict[str, pa.Table], receipt: LoadReceipt) -> "Rib":
        """Give a table in memory, whatever kind this one is."""
        return Rib(tables, receipt)

    def _tables(self) -> dict[str, pa.Table]:
        """Give the tables as the constructor takes them: peers without what `peers` counts."""
        return {
            "routes": self._routes,
            "prefixes": self._prefixes,
            "as_paths": self._as_paths,
            "attributes": self._attributes,
            "peers": self._listed_peers,
        }

    def select(
        self,
        *,
        family: Literal[4, 6] | None = None,
        peers: Iterable[int | str] | None = None,
        origin_as: Iterable[int] | None = None,
        prefixes: Iterable[str] | None = None,
    ) -> "Rib":
        """Give a smaller `Rib` with the routes that pass every condition.

        Parameters
        ----------
        family : {4, 6}, optional
            Address family.
        peers : list of int or str, optional
            Peer ASNs, or peer addresses as text.
        origin_as : list of int, optional
            Origin ASes. Routes that end in an AS_SET of several have none.
        prefixes : list of str, optional
            These prefixes and everything inside them.

        Returns
        -------
        Rib
            Ids are renumbered in the same order; peers keep all their rows; the receipt is this
            table's.

        Raises
        ------
        ValueError
            ``family`` is neither 4 nor 6.
        TypeError
            A list was expected and a single value found.
        PrefixError
            A prefix does not parse.

        Notes
        -----
        O(routes).
        """
        tables = self._tables()
        mask = selection.route_mask(
            tables,
            self.index if prefixes is not None else None,
            family=family,
            peers=peers,
            origin_as=origin_as,
            prefixes=prefixes,
        )
        return Rib(selection.compact(tables, mask), self._receipt)

    def to_arrow(self) -> pa.Table:
        """Give one row per route, ids replaced by dictionary-encoded labels.

        Returns
        -------
        pyarrow.Table
            ``prefix``, ``family``, ``collector``, ``peer_as``, ``peer_ip``, ``add_path_id``,
            ``as_path``, ``origin_as``, ``upstream_as``, ``path_length``, ``originated_time`` and the
            columns of `attributes`; in the order of `routes`.
        """
        return labels.label_routes(
            self._routes, self._prefixes, self._as_paths, self._attributes, self.peers
        )

    def to_pandas(self) -> pd.DataFrame:
        """Give `to_arrow` as a DataFrame with Arrow-backed columns and categorical labels."""
        return to_frame(self.to_arrow())

    apply = applying.apply
    write = rib_file.write
    write_mrt = mrt_file.write_mrt
    write_parquet = parquet.write_parquet

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        """Give the routes with labels to any Arrow consumer (Polars, DuckDB, …)."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __getstate__(self) -> dict[str, Any]:
        # What is derived is derived again; the native index does not pickle.
        derived = ("index", "path_features", "peers", "_matches", "_last_restricted")
        return {name: value for name, value in vars(self).items() if name not in derived}

    def __repr__(self) -> str:
        return summary_text(self)

    def _repr_html_(self) -> str:
        return summary_html(self)
