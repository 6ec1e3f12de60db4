"""What is the matter with a dump: who wrote it, where it leaves the RFCs, and how to mend it.

`traits` walks the first raw records, `writers` guesses from them, `deviations` explains what the
whole load met, `diagnosis` puts it together.
"""

from rib.sources.doctor.diagnosis import Diagnosis, diagnose

__all__ = ["Diagnosis", "diagnose"]
