"""Typed surface of a back end: the native ``rib._core`` and ``rib.fallback`` both provide it.

Arrow arrays cross without copies. Ids are row numbers. Every function here is pure.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

__all__ = [
    "PrefixIndex",
    "__version__",
    "as_hegemony",
    "as_links",
    "bgpdump_lines",
    "changed_routes",
    "covering_set",
    "decide_routes",
    "format_prefixes",
    "mrt_blocks",
    "network_text",
    "origins_by_prefix",
    "parse_prefixes",
    "path_diversity",
    "path_features",
    "read_mrt",
    "read_updates",
    "view_records",
]

__version__: str

def read_mrt(
    inputs: Sequence[tuple[str, str | None, str | bytes]],
    on_error: Literal["collect", "raise"],
    progress: Callable[[int, int], object] | None = None,
    *,
    safi: Literal["unicast", "multicast"] = "unicast",
    max_bytes: int | None = None,
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Read (name, collector, path or bytes) inputs into one set of tables and a receipt.

    Tables: ``prefixes``, ``as_paths``, ``attributes``, ``peers`` (without the columns that
    `rib.table.peers` derives) and ``routes``, each sorted and single-chunked. Of each input at most
    ``max_bytes`` uncompressed bytes are read, and its rows take little more.
    """

def read_updates(
    inputs: Sequence[tuple[str, str | None, str | bytes]],
    on_error: Literal["collect", "raise"],
    progress: Callable[[int, int], object] | None = None,
    *,
    safi: Literal["unicast", "multicast"] = "unicast",
    max_bytes: int | None = None,
    unmarked_add_path: bool = False,
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """Read BGP updates as `read_mrt` reads dumps.

    Tables: ``prefixes``, ``as_paths``, ``attributes``, ``peers`` and ``changes``, in order of arrival.
    ``unmarked_add_path`` looks for ADD-PATH ids in messages that do not announce them.
    """

def view_records(
    format: Literal["bgpdump", "bird", "routeros"],  # noqa: A002 - the user's word
    text: bytes,
) -> tuple[bytes, dict[str, Any]]:
    """Read a part of a text view, which ends between two routes, into RIB records and an account.

    Records are of TABLE_DUMP_V2 without the PEER_INDEX_TABLE, whose entries are ``peers`` of the account:
    (name, AS or None, octets of the address, octets of the BGP identifier or None). The other keys:
    ``records`` and ``record_bytes`` by kind, ``skipped`` (offset, length, reason), ``issues`` (line
    from 0, offset, kind, detail), ``n_issues``, ``n_lost`` routes, ``n_lines``, and ``other``:
    (number of routes, first line) by family that is not read.
    """

def parse_prefixes(text: pa.Array) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Parse canonical prefix text to (family u8, network binary[16], length u8)."""

def network_text(text: str) -> str:
    """Write a prefix, or an address as its host prefix, canonically: host bits are cleared."""

def origins_by_prefix(
    prefix_id: npt.NDArray[np.uint32],
    peer_id: npt.NDArray[np.uint16],
    as_path_id: npt.NDArray[np.uint32],
    origin_of_path: pa.Array,
    n_prefixes: int,
) -> list[npt.NDArray[np.uint32]]:
    """Origin ASes and number of peers of every prefix, of routes sorted by prefix and peer.

    Gives where the origins of each prefix begin (one more at the end), the origins, ascending within
    each prefix, and the numbers of peers.
    """

def format_prefixes(family: pa.Array, network: pa.Array, length: pa.Array) -> pa.Array:
    """Write prefixes as text, the inverse of `parse_prefixes`."""

def path_features(hops: pa.Array, segments: pa.Array) -> pa.Table:
    """Preprocess AS paths once for every analysis (`rib.schema.PATH_FEATURES`)."""

def bgpdump_lines(tables: dict[str, pa.Table], start: int, stop: int) -> bytes:
    """Rows ``start:stop`` of ``routes``, or of ``changes``, as the lines of ``bgpdump -m``."""

def mrt_blocks(
    tables: dict[str, pa.Table],
    view_name: str,
    *,
    safi: Literal["unicast", "multicast"] = "unicast",
) -> Iterator[bytes]:
    """Routes as a TABLE_DUMP_V2 dump, some whole records at a time.

    Raises ValueError for what has no form on the wire, at the call or at a later block.
    """

def path_diversity(
    table: pa.Table,
    as_paths: pa.Table,
    n_groups: int,
    *,
    weights: npt.NDArray[np.uint64] | None = None,
    bootstrap: tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint16], float] | None = None,
) -> pa.Table:
    """Path diversity of each group of routes (`rib.analysis.diversity` documents the columns).

    ``weights`` has the weight of every prefix. ``bootstrap`` has the VP ASes ascending, how often each
    is drawn in each resample (a row each), and the coverage of the intervals that are put behind.
    """

def as_hegemony(
    tables: tuple[pa.Table, pa.Table, pa.Table, pa.Table],
    scopes: pa.Array | None,
    *,
    global_scope: bool,
    sparse: bool,
    trim: str,
    draws: tuple[npt.NDArray[np.uint16], npt.NDArray[np.uint16], int, float] | None = None,
) -> pa.Table:
    """AS hegemony, global (scope null) and of origin ASes, of all or of those in ``scopes``.

    Tables: routes, sorted by ``prefix_id`` and ``peer_id``, with ``as_path_id``; prefixes; AS paths
    with ``hops``, ``segments`` and ``origin_as``; peers with ``peer_as``, ``collector`` (u32) and the
    full feeds ``full4`` and ``full6``. ``draws``: for IPv4 and IPv6, how often each VP AS, ascending,
    is in each resample (one VP AS after the other); resamples; coverage of the interval.
    """

def as_links(table: pa.Table, as_paths: pa.Table) -> pa.Table:
    """Links between neighbouring ASes of the paths that may enter a graph."""

def changed_routes(old: pa.Table, new: pa.Table) -> pa.Table:
    """Rows of two tables of routes that differ, as columns ``old_row`` and ``new_row``, null for none.

    Columns of either: ``prefix`` u32, ascending, ``peer`` u16, ``add_path_id`` u32 or null, ``path`` u32;
    ids mean the same in both. Per prefix and peer, routes are matched by ADD-PATH id, absent or not;
    what is left by path; what is still left, in order of id, where only one of the two has an id.
    Matched routes of one path are no change. In order of prefix, peer, id (that of the new route where
    there is one; absent first), routes that are gone before others of the id.
    """

def covering_set(
    group: pa.Array, family: pa.Array, network: pa.Array, length: pa.Array
) -> pa.Table:
    """Fewest prefixes that hold the addresses of each group (u32); sorted by group and prefix, as given."""

def decide_routes(
    routes: pa.Table, n_prefixes: int, *, always_compare_med: bool, deterministic_med: bool
) -> pa.Table:
    """Best and second-best route of every prefix by RFC 4271 §9.1.2.2, and the step between them.

    Columns of ``routes``, without nulls: ``prefix`` u32, ascending; ``alive`` bool, whether the route takes
    part; and what is compared, in this order: ``local_pref`` u32 (higher is better, of all others lower),
    ``length`` u16, ``origin`` u8, ``med`` u32 (of one ``neighbour`` u32), ``internal`` u8, ``igp_cost``,
    ``age``, ``router_id`` u32, ``peer`` u16 (rank of its address), then the row.

    One row per prefix below ``n_prefixes``: ``winner`` and ``runner_up`` (rows of ``routes``), ``step`` (position
    in `rib.table.decision.STEPS`; null without candidates), ``n_candidates``. The runner-up is the best of
    the others. Without ``deterministic_med`` a prefix whose winner depends on the order of comparison has none.
    """

@final
class PrefixIndex:
    """Immutable longest-prefix match over prefixes of both families.

    Prefixes given as columns are sorted and distinct, and their ids are their rows or ``ids``.
    Prefixes given as text are in any order, and their ids are their positions; of equal ones the
    last counts.
    """

    def __new__(
        cls, family: pa.Array, network: pa.Array, length: pa.Array, ids: pa.Array | None = None
    ) -> PrefixIndex: ...
    @staticmethod
    def from_text(text: pa.Array) -> PrefixIndex: ...
    def lookup_v4(self, addresses: npt.NDArray[np.uint32]) -> npt.NDArray[np.int32]: ...
    def lookup_v6(self, addresses: npt.NDArray[np.uint8]) -> npt.NDArray[np.int32]: ...
    def lookup_text(self, addresses: pa.Array, errors: str = "raise") -> npt.NDArray[np.int32]:
        """Longest match of addresses, or prefixes, as text; -1 where none and for nulls."""
    def lookup_prefixes(
        self, family: pa.Array, network: pa.Array, length: pa.Array
    ) -> npt.NDArray[np.int32]:
        """Longest prefix of the index that covers, or is, each given prefix; -1 where none."""
    def parents(self) -> npt.NDArray[np.int32]:
        """Row of the closest strictly covering prefix of each row of the index; -1 where none."""
    def lookup(self, address: str) -> int: ...
    def get(self, prefix: str) -> int: ...
    def less_specifics(self, prefix: str) -> list[int]:
        """Ids that strictly cover the prefix (or address), shortest first."""
    def more_specifics(self, prefix: str) -> tuple[int, int]:
        """Slice of rows strictly inside the prefix."""
    def row_ids(self, start: int, stop: int) -> npt.NDArray[np.int32]:
        """Ids of a slice of rows."""
    def text(self, prefix_id: int) -> str | None:
        """Prefix of an id, as it was given."""
    def __len__(self) -> int: ...
    @property
    def nbytes(self) -> int: ...
