"""Every registry object can be sent to another process, also after it has answered."""

import copy
import pickle

import numpy as np
import pytest

import rib
from rib.registry.relationships import UNKNOWN

FILES = {
    "vrps": (rib.read_vrps, "vrps.json.gz"),
    "irr": (rib.read_irr, "irr.20250121.db.gz"),
    "organisations": (rib.read_organisations, "as-org2info.txt.gz"),
    "relationships": (rib.read_relationships, "as-rel.txt.bz2"),
    "delegations": (rib.read_delegations, "delegated-extended.txt.gz"),
}


def answers(kind, registry):
    """Ask a registry what analyses ask it, so that all that it derives is there."""
    asns = np.array([0, 213394, 43424, 4294967295], np.uint32)
    if kind in ("vrps", "irr"):
        found = [registry.index.lookup("91.208.207.1"), len(registry.rows)]
        found += [repr(registry.expand("AS-SQUARK"))] if kind == "irr" else []
    elif kind == "organisations":
        found = [registry.codes(asns).tolist(), registry.name(213394)]
    elif kind == "relationships":
        found = [registry.between(asns, asns[::-1]).tolist(), len(registry.known_ases)]
        assert UNKNOWN in found[0]
    else:
        columns = [registry.holders, registry.regions, registry.is_free]
        found = [registry.find_asns(asns).tolist(), [column.tolist() for column in columns]]
    return found


@pytest.mark.parametrize(
    "again", [lambda r: pickle.loads(pickle.dumps(r)), copy.copy, copy.deepcopy]
)
@pytest.mark.parametrize("kind", FILES)
def test_registry_pickles_and_copies_after_use(sample, kind, again):
    """A registry that has answered pickles and copies, and the copy answers the same."""
    read, name = FILES[kind]
    registry = read(sample / name)
    expected = answers(kind, registry)
    other = again(registry)
    assert expected == answers(kind, other)
    assert repr(registry) == repr(other)
    assert registry.table.equals(other.table)
    assert (registry.date, registry.ignored, registry.examples) == (
        other.date,
        other.ignored,
        other.examples,
    )
