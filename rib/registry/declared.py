"""What an AS declares in the IRR: neighbours and the origins it announces to them, line by line."""

import datetime as dt
from dataclasses import dataclass, field

import pyarrow.compute as pc

from rib.registry.irr import Irr
from rib.registry.irr_sources import source_rank
from rib.registry.rpsl_policy import POLICY_ATTRIBUTES, Term, filter_ases, parse_policy

__all__ = ["Declared", "DeclaredAs", "declared_policy"]


@dataclass
class DeclaredAs:
    """How one AS is declared.

    ``lines`` are the numbers and texts of the lines; ``directions`` of them; ``sets`` the sets of ASes
    through which the lines name it.
    """

    lines: dict[int, str] = field(default_factory=dict)
    directions: set[str] = field(default_factory=set)
    sets: set[str] = field(default_factory=set)

    def add(self, line: int, text: str, direction: str, through: str | None) -> None:
        """Note a line that names it."""
        self.lines[line] = text
        self.directions.add(direction)
        if through is not None:
            self.sets.add(through)


@dataclass
class Declared:
    """The policy of an aut-num.

    ``source`` is None where there is no aut-num. ``limited`` are the neighbours to which every export
    line announces ASes and sets of them and nothing else: only for these is it declared which origins they
    hear of. ``missing`` are sets of ASes that the lines name and nobody registered, or what such sets name.
    """

    source: str | None = None
    last_modified: dt.date | None = None
    neighbours: dict[int, DeclaredAs] = field(default_factory=dict)
    origins: dict[int, DeclaredAs] = field(default_factory=dict)
    limited: set[int] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)


def declared_policy(irr: Irr, asn: int) -> Declared:
    """Read the policy of an AS: of several aut-nums that of the best source class, then the first by name."""
    aut_nums = irr.aut_nums.filter(pc.equal(irr.aut_nums.column("asn"), asn)).to_pylist()
    found = Declared()
    if not aut_nums:
        return found
    aut_num = min(aut_nums, key=lambda row: source_rank(row["source"]))
    found.source, found.last_modified = aut_num["source"], aut_num["last_modified"]
    of_it = pc.and_(
        pc.equal(irr.policies.column("asn"), asn),
        pc.equal(irr.policies.column("source"), found.source),
    )
    open_to: set[int] = set()
    for row in irr.policies.filter(of_it).to_pylist():
        direction = POLICY_ATTRIBUTES[row["attribute"]]
        if direction == "default":
            continue
        text = f"{row['attribute']}: {row['text']}"
        for term in parse_policy(direction, row["text"])[0]:
            named = _peers(irr, term, found)
            for peer, through in named.items():
                entry = found.neighbours.setdefault(peer, DeclaredAs())
                entry.add(row["line"], text, direction, through)
            if direction == "export":
                told = _announced(irr, term, row["line"], text, found)
                (found.limited if told else open_to).update(named)
    found.limited -= open_to
    return found


def _expand(irr: Irr, name: str, found: Declared) -> list[int]:
    # A name without a source means the aut-num's own source first.
    own = f"{found.source}::{name}"
    expansion = irr.expand(name if "::" in name else own)
    if own in expansion.missing:
        expansion = irr.expand(name)
    found.missing.update(expansion.missing)
    members: list[int] = expansion.asns.tolist()
    return members


def _peers(irr: Irr, term: Term, found: Declared) -> dict[int, str | None]:
    """Neighbours a term names, with the set where it is one that names them."""
    peers: dict[int, str | None] = {}
    for name in term.sets:
        if name != "AS-ANY":
            peers |= dict.fromkeys(_expand(irr, name, found), name)
    peers |= dict.fromkeys(term.peers)
    for name in term.excluded:
        away = [int(name[2:])] if name[2:].isdigit() else _expand(irr, name, found)
        for asn in away:
            peers.pop(asn, None)
    return peers


def _announced(irr: Irr, term: Term, line: int, text: str, found: Declared) -> bool:
    """Add the origins that the filter of an export announces; say whether it tells them all."""
    told = filter_ases(term.filter)
    if told is None:
        return False
    asns, sets = told
    for asn in asns:
        found.origins.setdefault(asn, DeclaredAs()).add(line, text, "export", None)
    for name in sets:
        for asn in _expand(irr, name, found):
            found.origins.setdefault(asn, DeclaredAs()).add(line, text, "export", name)
    return True
