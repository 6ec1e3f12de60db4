"""Resamples of vantage points."""

import numpy as np
import pytest

from rib.table.resampling import check_ci, interval, resample


def test_resamples_draw_as_many_as_there_are_and_are_the_same_each_time() -> None:
    draws = resample(7, 200)
    assert draws.shape == (200, 7)
    assert (draws.sum(axis=1) == 7).all()
    assert (draws == resample(7, 200)).all()
    # each is drawn about as often as any other
    assert np.abs(draws.mean(axis=0) - 1).max() < 0.25


def test_nobody_is_drawn_from_nobody() -> None:
    assert resample(0, 3).shape == (3, 0)


def test_the_interval_leaves_out_equal_tails() -> None:
    values = np.arange(100.0)[::-1].reshape(100, 1)
    low, high = interval(values, 0.9)
    assert low.tolist() == [5.0]
    assert high.tolist() == [94.0]


def test_a_resample_without_a_value_does_not_count() -> None:
    values = np.array([[1.0, np.nan], [np.nan, np.nan], [3.0, np.nan]])
    low, high = interval(values, 0.95)
    assert low[0] == 1.0
    assert high[0] == 3.0
    assert np.isnan([low[1], high[1]]).all()


@pytest.mark.parametrize("ci", [0, 1, 95, -0.5, "0.95", True])
def test_a_coverage_outside_0_to_1_is_refused(ci: object) -> None:
    with pytest.raises(ValueError, match=r"ci=.*: expected a number above 0 and below 1"):
        check_ci(ci)


def test_none_asks_for_no_interval() -> None:
    assert check_ci(None) is None
    assert check_ci(0.95) == 0.95


def test_a_coverage_may_be_any_real_number() -> None:
    assert check_ci(np.float32(0.5)) == 0.5
