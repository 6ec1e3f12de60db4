"""What can be read in a picture, and whether it can be."""

import itertools

__all__ = ["unreadable", "words"]

#: Pixels by which boxes may touch: they are a little larger than the ink.
_SLACK = 1.0


def _texts(ax):
    """Texts that are drawn: ticks inside the view, labels, titles, legend, and those put on the axis."""
    ticks = []
    for axis, limits in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, ax.get_ylim())):
        low, high = sorted(limits)
        ticks += [t.label1 for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
    legend = ax.get_legend()
    named = [ax.xaxis.label, ax.yaxis.label, ax.title, ax._left_title, *ax.texts]
    every = [*ticks, *named, *(legend.get_texts() if legend else [])]
    return [t for t in every if t.get_visible() and t.get_text()]


def words(ax):
    """Give the texts in a picture."""
    return [t.get_text() for t in _texts(ax)]


def unreadable(ax):
    """Give texts that lie over each other or leave the figure."""
    figure = ax.get_figure()
    figure.canvas.draw()
    boxes = [(t.get_text(), t.get_window_extent().padded(-_SLACK)) for t in _texts(ax)]
    page = figure.bbox
    found = [
        text
        for text, box in boxes
        if box.x0 < page.x0 or box.y0 < page.y0 or box.x1 > page.x1 or box.y1 > page.y1
    ]
    pairs = itertools.combinations(boxes, 2)
    return found + [(a, b) for (a, one), (b, other) in pairs if one.overlaps(other)]
