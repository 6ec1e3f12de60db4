"""ASes of DDoS mitigation services, from dated data beside this file."""

import csv
import datetime as dt
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from rib.registry.files import date_in_name

__all__ = ["Scrubbers", "read_scrubbers"]

_FILE = "scrubbers.csv"


@dataclass(frozen=True)
class Scrubbers:
    """AS numbers of mitigation services, ascending, with the state and name of the data file."""

    asns: npt.NDArray[np.uint32]
    date: dt.date
    source: str = _FILE


def read_scrubbers() -> Scrubbers:
    """Read the list that comes with rib."""
    lines = (files("rib.registry") / _FILE).read_text("utf-8").splitlines()
    date = next(
        d for line in lines if line.startswith("# date:") and (d := date_in_name(line[7:18]))
    )
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    return Scrubbers(np.sort(np.array([int(row["asn"]) for row in rows], np.uint32)), date)
