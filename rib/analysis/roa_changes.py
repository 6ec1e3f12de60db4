"""What would become of the routes seen if ROAs were added or removed."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from rib.registry.arguments import check_required
from rib.registry.freshness import registry_warnings
from rib.registry.rov import ROV_REASONS, ROV_STATES, validate
from rib.registry.vrp_changes import change_vrps
from rib.table.arrays import to_frame
from rib.table.origins import origin_votes

if TYPE_CHECKING:
    from rib.registry.vrps import Vrps
    from rib.table.rib import Rib

__all__ = ["what_if_roa"]


def what_if_roa(
    table: "Rib", vrps: "Vrps", *, add: Iterable[Any] = (), remove: Iterable[Any] = ()
) -> pd.DataFrame:
    """List the origins whose validation state (RFC 6811) would change with other payloads.

    States are those of `validate_origins` with ``vrps`` and with ``vrps`` less ``remove``, then with
    ``add``. A row is listed if the state differs; another reason of the same state is none.

    Parameters
    ----------
    table : Rib
        Routes; default routes take part.
    vrps : Vrps
        Validated payloads of today (`rib.read_vrps`).
    add : iterable, optional
        Payloads to come: ``(prefix, max_length, asn)``, or a dict with ``prefix``, ``asn`` and, if
        need be, ``max_length``. A maximum length of None is the prefix length. One that is there
        already changes nothing. Default: none.
    remove : iterable, optional
        Payloads to go, in the same forms; prefix, maximum length and AS number must be those of a
        payload. Default: none.

    Returns
    -------
    pandas.DataFrame
        One row per (prefix, origin AS) that changes, sorted by prefix (family, network, length), then
        origin AS, null last:

        ============ ======= ======== ============================================================
        column       dtype   nullable meaning
        ============ ======= ======== ============================================================
        prefix       str     no
        origin_as    uint32  yes      null: AS_SET of several, or an empty path
        old_state    str     no       valid, invalid, not-found
        old_reason   str     yes      null unless invalid: ``as``, ``length``
        new_state    str     no
        new_reason   str     yes
        n_vps        uint32  no       VP ASes that see it now
        ============ ======= ======== ============================================================

        ``attrs["warnings"]`` is that of `validate_origins`.

    Raises
    ------
    TypeError
        ``table`` or ``vrps`` is something else; ``add`` or ``remove`` is no list.
    ValueError
        An entry is no payload: host bits set, a maximum length out of range, no AS number; or one to
        remove is not there.

    Notes
    -----
    A *payload* is what validators make of a ROA, one per prefix in it; another ROA may give the same
    one, and then removing this one changes nothing. Routes that turn invalid are lost where networks
    drop invalid routes, for who has no valid or not-found cover. Only what the vantage points see is
    judged: a backup path, or an announcement kept for an attack, is not in the table. Two validations
    and a sort: O((prefixes + payloads) log payloads), 1.2M prefixes against 724,000 payloads 2 s.

    References
    ----------
    RFC 6811; RFC 9582 (ROAs); RFC 7115 §3 and RFC 9319 for what to do before making one.

    Examples
    --------
    >>> import rib
    >>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
    >>> vrps = rib.read_vrps("data/sample-mrt/vrps.json.gz")
    >>> change = rib.what_if_roa(table, vrps, add=[("91.208.207.0/24", 24, 64496)])
    >>> change[["prefix", "origin_as", "new_state", "new_reason"]].values.tolist()
    [['91.208.207.0/24', 213394, 'invalid', 'as']]
    """
    check_required(table=table, vrps=vrps)
    changed = change_vrps(vrps, add, remove)
    pairs = origin_votes(table).pairs
    asked = (table.prefixes, pairs.prefix_id, pairs.origin_as, pairs.has_origin)
    old, new = validate(vrps, *asked), validate(changed, *asked)
    rows = np.flatnonzero(old.state != new.state)
    text = table.prefixes.column("text").combine_chunks()
    columns = {
        "prefix": text.take(pa.array(pairs.prefix_id[rows])),
        "origin_as": pa.array(pairs.origin_as[rows], mask=~pairs.has_origin[rows]),
        "old_state": _labels(old.state[rows], ROV_STATES),
        "old_reason": _labels(old.reason[rows], ROV_REASONS),
        "new_state": _labels(new.state[rows], ROV_STATES),
        "new_reason": _labels(new.reason[rows], ROV_REASONS),
        "n_vps": pa.array(pairs.n_vps[rows].astype(np.uint32)),
    }
    frame = to_frame(pa.table(columns))
    frame.attrs["warnings"] = registry_warnings(table, vrps=vrps)
    return frame


def _labels(codes: npt.NDArray[Any], names: tuple[str | None, ...]) -> pa.Array:
    return pa.array(names, pa.utf8()).take(pa.array(codes))
