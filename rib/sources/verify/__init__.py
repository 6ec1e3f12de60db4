"""Does another program read the same routes out of a file? One module per program.

`route` is the common form, `own`, `bgpdump`, `bgpkit` and `mrtparse` give it, `portion` copies the records
that others read, `comparison` compares two readers, `reasons` knows where the other one is wrong,
`verification` runs it all on one file.
"""

from rib.sources.verify.comparison import Comparison, Difference
from rib.sources.verify.verification import N_RECORDS, Verification, verify_mrt

__all__ = ["N_RECORDS", "Comparison", "Difference", "Verification", "verify_mrt"]
