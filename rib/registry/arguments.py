"""Arguments of analyses: a path where a registry belongs is said at once, by its name."""

from numbers import Integral

from rib.registry.bogons import Bogons
from rib.registry.delegations import Delegations
from rib.registry.irr import Irr
from rib.registry.organisations import Organisations
from rib.registry.relationships import Relationships
from rib.registry.vrps import Vrps
from rib.table.graph import DiGraph
from rib.table.policy import Policy
from rib.table.rib import Rib

__all__ = ["check_at_least", "check_given", "check_required"]

#: What each argument must be, and what gives one.
_KINDS: dict[str, tuple[type, str]] = {
    "table": (Rib, "read_mrt"),
    "view": (Rib, "read_mrt"),
    "graph": (DiGraph, "as_graph"),
    "baseline": (Rib, "read_mrt"),
    "yesterday": (Rib, "read_mrt"),
    "today": (Rib, "read_mrt"),
    "policy": (Policy, "read_policy"),
    "before": (Policy, "read_policy"),
    "after": (Policy, "read_policy"),
    "vrps": (Vrps, "read_vrps"),
    "irr": (Irr, "read_irr"),
    "organisations": (Organisations, "read_organisations"),
    "relationships": (Relationships, "read_relationships"),
    "bogons": (Bogons, "read_bogons"),
    "delegations": (Delegations, "read_delegations"),
}


def check_required(**arguments: object) -> None:
    """Raise `TypeError` for an argument that is not what its name says."""
    for name, given in arguments.items():
        kind, reader = _KINDS[name]
        if not isinstance(given, kind):
            text = repr(given)
            # A whole table as text would hide what is wrong with it.
            found = text if len(text) <= 200 and "\n" not in text else f"<{type(given).__name__}>"
            raise TypeError(f"{name}={found}: expected {kind.__name__}, as {reader} returns")


def check_given(**arguments: object) -> None:
    """Raise `TypeError` for an argument that is neither None nor what its name says."""
    check_required(**{name: given for name, given in arguments.items() if given is not None})


def check_at_least(least: int, **arguments: object) -> None:
    """Raise `TypeError` or `ValueError` for an argument that is no whole number, or less than this."""
    for name, given in arguments.items():
        text = f"{name}={given!r}: expected a whole number from {least}"
        if isinstance(given, bool) or not isinstance(given, Integral):
            raise TypeError(text)
        if given < least:
            raise ValueError(text)
