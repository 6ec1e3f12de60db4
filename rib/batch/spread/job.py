"""`analyse`: many dumps to the tables of the analyses, wherever the work is done."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from rib.batch.spread.executors import Executor, Handle, Task
from rib.batch.spread.local import Local
from rib.batch.spread.pieces import pack, unpack
from rib.exceptions import WorkerError
from rib.registry.arguments import check_at_least
from rib.table.arrays import column
from rib.table.concat import merge_peers
from rib.table.networks import prefix_order
from rib.table.peers import peers_of_counts
from rib.table.selection import as_list

__all__ = ["DUMPS", "Job", "analyse", "n_shares_of", "stored_size"]

By = Literal["prefix", "origin_as"]
#: Called with the tasks that are done, all tasks, and the name of the last.
Progress = Callable[[int, int, str], object]

_BY: tuple[By, ...] = ("prefix", "origin_as")
#: Compressed bytes of dumps for each share, and the most shares there are.
_BYTES_PER_SHARE, _MAX_SHARES = 32 << 20, 256
#: Taken for the size of a dump that is not here: a URL.
_UNKNOWN_BYTES = 64 << 20
#: First bytes of gzip, bzip2, xz, zstd and LZ4, and how many times smaller these make a dump.
_COMPRESSED = (b"\x1f\x8b", b"BZ", b"\xfd7zX", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18")
_PLAIN = 10

#: One row per dump, in the order given.
DUMPS = pa.schema(
    [
        pa.field("dump", pa.utf8(), nullable=False),
        pa.field("n_routes", pa.uint64(), nullable=False),
        pa.field("n_prefixes", pa.uint64(), nullable=False),
        pa.field("n_peers", pa.uint64(), nullable=False),
        pa.field("bytes_in", pa.uint64(), nullable=False),
        pa.field("routes_lost", pa.uint64(), nullable=False),
        pa.field("n_issues", pa.uint64(), nullable=False),
        pa.field("ok", pa.bool_(), nullable=False),
        pa.field("error", pa.utf8()),
    ]
)
_ORIGIN_TABLES = (
    ("origin_diversity", "origin_as"),
    ("upstreams", "origin_as"),
    ("hegemony", "scope"),
)


def analyse(
    dumps: Iterable[str | os.PathLike[str]],
    *,
    by: Iterable[By] = _BY,
    cluster: str | None = None,
    processes: int | None = None,
    memory: int | None = None,
    spool: str | os.PathLike[str] | None = None,
    shares: int | None = None,
    progress: Progress | None = None,
) -> dict[str, pa.Table]:
    """Analyse dumps that together are too many for one table: path diversity, upstreams, hegemony.

    The result is what the analyses give of ``rib.concat(rib.read_mrt(dump) for dump in dumps)``, to the
    last bit, wherever the work was done and in however many shares.

    Parameters
    ----------
    dumps : iterable of str or path
        What `rib.read_mrt` takes as one source: paths, or http(s) URLs. Each is read by one task.
    by : iterable of {"prefix", "origin_as"}
        What to measure; both by default.
    cluster : str, optional
        Address of a Dask scheduler, such as ``tcp://scheduler:8786`` (needs ``rib[cluster]``).
        Default: processes of this machine.
    processes, memory, spool : optional
        Of this machine, see `Local`: tasks at a time, bytes of memory for all of them, and the
        folder for what goes from task to task. Not with ``cluster``.
    shares : int, optional
        Into how many parts prefixes and origins are cut, from 1. More take less memory each. Default:
        one for each 32 MiB of dumps, at most 256.
    progress : callable, optional
        Called with (tasks done, all tasks, name of the last one).

    Returns
    -------
    dict of str to pyarrow.Table
        ================== =========================================================================
        ``dumps``          one row per dump: ``dump``, ``n_routes``, ``n_prefixes``, ``n_peers``,
                           ``bytes_in``, ``routes_lost``, ``n_issues``, ``ok``, and ``error``: why
                           nothing was read
        ``peers``          all peers, as `Rib.peers` has them
        ``prefix_diversity`` with "prefix": ``path_diversity(by="prefix")``
        ``origin_diversity`` with "origin_as": ``path_diversity(by="origin_as")``
        ``upstreams``      with "origin_as": `upstream_preference`
        ``hegemony``       with "origin_as": `as_hegemony` of every origin AS; not the global one
        ================== =========================================================================

        Rows are in the order that each analysis documents.

    Raises
    ------
    TypeError, ValueError
        An argument is not what its name says; no dumps.
    ConfigError
        ``cluster`` without the package distributed.
    WorkerError
        No dump could be read; a task failed or had no memory, and its name is in the message and in
        ``.task``; no scheduler answers.

    Notes
    -----
    A dump that cannot be read is a row of ``dumps`` with ``error``, and the others go on. Damage within a
    dump is counted there, as in its receipt.

    A process or worker that ends costs its time: what it did is done again. Between tasks go
    Arrow tables of ids and labels, compressed.

    Votes are whole numbers of units, so that sums do not depend on their order. Where one VP AS has
    so many routes to one prefix (17 different numbers and more) that no unit is exact,
    ``vp_share`` may differ from that of one table in the last bit.

    References
    ----------
    Dean and Ghemawat, "MapReduce", OSDI 2004.

    Examples
    --------
    >>> from rib.batch.spread import analyse
    >>> dumps = [f"data/sample-mrt/collector.202501{day}.0000.mrt.bz2" for day in (14, 17)]
    >>> found = analyse(dumps, processes=1)
    >>> found["dumps"].column("ok").to_pylist()
    [True, True]
    >>> sorted(found)
    ['dumps', 'hegemony', 'origin_diversity', 'peers', 'prefix_diversity', 'upstreams']
    """
    names = [os.fspath(dump) for dump in as_list("dumps", dumps)]
    if not names:
        raise ValueError("dumps=[]: expected at least one dump")
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"dumps holds {name!r}: expected paths or URLs")
    wanted = as_list("by", by)
    if not wanted or set(wanted) - set(_BY):
        raise ValueError(f"by={wanted!r}: expected some of 'prefix' and 'origin_as'")
    if shares is not None:
        check_at_least(1, shares=shares)
    sizes = [stored_size(name) for name in names]
    n_shares = n_shares_of(sizes) if shares is None else shares
    with closing(_executor(cluster, processes, memory, spool)) as executor:
        return Job(executor, wanted, n_shares, progress).run(names, sizes)


def n_shares_of(sizes: list[int]) -> int:
    """Give the number of shares for dumps of these sizes."""
    return min(max(1, -(-sum(sizes) // _BYTES_PER_SHARE)), _MAX_SHARES)


def _executor(
    cluster: str | None,
    processes: int | None,
    memory: int | None,
    spool: str | os.PathLike[str] | None,
) -> Executor:
    if cluster is None:
        return Local(processes, memory, spool)
    if not isinstance(cluster, str):
        raise TypeError(f"cluster={cluster!r}: expected the address of a scheduler")
    if (processes, memory, spool) != (None, None, None):
        raise ValueError(
            f"processes={processes!r}, memory={memory!r}, spool={spool!r}: expected none of them with "
            f"cluster={cluster!r}, whose workers have their own"
        )
    from rib.batch.spread.cluster import Dask

    return Dask(cluster)


def stored_size(dump: str) -> int:
    """Give the compressed bytes of a dump, about what they would be where it is not compressed."""
    path = Path(dump)
    if not path.is_file():
        return _UNKNOWN_BYTES
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError:  # the task that reads it tells
        return _UNKNOWN_BYTES
    size = path.stat().st_size
    return size if head.startswith(_COMPRESSED) else size // _PLAIN


class Job:
    """The three stages of a job, on any executor."""

    def __init__(
        self, executor: Executor, by: list[By], n_shares: int, progress: Progress | None
    ) -> None:
        self._executor = executor
        self._by = by
        self._n_shares = n_shares
        self._n_origins = n_shares if "origin_as" in by else 0
        self._progress = progress
        self._n_done = self._n_tasks = 0

    def _done(self, name: str) -> None:
        self._n_done += 1
        if self._progress is not None:
            self._progress(self._n_done, self._n_tasks, name)

    def _stage(self, tasks: list[Task]) -> list[list[Handle]]:
        # The largest first: the next stage waits for the last.
        order = sorted(range(len(tasks)), key=lambda number: -tasks[number].n_bytes)
        handles = self._executor.run([tasks[number] for number in order], self._done)
        of_task = dict(zip(order, handles, strict=True))
        return [of_task[number] for number in range(len(tasks))]

    def _tables(self, handle: Handle) -> list[pa.Table]:
        return unpack(self._executor.get(handle))

    def run(self, names: list[str], sizes: list[int]) -> dict[str, pa.Table]:
        """Give the tables of `analyse`."""
        self._n_tasks = len(names) + self._n_shares + self._n_origins
        read = self._stage(
            [
                Task(
                    f"dump {name}" if n == 1 else f"dump {name} ({n})",
                    "read",
                    {"dump": name, "n_shares": self._n_shares},
                    (),
                    1 + self._n_shares,
                    size,
                )
                for name, size, n in zip(names, sizes, _occurrences(names), strict=True)
            ]
        )
        accounts, listed, wide = zip(*(self._tables(first) for first, *_ in read), strict=True)
        found = {"dumps": _dumps(names, accounts)}
        peers, ids = merge_peers(list(listed))
        context = self._executor.put(pack(peers, _sorted_by_prefix(list(wide)), _numbers(ids)))
        by_prefix = self._stage(
            [
                Task(
                    f"share {share} of the prefixes",
                    "prefixes",
                    {"by": self._by, "n_shares_of_origins": self._n_origins},
                    (context, *(pieces[1 + share] for pieces in read)),
                    2 + self._n_origins,
                )
                for share in range(self._n_shares)
            ]
        )
        # A handle at a time would do, but files hold all pieces of a task.
        self._executor.drop([handle for pieces in read for handle in pieces])
        found["peers"] = self._count(peers, [counts for _, counts, *_ in by_prefix])
        if "prefix" in self._by:
            found["prefix_diversity"] = self._diversity([first for first, *_ in by_prefix])
        if self._n_origins:
            found |= self._measure_origins(found["peers"], by_prefix)
        return found

    def _count(self, peers: pa.Table, handles: list[Handle]) -> pa.Table:
        """Give the peers with their counts over all shares."""
        parts = [self._tables(handle)[0] for handle in handles]

        def over(name: str, of: Any) -> Any:
            return of.reduce([column(part, name) for part in parts])

        counts = {f: over(f"n_prefixes{f}", np.add).astype(np.uint32) for f in (4, 6)}
        several = over("high", np.maximum) > over("low", np.minimum)
        return peers_of_counts(peers, counts, several)

    def _diversity(self, handles: list[Handle]) -> pa.Table:
        """Put the prefixes of all shares in their order."""
        whole = pa.concat_tables([self._tables(handle)[0] for handle in handles]).combine_chunks()
        network = whole.column("_network").combine_chunks()
        order = prefix_order(column(whole, "family"), network, column(whole, "_length"))
        return whole.drop_columns(["_network", "_length"]).take(pa.array(order)).combine_chunks()

    def _measure_origins(
        self, peers: pa.Table, by_prefix: list[list[Handle]]
    ) -> dict[str, pa.Table]:
        context = self._executor.put(pack(peers))
        by_origin = self._stage(
            [
                Task(
                    f"share {share} of the origins",
                    "origins",
                    {"share": share, "n_shares": self._n_origins},
                    (context, *(pieces[2 + share] for pieces in by_prefix)),
                    len(_ORIGIN_TABLES),
                )
                for share in range(self._n_origins)
            ]
        )
        found = {}
        for number, (name, key) in enumerate(_ORIGIN_TABLES):
            whole = pa.concat_tables([self._tables(handles[number])[0] for handles in by_origin])
            # All rows of an origin are in one share, in order already.
            order = np.argsort(column(whole, key), kind="stable")
            found[name] = whole.take(pa.array(order)).combine_chunks()
        return found


def _occurrences(names: list[str]) -> list[int]:
    """Count, for each name, how often it came so far: a dump may be given twice."""
    seen: Counter[str] = Counter()
    result = []
    for name in names:
        seen[name] += 1
        result.append(seen[name])
    return result


def _dumps(names: list[str], accounts: tuple[pa.Table, ...]) -> pa.Table:
    nothing = {field.name: 0 for field in DUMPS} | {"ok": False, "error": None}
    told = [json.loads(account.column("json")[0].as_py()) for account in accounts]
    rows = [{**nothing, **of, "dump": name} for name, of in zip(names, told, strict=True)]
    errors = [f"{row['dump']}: {row['error']}" for row in rows if row["error"] is not None]
    if len(errors) == len(names):
        raise WorkerError(f"none of {len(names)} dumps could be read: {errors[0]}", names[0])
    return pa.Table.from_pylist(rows, schema=DUMPS)


def _sorted_by_prefix(wide: list[pa.Table]) -> pa.Table:
    whole = pa.concat_tables(wide).combine_chunks()
    network = whole.column("network").combine_chunks()
    order = prefix_order(column(whole, "family"), network, column(whole, "length"))
    return whole.take(pa.array(order)).combine_chunks()


def _numbers(ids: list[Any]) -> pa.Table:
    """Give the new id of each peer of each dump, dump by dump."""
    dump = np.repeat(np.arange(len(ids)), [len(of) for of in ids])
    peer_id = np.concatenate(ids)
    return pa.table({"dump": dump.astype(np.uint32), "peer_id": peer_id.astype(np.uint16)})
