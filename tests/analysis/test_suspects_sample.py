"""`hijack_suspects` on the sample: the planted incidents and nothing else."""

import pytest
from scene import events

from rib.analysis.suspects import hijack_suspects
from rib.analysis.suspicion.rules import verdict
from rib.registry.delegations import read_delegations
from rib.registry.irr import read_irr
from rib.registry.organisations import read_organisations
from rib.registry.relationships import read_relationships
from rib.registry.vrps import read_vrps

SNAPSHOTS = ("20250114.0000", "20250115.1200", "20250117.0000", "20250121.1200")


@pytest.fixture(scope="module")
def registries(sample):
    """Give all registries but the IRR."""
    return {
        "vrps": read_vrps(sample / "vrps.json.gz"),
        "organisations": read_organisations(sample / "as-org2info.txt.gz"),
        "relationships": read_relationships(sample / "as-rel.txt.bz2"),
        "delegations": read_delegations(sample / "delegated-extended.txt.gz"),
    }


@pytest.fixture(scope="module")
def irrs(sample):
    """Give the IRR of the first day and of the last."""
    return [read_irr(sample / f"irr.{day}.db.gz") for day in ("20250114", "20250121")]


@pytest.fixture(scope="module")
def judged(registries, irrs, read_sample):
    """Give the events of each snapshot, with the one before as baseline and all registries."""
    return {
        name: events(
            hijack_suspects(
                read_sample(name),
                baseline=read_sample(SNAPSHOTS[i - 1]) if i else None,
                irr=irrs[i > 0],
                **registries,
            )
        )
        for i, name in enumerate(SNAPSHOTS)
    }


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_sample_suspects_are_the_planted_incidents(judged, sample_truth, snapshot):
    """Every planted incident but the leaks is a suspect, and nothing else is, at each snapshot."""
    planted = {
        (e["kind"], prefix): e["newcomers"]
        for e in sample_truth["events"]
        for prefix in e["prefixes"]
        if e["incident"] and e["kind"] != "leak" and snapshot in e["snapshots"]
    }
    found = {
        (e["kind"], prefix): e["newcomers"]
        for e in judged[snapshot]
        for prefix in e["prefixes"]
        if e["score"] >= 50
    }
    assert planted == found
    assert bool(planted) == (snapshot == SNAPSHOTS[-1])


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_sample_look_alikes_are_explained(judged, sample_truth, snapshot):
    """Siblings, anycast, customers and providers, transfers are listed with their explanation."""
    wanted = {
        "siblings": "siblings",
        "anycast": "authorised in the RPKI",
        "customer and provider": "customer and provider",
        "registered transfer": "authorised in the RPKI",
    }
    for planted in sample_truth["events"]:
        if planted["label"] in wanted and snapshot in planted["snapshots"]:
            prefix = planted["prefixes"][0]
            about = [e for e in judged[snapshot] if prefix in e["prefixes"]]
            assert about
            assert all(
                e["score"] < 50 and wanted[planted["label"]] in e["explained_by"] for e in about
            )


def test_sample_leaks_are_listed(judged, sample_truth):
    """Planted leaks are listed by leaker, with all their prefixes."""
    found = {e["newcomers"][0]: e["prefixes"] for e in judged[SNAPSHOTS[-1]] if e["kind"] == "leak"}
    planted = [e for e in sample_truth["events"] if e["kind"] == "leak"]
    assert {e["newcomers"][0]: e["prefixes"] for e in planted} == found


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_sample_migration_is_a_registered_transfer(judged, snapshot):
    """The migration is a transfer in progress once it is registered, never a suspect."""
    about = [e for e in judged[snapshot] if "91.208.207.0/24" in e["prefixes"]]
    assert len(about) == (snapshot != SNAPSHOTS[0])
    for event in about:
        assert ([43424], [213394]) == (event["incumbents"], event["newcomers"])
        assert event["score"] < 50
        assert "registered multi-origin, transfer in progress" in event["explained_by"]


@pytest.mark.parametrize("baseline", [True, False])
@pytest.mark.parametrize("vrps", [True, False])
@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_sample_migration_is_explained_by_less(
    registries, irrs, read_sample, snapshot, vrps, baseline
):
    """Neither the RPKI nor a baseline is needed to see that the move is registered."""
    number = SNAPSHOTS.index(snapshot)
    given = registries if vrps else {k: v for k, v in registries.items() if k != "vrps"}
    before = read_sample(SNAPSHOTS[number - 1]) if baseline and number else None
    found = hijack_suspects(read_sample(snapshot), baseline=before, irr=irrs[number > 0], **given)
    about = [e for e in events(found) if "91.208.207.0/24" in e["prefixes"]]
    assert len(about) == (number > 0)
    for event in about:
        assert event["score"] < 50
        assert "registered multi-origin, transfer in progress" in event["explained_by"]


@pytest.mark.parametrize("snapshot", SNAPSHOTS)
def test_sample_events_follow_from_their_evidence(judged, snapshot):
    """Score, explanation and whether it is a suspect come from the evidence rows alone."""
    for event in judged[snapshot]:
        again = verdict(event["evidence"])
        assert (event["score"], event["explained_by"]) == (again.score, again.explained_by)
        assert again.suspect == (event["score"] >= 50) == bool(event["would_clear"])
