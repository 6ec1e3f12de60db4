"""Plots for notebooks, exported as `rib.plot`: each draws on one matplotlib axis and returns it.

matplotlib is optional (``pip install 'rib[plot]'``) and imported at the first plot.
"""

from rib.report.pictures.diversity import diversity
from rib.report.pictures.evidence import evidence
from rib.report.pictures.exits import exits
from rib.report.pictures.failures import failures
from rib.report.pictures.hegemony import hegemony
from rib.report.pictures.moves import moves
from rib.report.pictures.neighbourhood import as_neighbourhood
from rib.report.pictures.path_lengths import path_lengths
from rib.report.pictures.saturation import saturation
from rib.report.pictures.shared_fate import shared_fate
from rib.report.pictures.timeline import origin_timeline
from rib.report.pictures.upstreams import upstreams

__all__ = [
    "as_neighbourhood",
    "diversity",
    "evidence",
    "exits",
    "failures",
    "hegemony",
    "moves",
    "origin_timeline",
    "path_lengths",
    "saturation",
    "shared_fate",
    "upstreams",
]
