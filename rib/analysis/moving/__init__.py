"""The parts of `rib.migration`: facts of each snapshot, the steps of a safe order, and what breaks."""
