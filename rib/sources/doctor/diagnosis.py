"""`diagnose`: writer, deviations and the table itself, of one file."""

import os
from contextlib import nullcontext
from dataclasses import dataclass

from rib.sources.doctor.deviations import Deviation, deviations
from rib.sources.doctor.traits import Traits, read_traits
from rib.sources.doctor.writers import Guess, guess_project, guess_writer
from rib.sources.held import Bar, Reading, held
from rib.sources.raw import one_file
from rib.table.rib import Rib
from rib.table.updates import Updates

__all__ = ["Diagnosis", "diagnose"]


@dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found.

    Attributes
    ----------
    table : Rib or Updates
        The file as it loads; ``table.write_mrt`` saves a RIB as a clean dump.
    guess : Guess
        The likely writer, with evidence.
    project : tuple of (str, str) or None
        RIS or RouteViews and why, where a collector of theirs is recognised.
    traits : Traits
        What the first records look like.
    deviations : list of Deviation
        Where the file leaves the RFCs, losses first.
    """

    table: Rib | Updates
    guess: Guess
    project: tuple[str, str] | None
    traits: Traits
    deviations: list[Deviation]


def diagnose(
    path: str | os.PathLike[str], *, how: Reading | None = None, bar: Bar = nullcontext
) -> Diagnosis:
    """Say who likely wrote a dump, or updates, and where it leaves the RFCs.

    Parameters
    ----------
    path : str or path-like
        One MRT RIB dump or file of updates, or its URL; plain or compressed as `rib.read_mrt` reads it.
    how : Reading, optional
        How the file is read, as the arguments of `rib.read_mrt`.
    bar : callable, optional
        Makes what shows the progress of each download and each reading.

    Returns
    -------
    Diagnosis

    Raises
    ------
    MrtError, OSError
        As `rib.read_mrt`: a file without any route or update raises `UnsupportedMrtError` or
        `MrtError`; damage beside them is listed.

    Notes
    -----
    One load of the file, O(routes), and a pure-Python walk over its first 1,000 records. The writer
    is a heuristic: routes can look alike whoever dumped them, so it comes with its evidence. Updates
    are what peers sent, and seldom tell who logged them.

    References
    ----------
    RFC 6396, RFC 8050, and the sources named in `rib.sources.doctor.writers`.

    Examples
    --------
    >>> from rib.sources.doctor import diagnose
    >>> found = diagnose("data/sample-mrt/own.20250121.1200.mrt.gz")
    >>> [d.kind for d in found.deviations]
    []
    """
    name = one_file(path)
    with held(name, how, bar) as found:
        table = found.either()
        traits = read_traits(str(found.inputs.given[0][2]))
    traits.state_changes_swapped = table.receipt.quirks.get("state_change_swapped", 0)
    return Diagnosis(
        table, guess_writer(traits), guess_project(name, traits), traits, deviations(table)
    )
