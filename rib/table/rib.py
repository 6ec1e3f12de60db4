"""`Rib`: one snapshot of routes as five Arrow tables, and the questions one asks it directly."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib._backend import core
from rib.table import labels, mrt_file, selection
from rib.table.addresses import Addresses, caller_index, lookup_ids, named
from rib.table.arrays import to_frame
from rib.table.match import Match, find_match, origins_of_prefixes
from rib.table.moments import Moment, microseconds
from rib.table.networks import prefix_columns
from rib.table.peers import derive_peers
from rib.table.receipt import LoadReceipt
from rib.table.replay import replay
from rib.table.store import parquet, rib_file
from rib.table.summary import summary_html, summary_text

if TYPE_CHECKING:
    from rib.table.updates import Updates

__all__ = ["Rib"]


class Rib:
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

    # -- questions -------------------------------------------------------------------------------

    def lookup(self, address: str) -> Match | None:
        """Give the longest matching prefix of an address, or None.

        Parameters
        ----------
        address : str
            IPv4 or IPv6 address.

        Returns
        -------
        Match or None
            Prefix, its row, its origin ASes and number of peers.

        Raises
        ------
        PrefixError
            The text is no address.

        Examples
        --------
        >>> import rib
        >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
        >>> table.lookup("91.208.207.1").prefix
        '91.208.207.0/24'
        """
        return find_match(self, named("address", self.index.lookup, address))

    def get(self, prefix: str) -> Match | None:
        """Give a prefix by exact match, or None.

        Raises
        ------
        PrefixError
            The text is no canonical prefix (host bits set, no length, …).
        """
        return find_match(self, named("prefix", self.index.get, prefix))

    def less_specifics(self, prefix: str) -> pa.Table:
        """Give the prefixes that strictly cover a prefix or address, shortest first.

        Returns
        -------
        pyarrow.Table
            Rows of `prefixes`.

        Raises
        ------
        PrefixError
            The text is neither a canonical prefix nor an address.
        """
        ids = pa.array(named("prefix", self.index.less_specifics, prefix), pa.int64())
        return self._prefixes.take(ids)

    def more_specifics(self, prefix: str) -> pa.Table:
        """Give the prefixes strictly inside a prefix, in table order: a slice without a copy.

        Returns
        -------
        pyarrow.Table
            Rows of `prefixes`.

        Raises
        ------
        PrefixError
            The text is neither a canonical prefix nor an address.
        """
        start, stop = named("prefix", self.index.more_specifics, prefix)
        return self._prefixes.slice(start, stop - start)

    def lookup_ids(self, addresses: Addresses) -> npt.NDArray[np.int32]:
        """Give the longest match of every address as rows of `prefixes`.

        Parameters
        ----------
        addresses : array-like
            NumPy ``uint32`` (IPv4, host order), NumPy ``(n, 16)`` ``uint8`` (IPv6, network order),
            or a list, Series or Arrow array of address text or ``ipaddress`` objects; families may
            be mixed in text. Nulls match nothing.

        Returns
        -------
        numpy.ndarray of int32
            Prefix ids, -1 where nothing matches.

        Raises
        ------
        PrefixError
            Another array type, or a malformed address; the row is named.

        Notes
        -----
        Text is parsed natively in bulk; the GIL is released.
        """
        return lookup_ids(self.index, addresses)

    @cached_property
    def _origins_of_prefix(self) -> pa.Table:
        return origins_of_prefixes(self)

    def lookup_many(self, addresses: Addresses) -> pd.DataFrame:
        """Give the longest match of every address as a DataFrame.

        Parameters
        ----------
        addresses : array-like
            As for `lookup_ids`; the index of a Series is kept.

        Returns
        -------
        pandas.DataFrame
            One row per address, in order:

            ========== ====== ======== =========================================
            column     dtype  nullable meaning
            ========== ====== ======== =========================================
            prefix     string yes      longest matching prefix
            prefix_id  int32  yes      its row in `prefixes`
            origin_as  uint32 yes      origin AS, the lowest where there are more
            n_origins  uint32 yes      distinct origin ASes
            n_peers    uint32 yes      peers with a route to the prefix
            ========== ====== ======== =========================================

        Raises
        ------
        PrefixError
            As for `lookup_ids`.
        """
        ids = self.lookup_ids(addresses)
        rows = pa.array(ids, mask=ids < 0)
        text = self._prefixes.column("text").combine_chunks()
        found = {"prefix": pa.DictionaryArray.from_arrays(rows, text), "prefix_id": rows}
        for name in self._origins_of_prefix.column_names:
            found[name] = self._origins_of_prefix.column(name).combine_chunks().take(rows)
        frame = to_frame(pa.table(found))
        index = caller_index(addresses)
        return frame if index is None else frame.set_axis(index)

    # -- whole tables ----------------------------------------------------------------------------

    def _tables(self) -> dict[str, pa.Table]:
        return {
            "routes": self._routes,
            "prefixes": self._prefixes,
            "as_paths": self._as_paths,
            "attributes": self._attributes,
            "peers": self.peers,
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

    def apply(self, updates: "Updates", until: Moment | None = None) -> "Rib":
        """Give the RIB after updates: the dump, and what peers announced and withdrew since.

        Of every (peer, prefix, ADD-PATH id) the last change counts. A session that leaves the state
        Established, or comes from one that is not told (null) into another, withdraws all its peer's
        routes at that moment; what the peer announces after it is kept. Peers that the dump does not
        list join.

        Parameters
        ----------
        updates : Updates
            What `rib.read_updates` or `rib.read_bgpstream` gave, from the time of the dump on.
        until : str, datetime or float, optional
            The moment: ISO 8601 text, a datetime or POSIX seconds, UTC where no time zone is named.
            Changes at that moment count too; most collectors write whole seconds, so that ``until``
            takes in everything of its second. Default: all updates.

        Returns
        -------
        Rib
            A new table, with the files, issues and quirks of both receipts. ``originated_time`` and
            ``record_time`` of a route that was announced are the time of the announcement.

        Raises
        ------
        ValueError, TypeError
            ``until`` is no moment; the updates are of other collectors than the table. Where neither
            or one of the two names its only collector, peers are matched by AS and address alone.

        Notes
        -----
        Changes are taken in order of time, those of one time in order of arrival; changes from before
        the collector's dump begins are left out, since the dump has them. What was sent to a peer
        (``_LOCAL``) is left out too. A change of state that does not name the peer's address, as BIRD
        writes when a session ends, counts for the only peer of its AS and family, if there is only one.
        A change without ADD-PATH id also replaces a route of id 0: FRR dumps so what came without.

        The result differs from the next dump of the same collector where the collector did: a dump is
        written over minutes, while routes change; some collectors log no state changes, so that the
        routes of a lost session stay until they are announced anew; a dump may leave out peers,
        families or attributes that updates have, and a collector's clock may be set between the two.

        O(routes + changes x log routes), vectorised: some 0.5 s on a million routes.

        References
        ----------
        RFC 4271 §3.1, §9.1.4; RFC 6396 §4.4; RFC 7911 §3.

        Examples
        --------
        >>> import rib
        >>> table = rib.read_mrt("data/sample-mrt/collector.20250117.0000.mrt.bz2")
        >>> updates = rib.read_updates("data/sample-mrt/updates.20250117.0000.mrt.gz")
        >>> later = table.apply(updates, until="2025-01-21T12:00Z")
        >>> later.n_routes - table.n_routes
        96
        """
        moment = None if until is None else microseconds("until", until)
        tables = {
            "routes": self._routes,
            "prefixes": self._prefixes,
            "as_paths": self._as_paths,
            "attributes": self._attributes,
            "peers": self._listed_peers,
        }
        return Rib(replay(tables, updates, moment), self._receipt.joined(updates.receipt))

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

    write = rib_file.write
    write_mrt = mrt_file.write_mrt
    write_parquet = parquet.write_parquet

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:
        """Give the routes with labels to any Arrow consumer (Polars, DuckDB, …)."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __getstate__(self) -> dict[str, Any]:
        # What is derived is derived again; the native index does not pickle.
        derived = ("index", "path_features", "peers", "_origins_of_prefix")
        return {name: value for name, value in vars(self).items() if name not in derived}

    def __repr__(self) -> str:
        return summary_text(self)

    def _repr_html_(self) -> str:
        return summary_html(self)
