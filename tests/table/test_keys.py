"""`rib.table.keys`: counts of distinct values."""

import numpy as np
import pytest

from rib.table.keys import count_distinct


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize(("n", "n_values"), [(70_001, 1 << 16), (3, 4)])
def test_count_distinct_by_row(dtype, n, n_values):
    """By marks or by sorting; narrow numbers whose product passes 32 bits do not wrap."""
    row = np.array([0, n - 1, n - 1, n - 1], dtype)
    value = np.array([1, n_values - 1, n_values - 1, 0], dtype)
    expected = np.zeros(n, int)
    expected[[0, -1]] = 1, 2
    assert expected.tolist() == count_distinct(row, value, n, n_values).tolist()
