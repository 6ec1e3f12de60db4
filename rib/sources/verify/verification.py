"""`verify_mrt`: every installed oracle over one file."""

import os
import tempfile
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from rib.sources.held import Bar, Reading, held
from rib.sources.mrt import read_mrt
from rib.sources.raw import one_file
from rib.sources.updates import read_updates
from rib.sources.verify.bgpdump import Bgpdump
from rib.sources.verify.bgpkit import Bgpkit
from rib.sources.verify.comparison import Comparison, Tally, compare, stride_for
from rib.sources.verify.mrtparse import Mrtparse
from rib.sources.verify.own import own_changes, own_routes
from rib.sources.verify.portion import Portion, copy_records
from rib.sources.verify.route import AbsentError, Oracle
from rib.table.rib import Rib
from rib.table.updates import Updates

__all__ = ["N_RECORDS", "ORACLES", "Verification", "verify_mrt"]

#: Records compared unless asked otherwise: seconds even for the slowest oracle.
N_RECORDS = 2000

#: Independent readers, in the order in which they are asked.
ORACLES: tuple[type[Oracle], ...] = (Bgpdump, Bgpkit, Mrtparse)


@dataclass(frozen=True)
class Verification:
    """What `verify_mrt` found.

    Attributes
    ----------
    table : Rib or Updates
        The whole file; its receipt says what was damaged.
    n_records : int
        Records looked at; ``counts`` has how many of them were compared.
    is_partial : bool
        Whether the file has more.
    counts : dict of str to int or None
        Ours over those records: ``records``, ``routes`` (of updates: ``changes``), ``peers`` (with
        routes), ``prefixes``.
    comparisons : list of Comparison
        One per oracle, those that are not installed included.
    left_out : list of (str, str, int)
        Name, reason and number of records that were not compared.
    """

    table: Rib | Updates
    n_records: int
    is_partial: bool
    counts: dict[str, int | None]
    comparisons: list[Comparison]
    left_out: list[tuple[str, str, int]]

    @property
    def has_answer(self) -> bool:
        """Whether any oracle read the file."""
        return any(c.state in ("agrees", "explained", "differs") for c in self.comparisons)

    @property
    def agrees(self) -> bool:
        """Whether every oracle that read the file gives the same, known errors of theirs aside."""
        return self.has_answer and not any(c.state == "differs" for c in self.comparisons)


def verify_mrt(
    path: str | os.PathLike[str],
    *,
    records: int = N_RECORDS,
    how: Reading | None = None,
    bar: Bar = nullcontext,
) -> Verification:
    """Compare what rib reads from a dump, or from updates, with what independent programs read.

    bgpdump, pybgpkit-parser and mrtparse, as far as they are installed, read the first records of
    the file, and so does rib. Routes, peers with routes and distinct prefixes are counted; of some
    5,000 routes, chosen by a hash of prefix and peer, every field is compared that the oracle has:
    AS path, ORIGIN, next hop, MED, LOCAL_PREF, communities, ADD-PATH id. Of updates the announcements
    and withdrawals are compared so, and their seconds.

    Parameters
    ----------
    path : str or path-like
        One MRT RIB dump or file of updates, or its URL; plain or compressed as `rib.read_mrt` reads it.
    records : int, default 2000
        How many records from the start the oracles read; 0 for all. rib reads the whole file
        besides, for its receipt.
    how : Reading, optional
        How the file is read, as the arguments of `rib.read_mrt`.
    bar : callable, optional
        Makes what shows the progress of each download and each reading.

    Returns
    -------
    Verification

    Raises
    ------
    MrtError, OSError
        As `rib.read_mrt`: a file without routes or updates, a missing file.
    ValueError
        ``records`` is negative.

    Notes
    -----
    The slowest oracle takes about a minute per million routes it reads. They read a plain copy of
    the records in the temporary directory, so that all of them read the same bytes.

    Records that other programs are known not to read, or to read as something else, are left out and
    counted in ``left_out`` with the reason: RIB_GENERIC, BGP4MP_ENTRY, MRT type 5, RIB records that
    name AFI and SAFI before their prefix, and those of the SAFI that is not read. Changes of state are
    not compared, and changes of one second to one prefix of one peer have no order.
    """
    records = _whole(records)
    how = how or Reading()
    with (
        held(one_file(path), how, bar) as found,
        tempfile.TemporaryDirectory(prefix="rib-verify-") as folder,
    ):
        table = found.either()
        part = Path(folder) / "part.mrt"
        copied = copy_records(
            str(found.inputs.given[0][2]),
            part,
            records,
            safi=1 if how.safi == "unicast" else 2,
            is_rib=isinstance(table, Rib),
            max_bytes=how.max_bytes,
        )
        ours, comparisons = _compared(part, copied, table, how)
    return Verification(
        table,
        copied.n_records,
        copied.is_partial,
        ours.counts,
        comparisons,
        [(name, why, n) for (name, why), n in copied.left_out.items()],
    )


def _whole(records: object) -> int:
    if not isinstance(records, int) or isinstance(records, bool) or records < 0:
        raise ValueError(f"records={records!r}: expected a number of records, or 0 for all")
    return records


def _compared(
    part: Path, copied: Portion, table: Rib | Updates, how: Reading
) -> tuple[Tally, list[Comparison]]:
    """Count our routes or changes of the part and ask every oracle for its own."""
    is_rib = isinstance(table, Rib)
    what = "routes" if is_rib else "changes"
    own: Rib | Updates | None = None
    if copied.n_copied:
        own = (read_mrt if is_rib else read_updates)(part, safi=how.safi, max_bytes=None)
    n = 0 if own is None else own.n_routes if isinstance(own, Rib) else own.n_changes
    ours = Tally(stride_for(n), what, records=0)
    if own is not None:
        ours.records = sum(own.receipt.records.values())
        ours.add(own_routes(own) if isinstance(own, Rib) else own_changes(own))
    if not ours.routes and (copied.left_out or not is_rib):
        detail = f"rib reads no {what} in these records"
        if copied.left_out:
            detail = f"other readers know no record with {what} of this file"
        return ours, [
            Comparison(oracle.name, state="nothing to compare", detail=detail) for oracle in ORACLES
        ]
    return ours, [_ask(oracle(), part, ours, how.safi) for oracle in ORACLES]


def _ask(oracle: Oracle, path: Path, ours: Tally, safi: str) -> Comparison:
    """Let an oracle read the file; whatever it raises is its answer."""
    version = ""
    try:
        version = oracle.version()
        limit = oracle.limits.get((ours.what, safi))
        if limit:
            return Comparison(oracle.name, version, state="nothing to compare", detail=limit)
        theirs = Tally(ours.stride, ours.what)
        theirs.add(oracle.routes(path))
        theirs.records = oracle.n_records()
    except AbsentError as absent:
        return Comparison(oracle.name, state="not installed", detail=str(absent))
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001 - also the panics of native code, which are no Exception
        detail = f"{type(error).__name__}: {error}"
        return Comparison(oracle.name, version, state="failed", detail=detail)
    found = compare(ours, theirs, oracle)
    found.version = version
    return found
