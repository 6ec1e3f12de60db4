"""Numbers and names as text."""

import pytest

from rib.report.wording import DASH, clean, count, listed, many, percent, size


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("plain", "plain"),
        ("a\u202eb", "a\ufffdb"),
        ("line\nbreak\x1b[31m", "line\ufffdbreak\ufffd[31m"),
        ("Zürich 東京", "Zürich 東京"),
        (7, "7"),
    ],
)
def test_clean_shows_what_hides(given: object, expected: str):
    """Control and bidirectional characters become visible; letters of any script stay."""
    assert expected == clean(given)


def test_clean_cuts_long_text():
    """Text over the limit ends in an ellipsis, within the limit."""
    assert "aaaa…" == clean("a" * 9, 5)


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0, "0.0 %"),
        (1, "100.0 %"),
        (0.0001, "<0.1 %"),
        (0.9999, ">99.9 %"),
        (0.123, "12.3 %"),
        (None, DASH),
        (float("nan"), DASH),
    ],
)
def test_percent_never_rounds_to_all_or_nothing(share: float | None, expected: str):
    """A share that is not 0 or 1 is not written as if it were."""
    assert expected == percent(share)


@pytest.mark.parametrize(
    ("n", "expected"), [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (5 << 30, "5.0 GiB")]
)
def test_size_has_binary_units(n: int, expected: str):
    """Bytes are written with the largest unit that fits, up to GiB."""
    assert expected == size(n)


def test_listed_says_how_many_more():
    """A long list is cut and says so; an empty one is a dash."""
    assert "1, 2 and 3 more" == listed([1, 2, 3, 4, 5], 2)
    assert DASH == listed([], 2)
    assert DASH == listed(None, 2)


def test_count_and_many_write_numbers():
    """Integers get separators, absent ones a dash, and one is singular."""
    assert ("1,234", DASH) == (count(1234), count(None))
    assert ("1 issue", "2 issues", "0 issues", "1 VP AS", "2 VP ASes") == (
        many(1, "issue"),
        many(2, "issue"),
        many(0, "issue"),
        many(1, "VP AS"),
        many(2, "VP AS"),
    )
