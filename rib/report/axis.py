"""The matplotlib axis that a plot draws on, given or new."""

from typing import TYPE_CHECKING

from rib.exceptions import ConfigError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["axis_for"]


def axis_for(ax: "Axes | None", width: float, height: float) -> "Axes":
    """Give the axis, or one of a new figure of this size in inches."""
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise ConfigError("plots need matplotlib: pip install 'rib[plot]'") from error
    if ax is not None:
        return ax
    _, made = plt.subplots(figsize=(width, height), layout="constrained")
    return made
