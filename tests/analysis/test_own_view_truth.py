"""Exits and failures of the sample's own view, and of the composed one, against what was planted."""

import gzip
import json

import pytest

import rib
from rib._backend import BACKEND

OUTCOMES = ["unaffected", "rerouted_exact", "rerouted_cover", "default_only", "lost"]


@pytest.fixture(scope="module")
def view(sample):
    return rib.read_mrt(sample / "own.20250121.1200.mrt.gz")


def test_exit_preference_gives_the_winners_that_were_planted(view, sample_truth):
    routes = rib.exit_preference(view).routes
    found = routes.groupby(["winner_as", "family"]).size().to_dict()
    expected = {
        (int(asn), int(family)): n
        for asn, of in sample_truth["own_view"]["winners"].items()
        for family, n in of.items()
    }
    assert found == expected


@pytest.mark.parametrize("k", [1, 2])
def test_transit_failures_give_the_figures_that_were_planted(view, sample_truth, k):
    """Any one of the four transits, and any two."""
    frame = rib.transit_failures(view, k=k)
    counts = frame.set_index(["failed", "family", "outcome"])["n_prefixes"].to_dict()
    expected = {
        (tuple(of["failed"]), of["family"], outcome): of[outcome]
        for of in sample_truth["own_view"]["failures"]
        if len(of["failed"]) == k
        for outcome in OUTCOMES
    }
    assert len(expected) == {1: 4, 2: 6}[k] * 2 * len(OUTCOMES)
    assert counts == expected


@pytest.mark.skipif(BACKEND == "fallback", reason="4.2M routes are too many without native code")
def test_composed_own_view_has_the_candidates_that_were_planted(shared_data):
    """Candidates of each transit, and prefixes by the set of transits that have them."""
    folder = shared_data / "composed"
    truth = json.loads(gzip.decompress((folder / "truth.json.gz").read_bytes()))["own_view"]
    composed = rib.read_mrt(folder / "own.mrt.bz2")
    peers, routes = composed.peers.to_pandas(), rib.exit_preference(composed).routes
    for family, name in ((4, "v4"), (6, "v6")):
        column = f"n_prefixes{family}"
        sent = peers[peers[column] > 0].groupby("peer_as")[column].sum()
        expected = {int(asn): n for asn, n in truth["per_transit"][name].items()}
        assert {int(asn): int(n) for asn, n in sent.items()} == expected
        n_candidates = routes[routes["family"] == family]["n_candidates"].value_counts()
        by_number = dict.fromkeys(range(1, 5), 0)
        for transits, n in truth["by_transit_set"][name].items():
            by_number[len(transits.split())] += n
        assert {int(n): int(c) for n, c in n_candidates.items()} == {
            n: c for n, c in by_number.items() if c
        }
