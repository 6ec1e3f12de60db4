"""A RIB at a later moment: a dump, and the changes after it."""

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rib.schema import LABELS, LOADED, ROUTES
from rib.table.arrays import column
from rib.table.merging import append, merge_paths, merge_prefixes
from rib.table.peers import identities
from rib.table.route_keys import NO_ID, path_key, route_key, sorted_routes
from rib.table.selection import compact

if TYPE_CHECKING:
    from rib.table.updates import Updates

__all__ = ["replay"]

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_ESTABLISHED = 6
_NO_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 - nothing is bound
_MAX_PEERS = 65535
_ID_0 = np.uint64(1 << 32)
_INFERRED = "peer_as_inferred"
_ANNOUNCE, _WITHDRAW, _STATE = range(len(LABELS["kind"]))


class _Changes(NamedTuple):
    """Changes that count, in order of time, as parallel arrays."""

    row: Ints
    kind: npt.NDArray[np.int8]
    peer_id: Ints
    prefix_id: Ints
    path_key: npt.NDArray[np.uint64]


def replay(
    tables: dict[str, pa.Table], updates: "Updates", until: int | None
) -> dict[str, pa.Table]:
    """Give the tables of a RIB after changes; ``until`` is in microseconds since 1970.

    Notes
    -----
    O(routes + changes x log routes), vectorised.
    """
    peers, peer_of = _merged_peers(tables["peers"], updates)
    same_as = _same_peer(peers)
    prefixes, own_prefix, their_prefix = merge_prefixes(tables["prefixes"], updates.prefixes)
    routes = tables["routes"]
    keep = _counting(tables, updates, peer_of, until)
    changes = _changes(updates.changes, keep, peer_of, their_prefix)
    last_reset = _last_resets(updates.changes, changes, peers.num_rows)
    last = _last_of_each_route(changes, last_reset)

    peer_id = same_as[column(routes, "peer_id")]
    key = route_key(own_prefix[column(routes, "prefix_id")], peer_id)
    stays = last_reset[peer_id] < 0
    stays[_replaced(key, path_key(routes.column("add_path_id")), last)] = False
    new = last.row[last.kind == _ANNOUNCE]
    added = updates.changes.take(pa.array(new))
    as_paths, path_id = merge_paths(tables["as_paths"], updates.as_paths)
    set_id = np.arange(updates.attributes.num_rows) + tables["attributes"].num_rows
    kept = routes.filter(pa.array(stays)).combine_chunks()
    replaced = _column(kept, "prefix_id", own_prefix[column(kept, "prefix_id")])
    announced = _routes(added, peer_of, their_prefix, path_id, set_id)
    everything = {
        "routes": sorted_routes(append(replaced, announced)),
        "prefixes": prefixes,
        "as_paths": as_paths,
        "attributes": append(tables["attributes"], updates.attributes),
        "peers": peers,
    }
    return compact(everything, np.ones(everything["routes"].num_rows, dtype=bool))


# -- peers ---------------------------------------------------------------------------------------


def _merged_peers(own: pa.Table, updates: "Updates") -> tuple[pa.Table, Ints]:
    """Give the peers of both, and the id of each peer of the updates, -1 where it does not count.

    What was sent to a peer is no route learned from it. Who changes state without an address is the
    only peer of its AS and family, where there is one.
    """
    names = [*LOADED["peers"].names, _INFERRED]
    own = own.select([name for name in names if name in own.column_names])
    rename = _collector_names(own, updates.peers)
    ids: dict[tuple[str, int, str], int] = {}
    for number, (collector, asn, ip) in enumerate(identities(own)):
        ids.setdefault((collector, asn, ip), number)
    local = [name.endswith("_LOCAL") for name in updates.peers.column("record_type").to_pylist()]
    nameless = _nameless(updates)
    peer_of, new = list[int](), list[int]()
    n_own = own.num_rows
    for row, (collector, asn, ip) in enumerate(identities(updates.peers)):
        if local[row] or row in nameless:
            peer_of.append(-1)
            continue
        identity = (rename.get(collector, collector), asn, ip)
        if identity not in ids:
            ids[identity] = n_own + len(new)
            new.append(row)
        peer_of.append(ids[identity])
    for row, (collector, asn, ip) in nameless.items():
        peer_of[row] = _only_peer(ids, rename.get(collector, collector), asn, ip)
    if n_own + len(new) > _MAX_PEERS:
        raise ValueError(
            f"updates: {n_own + len(new)} peers with those of the table, expected at most {_MAX_PEERS}"
        )
    joining = updates.peers.take(pa.array(new, pa.int64()))
    names = [rename.get(name, name) for name in joining.column("collector").to_pylist()]
    joining = joining.set_column(0, joining.schema.field(0), pa.array(names, pa.utf8()))
    if _INFERRED in own.column_names:
        told = pa.array(np.zeros(len(new), dtype=bool))
        joining = joining.append_column(own.schema.field(_INFERRED), told)
    return append(own, joining), np.array(peer_of, dtype=np.int64)


def _same_peer(peers: pa.Table) -> Ints:
    """Give the first peer of the collector, AS and address of each peer.

    BGP4MP names peers so and by nothing else. A dump may hold one several times, by BGP identifier:
    no router keeps two sessions to one address (RFC 4271 section 6.8), so each change is of all of them.
    """
    first: dict[tuple[str, int, str], int] = {}
    rows = enumerate(identities(peers))
    return np.array([first.setdefault(peer, number) for number, peer in rows], dtype=np.int64)


def _nameless(updates: "Updates") -> dict[int, tuple[str, int, str]]:
    """Give the peers that only change state, and do so without an address.

    BIRD writes none once the connection is gone, Zebra wrote none at all.
    """
    kind = updates.changes.column("kind").combine_chunks().indices.to_numpy()
    speaking = set(column(updates.changes, "peer_id")[kind != _STATE].tolist())
    rows = enumerate(identities(updates.peers))
    return {row: peer for row, peer in rows if peer[2] in _NO_ADDRESS and row not in speaking}


def _only_peer(ids: dict[tuple[str, int, str], int], collector: str, asn: int, ip: str) -> int:
    """Give the one peer of an AS with an address of the family, -1 where there are several."""
    found = [
        number
        for (of, its_as, its_ip), number in ids.items()
        if (of, its_as, ":" in its_ip) == (collector, asn, ":" in ip) and its_ip not in _NO_ADDRESS
    ]
    if not found:
        return ids.get((collector, asn, ip), -1)
    return found[0] if len(found) == 1 else -1


def _collector_names(own: pa.Table, theirs: pa.Table) -> dict[str, str]:
    """Say which collector of the table each one of the updates is, where the names differ."""
    mine, yours = (set(peers.column("collector").to_pylist()) for peers in (own, theirs))
    if yours <= mine or not mine or not yours:
        return {}
    if len(mine) == len(yours) == 1 and "" in mine | yours:
        return {yours.pop(): mine.pop()}
    raise ValueError(
        f"updates are of the collectors {sorted(yours)}, the table is of {sorted(mine)}: expected the "
        "same; name them with collector= when reading"
    )


# -- changes -------------------------------------------------------------------------------------


def _counting(
    tables: dict[str, pa.Table], updates: "Updates", peer_of: Ints, until: int | None
) -> Bools:
    """Mark the changes that count: learned from a peer, in time, and not in the dump already."""
    time = _microseconds(updates.changes)
    peer_id = peer_of[column(updates.changes, "peer_id")]
    keep: Bools = peer_id >= 0
    if until is not None:
        keep &= time <= until
    begins = _first_record_times(tables)
    if begins:
        own = tables["peers"].column("collector").to_pylist()
        overall = min(begins.values())
        begin = np.array([begins.get(name, overall) for name in own], dtype=np.int64)
        # A peer that joins is held to the earliest of all.
        begin = np.append(begin, np.full(max(0, peer_of.max(initial=-1) + 1 - len(own)), overall))
        keep &= time >= begin[np.maximum(peer_id, 0)] * 1_000_000
    return keep


def _first_record_times(tables: dict[str, pa.Table]) -> dict[str, int]:
    """Seconds at which the dump of each collector begins."""
    times = column(tables["routes"], "record_time")
    peer_id = column(tables["routes"], "peer_id")
    names = tables["peers"].column("collector").to_pylist()
    code = {name: number for number, name in enumerate(dict.fromkeys(names))}
    if len(code) == 1 and len(times):
        return {names[0]: int(times.min())}
    collector = np.array([code[name] for name in names], dtype=np.int64)
    first = np.full(len(code), np.iinfo(np.int64).max)
    np.minimum.at(first, collector[peer_id], times)
    return {name: int(first[number]) for name, number in code.items() if first[number] < 2**32}


def _microseconds(changes: pa.Table) -> Ints:
    return column(changes, "time").astype("datetime64[us]").astype(np.int64)


def _changes(
    changes: pa.Table, keep: Bools, peer_of: Ints, prefix_of: npt.NDArray[Any]
) -> _Changes:
    row = np.flatnonzero(keep)
    time = _microseconds(changes)[row]
    if (time[1:] < time[:-1]).any():  # several files, or a clock set back
        row = row[np.argsort(time, kind="stable")]
    chosen = changes.take(pa.array(row))
    prefix = column_or_zero(chosen, "prefix_id")
    return _Changes(
        row=row,
        kind=chosen.column("kind").combine_chunks().indices.to_numpy(),
        peer_id=peer_of[column(chosen, "peer_id")],
        prefix_id=prefix_of[prefix].astype(np.int64) if len(prefix_of) else prefix,
        path_key=path_key(chosen.column("add_path_id")),
    )


def column_or_zero(table: pa.Table, name: str) -> npt.NDArray[Any]:
    """Give a column as a NumPy array with 0 for null."""
    result: npt.NDArray[Any] = table.column(name).combine_chunks().fill_null(0).to_numpy()
    return result


def _last_resets(changes: pa.Table, counting: _Changes, n_peers: int) -> Ints:
    """Give the place of the last change of each peer that leaves Established, -1 where none does.

    RIS Live and BMP, as BGPStream gives them, tell the new state alone: a session that is in another
    state than Established has no routes, whatever it was in before.
    """
    chosen = changes.select(["old_state", "new_state"]).take(pa.array(counting.row))
    old, new = column_or_zero(chosen, "old_state"), column_or_zero(chosen, "new_state")
    leaves = (old == _ESTABLISHED) | ((old == 0) & (new != 0))
    at = np.flatnonzero((counting.kind == _STATE) & leaves & (new != _ESTABLISHED))
    last = np.full(n_peers, -1, dtype=np.int64)
    np.maximum.at(last, counting.peer_id[at], at)
    return last


def _last_of_each_route(changes: _Changes, last_reset: Ints) -> _Changes:
    """Keep the last change of each (peer, prefix, ADD-PATH id) after the last reset of its peer."""
    place = np.arange(len(changes.row))
    alive = (changes.kind != _STATE) & (place > last_reset[changes.peer_id])
    alive = np.flatnonzero(alive)
    key = route_key(changes.prefix_id[alive], changes.peer_id[alive])
    path = changes.path_key[alive]
    order = np.lexsort((path, key))  # stable: the last of equals is the last in time
    key, path = key[order], path[order]
    is_last = np.ones(len(order), dtype=bool)
    is_last[:-1] = (key[1:] != key[:-1]) | (path[1:] != path[:-1])
    chosen = alive[order[is_last]]
    return _Changes(
        changes.row[chosen],
        changes.kind[chosen],
        changes.peer_id[chosen],
        changes.prefix_id[chosen],
        changes.path_key[chosen],
    )


# -- routes --------------------------------------------------------------------------------------


def _replaced(key: npt.NDArray[np.uint64], path: npt.NDArray[np.uint64], last: _Changes) -> Ints:
    """Give the routes that a change announces anew or withdraws."""
    wanted = route_key(last.prefix_id, last.peer_id)
    order = None
    if (key[1:] < key[:-1]).any():  # a peer that the table lists several times
        order = np.argsort(key, kind="stable")
        key, path = key[order], path[order]
    start = np.searchsorted(key, wanted, side="left")
    count = np.searchsorted(key, wanted, side="right") - start
    # Every route of the same prefix and peer, of which those with the same path id are meant.
    first = np.cumsum(count) - count
    at = np.repeat(start - first, count) + np.arange(count.sum())
    wanted_path = np.repeat(last.path_key, count)
    same = path[at] == wanted_path
    # A session without ids has one route of a prefix, which FRR dumps with id 0 beside others' ids.
    same |= (wanted_path == NO_ID) & (path[at] == _ID_0)
    result: Ints = at[same] if order is None else order[at[same]]
    return result


def _routes(
    added: pa.Table,
    peer_of: Ints,
    prefix_of: npt.NDArray[Any],
    path_id: npt.NDArray[Any],
    set_id: npt.NDArray[Any],
) -> pa.Table:
    """Announcements as routes."""
    seconds = pa.array((_microseconds(added) // 1_000_000).astype(np.uint32))
    columns = {
        "prefix_id": prefix_of[column_or_zero(added, "prefix_id")],
        "peer_id": peer_of[column(added, "peer_id")],
        "as_path_id": path_id[column_or_zero(added, "as_path_id")],
        "attributes_id": set_id[column_or_zero(added, "attributes_id")],
        "add_path_id": added.column("add_path_id"),
        "originated_time": seconds,
        "record_time": seconds,
    }
    arrays = [
        values if not isinstance(values, np.ndarray) else pa.array(values).cast(field.type)
        for field, values in zip(ROUTES, columns.values(), strict=True)
    ]
    return pa.table(arrays, schema=ROUTES)


def _column(table: pa.Table, name: str, values: npt.NDArray[Any]) -> pa.Table:
    at = table.schema.get_field_index(name)
    return table.set_column(at, table.schema.field(at), pa.array(values))
