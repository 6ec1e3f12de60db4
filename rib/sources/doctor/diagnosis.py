"""`diagnose`: writer, deviations and the table itself, of one file."""

import os
from dataclasses import dataclass

from rib.sources.doctor.deviations import Deviation, deviations
from rib.sources.doctor.traits import Traits, read_traits
from rib.sources.doctor.writers import Guess, guess_project, guess_writer
from rib.sources.mrt import read_mrt
from rib.sources.raw import one_file
from rib.table.rib import Rib

__all__ = ["Diagnosis", "diagnose"]


@dataclass(frozen=True)
class Diagnosis:
    """What `diagnose` found.

    Attributes
    ----------
    table : Rib
        The file as it loads; ``table.write_mrt`` saves it as a clean dump.
    guess : Guess
        The likely writer, with evidence.
    project : tuple of (str, str) or None
        RIS or RouteViews and why, where a collector of theirs is recognised.
    traits : Traits
        What the first records look like.
    deviations : list of Deviation
        Where the file leaves the RFCs, losses first.
    """

    table: Rib
    guess: Guess
    project: tuple[str, str] | None
    traits: Traits
    deviations: list[Deviation]


def diagnose(path: str | os.PathLike[str]) -> Diagnosis:
    """Say who likely wrote a dump and where it leaves the RFCs.

    Parameters
    ----------
    path : str or path-like
        One MRT RIB dump; plain or compressed as `rib.read_mrt` reads it.

    Returns
    -------
    Diagnosis

    Raises
    ------
    MrtError, OSError
        As `rib.read_mrt`: a file without any route (one of BGP updates, an empty one) raises
        `UnsupportedMrtError` or `MrtError`; damage beside routes is listed.

    Notes
    -----
    One load of the file, O(routes), and a pure-Python walk over its first 1,000 records. The writer
    is a heuristic: routes can look alike whoever dumped them, so it comes with its evidence.

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
    table = read_mrt(name)
    traits = read_traits(name)
    return Diagnosis(
        table, guess_writer(traits), guess_project(name, traits), traits, deviations(table)
    )
