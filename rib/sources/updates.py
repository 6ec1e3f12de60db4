"""BGP updates in MRT files to `Updates`."""

from collections.abc import Iterable
from typing import Literal

from rib._backend import core
from rib.sources.inputs import (
    MAX_BYTES,
    UPDATE_FILES,
    Inputs,
    Progress,
    Source,
    byte_limit,
    resolved,
    shown,
)
from rib.table.receipt import LoadReceipt
from rib.table.updates import Updates

__all__ = ["read_updates", "updates_of"]


def read_updates(
    source: Source | Iterable[Source],
    *,
    on_error: Literal["collect", "raise"] = "collect",
    progress: bool | Progress = False,
    collector: str | None = None,
    safi: Literal["unicast", "multicast"] = "unicast",
    max_bytes: int | None = MAX_BYTES,
    unmarked_add_path: bool = False,
) -> Updates:
    """Read the BGP updates of MRT files (RFC 6396, RFC 8050) as columns.

    BGP4MP and BGP4MP_ET messages and state changes in every AS4, LOCAL and ADD-PATH form, and those
    of MRT type 5; compressed in any way that `rib.read_mrt` reads.

    Parameters
    ----------
    source : str, path, bytes, binary file, or list of these
        As for `rib.read_mrt`; of a directory the files that look like updates are read, in order of
        path (``updates.*``, ``*.mrt``). Give files in order of time.
    on_error : {"collect", "raise"}, default "collect"
        What damage does: become a row of ``receipt.issues`` while everything else loads, or raise at
        the first.
    progress : bool or callable, default False
        As for `rib.read_mrt`.
    collector : str, optional
        Name of the collector, which records of updates do not tell. `Rib.apply` matches peers by it.
    safi : {"unicast", "multicast"}, default "unicast"
        Which routes are read (RFC 4760 SAFI 1 or 2); they are never mixed. Announcements and
        withdrawals of other families are counted in ``receipt.other_families``.
    max_bytes : int or None, default 64 GiB
        As for `rib.read_mrt`, with 33 bytes a change: a withdrawal may take one octet.
    unmarked_add_path : bool, default False
        Whether prefixes that close with ADD-PATH ids alone (RFC 7911) are read so where the record's
        subtype does not announce them: collectors from before RFC 8050 wrote such records. Counted as
        quirk ``add_path_unmarked``. By default they are damage, and the issue says so.

    Returns
    -------
    Updates
        One row per announced or withdrawn prefix and per change of state; ``receipt.messages`` counts
        the BGP messages by type, those without routes included.

    Raises
    ------
    FileNotFoundError, PermissionError, …
        As the operating system says, before anything is read.
    UnsupportedMrtError
        The input is not MRT, holds no updates, or is compressed in a way that is not read.
    TruncatedMrtError, MrtError
        Damage, with ``on_error="raise"``; an empty file; a directory or glob without updates.

    Notes
    -----
    Of a damaged message everything before the damage is kept, and it costs only itself. An
    announcement whose attributes cannot be read is an issue and a change lost: RFC 7606 has routers
    withdraw such a route, but what the peer meant is not known. A prefix that one UPDATE withdraws and
    announces is announced (RFC 4271 §4.3): withdrawals come first. RIB records in the same file are
    counted by name and left to `rib.read_mrt`.

    A change of state that names router and peer in each other's place, as OpenBGPD writes it, is of the
    peer (quirk ``state_change_swapped``): where the input has a message of the session swapped, and none
    of the one that the change names.

    O(bytes). Each distinct AS path and attribute set is decoded once. The GIL is released and Ctrl-C
    stops the load.

    References
    ----------
    RFC 6396 §4.4, RFC 8050 §3, RFC 4271 §4.3, RFC 4760, RFC 7606, RFC 7911.

    Examples
    --------
    >>> import rib
    >>> updates = rib.read_updates("data/sample-mrt/updates.20250117.0000.mrt.gz")
    >>> updates.receipt.ok
    True
    """
    if on_error not in ("collect", "raise"):
        raise ValueError(f"on_error={on_error!r}: expected 'collect' or 'raise'")
    if safi not in ("unicast", "multicast"):
        raise ValueError(f"safi={safi!r}: expected 'unicast' or 'multicast'")
    if not isinstance(unmarked_add_path, bool):
        raise TypeError(f"unmarked_add_path={unmarked_add_path!r}: expected True or False")
    limit = byte_limit(max_bytes)
    with (
        shown(progress) as show,
        resolved(source, UPDATE_FILES, collector=collector, progress=show) as inputs,
    ):
        return updates_of(
            inputs,
            on_error=on_error,
            progress=show,
            safi=safi,
            max_bytes=limit,
            unmarked_add_path=unmarked_add_path,
        )


def updates_of(
    inputs: Inputs,
    *,
    on_error: Literal["collect", "raise"],
    progress: Progress | None,
    safi: Literal["unicast", "multicast"],
    max_bytes: int | None,
    unmarked_add_path: bool = False,
) -> Updates:
    """Read inputs that are resolved, as `read_updates` reads a source."""
    tables, receipt = core.read_updates(
        inputs.given,
        on_error,
        progress,
        safi=safi,
        max_bytes=max_bytes,
        unmarked_add_path=unmarked_add_path,
    )
    receipt["passed_over"] = inputs.passed_over
    return Updates(tables, LoadReceipt.from_dict(receipt))
