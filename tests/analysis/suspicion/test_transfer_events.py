"""Transfers that are registered before they are announced."""

from scene import BEFORE, CHANGED, FRESH, OLD, only


def test_registered_transfer_is_listed_before_it_is_announced(judge):
    """Two origins in an RIR registry, one of them fresh, is a transfer in progress."""
    objects = [("20.0.0.0/16", 100, "RIPE", OLD), ("20.0.0.0/16", 666, "RIPE", FRESH)]
    event = only(judge(BEFORE, irr=objects))
    assert ([100], [666], 0, 0) == tuple(
        event[k] for k in ("incumbents", "newcomers", "score", "n_vps")
    )
    assert ["registered multi-origin, transfer in progress"] == event["explained_by"]
    event = only(judge(CHANGED, irr=objects))
    assert "registered multi-origin, transfer in progress" in event["explained_by"]
    assert 0 == len(judge(BEFORE, irr=[(p, a, s, OLD) for p, a, s, _ in objects]))
