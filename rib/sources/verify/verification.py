"""`verify_mrt`: every installed oracle over one file."""

import os
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rib.fallback.framing import TABLE_DUMP_V2
from rib.sources.mrt import read_mrt
from rib.sources.raw import one_file, raw_records, with_header
from rib.sources.verify.bgpdump import Bgpdump
from rib.sources.verify.bgpkit import Bgpkit
from rib.sources.verify.comparison import Comparison, Tally, compare, stride_for
from rib.sources.verify.mrtparse import Mrtparse
from rib.sources.verify.own import own_routes
from rib.sources.verify.route import AbsentError, Oracle
from rib.table.rib import Rib

__all__ = ["N_RECORDS", "ORACLES", "Verification", "verify_mrt"]

#: Records compared unless asked otherwise: seconds even for the slowest oracle.
N_RECORDS = 2000

#: Independent readers, in the order in which they are asked.
ORACLES: tuple[type[Oracle], ...] = (Bgpdump, Bgpkit, Mrtparse)

#: Subtypes of TABLE_DUMP_V2 that are not compared: multicast, whose routes some oracles mix with the
#: unicast ones, and RIB_GENERIC, which none reads.
_LEFT_OUT = frozenset((3, 5, 6, 9, 11, 12))


@dataclass(frozen=True)
class Verification:
    """What `verify_mrt` found.

    Attributes
    ----------
    table : Rib
        The whole file; its receipt says what was damaged.
    n_records : int
        Records looked at; ``counts`` has how many of them were compared.
    is_partial : bool
        Whether the file has more.
    counts : dict of str to int or None
        Ours over those records: ``records``, ``routes``, ``peers`` (with routes), ``prefixes``.
    comparisons : list of Comparison
        One per oracle, those that are not installed included.
    """

    table: Rib
    n_records: int
    is_partial: bool
    counts: dict[str, int | None]
    comparisons: list[Comparison]

    @property
    def has_answer(self) -> bool:
        """Whether any oracle read the file."""
        return any(c.state in ("agrees", "explained", "differs") for c in self.comparisons)

    @property
    def agrees(self) -> bool:
        """Whether every oracle that read the file gives the same, known errors of theirs aside."""
        return self.has_answer and not any(c.state == "differs" for c in self.comparisons)


def verify_mrt(path: str | os.PathLike[str], *, records: int = N_RECORDS) -> Verification:
    """Compare what rib reads from a dump with what independent programs read.

    bgpdump, pybgpkit-parser and mrtparse, as far as they are installed, read the first records of
    the file, and so does rib. Routes, peers with routes and distinct prefixes are counted; of some
    5,000 routes, chosen by a hash of prefix and peer, every field is compared that the oracle has:
    AS path, ORIGIN, next hop, MED, LOCAL_PREF, communities, ADD-PATH id. Multicast and RIB_GENERIC
    records are left out: some oracles mix the former with unicast, none reads the latter.

    Parameters
    ----------
    path : str or path-like
        One MRT RIB dump; plain or compressed as `rib.read_mrt` reads it.
    records : int, default 2000
        How many records from the start the oracles read; 0 for all. rib reads the whole file
        besides, for its receipt.

    Returns
    -------
    Verification

    Raises
    ------
    MrtError, OSError
        As `rib.read_mrt`: a file without routes, a missing file.
    ValueError
        ``records`` is negative.

    Notes
    -----
    The slowest oracle takes about a minute per million routes it reads. They read a plain copy of
    the records in the temporary directory, so that all of them read the same bytes.
    """
    if records < 0:
        raise ValueError(f"records={records}: expected a number of records, or 0 for all")
    name = one_file(path)
    table = read_mrt(name)
    with tempfile.TemporaryDirectory(prefix="rib-verify-") as folder:
        part = Path(folder) / "part.mrt"
        n_records, is_partial = _copy(name, part, records)
        own = read_mrt(part)
        stride = stride_for(own.n_routes)
        ours = Tally(stride, records=sum(own.receipt.records.values()))
        ours.add(own_routes(own))
        comparisons = [_ask(oracle(), part, ours) for oracle in ORACLES]
    return Verification(table, n_records, is_partial, ours.counts, comparisons)


def _copy(path: str, part: Path, records: int) -> tuple[int, bool]:
    """Write the first records as they are; give their number and whether there are more."""
    found, n = raw_records(path), 0
    with part.open("wb") as stream:
        for record in islice(found, records or None):
            n += 1
            if record.kind != TABLE_DUMP_V2 or record.subtype not in _LEFT_OUT:
                stream.write(with_header(record))
    return n, next(found, None) is not None


def _ask(oracle: Oracle, path: Path, ours: Tally) -> Comparison:
    """Let an oracle read the file; whatever it raises is its answer."""
    version = ""
    try:
        version = oracle.version()
        theirs = Tally(ours.stride)
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
