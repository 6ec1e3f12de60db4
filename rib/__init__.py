"""rib: from a full BGP table to answers in one process.

>>> import rib
>>> table = rib.read_mrt("data/sample-mrt/collector.20250121.1200.mrt.bz2")
>>> table.lookup("91.208.207.1").origin_as
(213394,)
>>> share = rib.upstream_preference(table, origin_as=[213394])
>>> sorted(share.query("family == 4").upstream_as)
[3257, 3356, 29075, 43424]

Sources (`read_mrt`) give a `Rib`; analyses are functions of it that return DataFrames; registries
(`read_vrps`, `read_irr`, …) are what routes are judged against; `write_report` writes it all down.
"""

from rib.exceptions import (
    ConfigError,
    MrtError,
    PrefixError,
    RegistryError,
    RibError,
    TruncatedMrtError,
    UnsupportedMrtError,
)
from rib.sources.mrt import read_mrt
from rib.table.prefix_table import PrefixTable
from rib.table.receipt import LoadReceipt
from rib.table.rib import Match, Rib
