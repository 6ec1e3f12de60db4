"""The public names: sorted, documented, and exactly those of the package."""

import inspect

import pytest

import rib


def test_all_is_sorted_and_complete():
    """`__all__` is sorted and every name in it is there."""
    assert sorted(rib.__all__) == rib.__all__
    for name in rib.__all__:
        assert hasattr(rib, name), name


@pytest.mark.parametrize("name", rib.__all__)
def test_public_names_have_docstrings(name):
    """Every public name explains itself."""
    assert (inspect.getdoc(getattr(rib, name)) or "").strip()


def test_unknown_name_is_an_attribute_error():
    """A name that is not there is an AttributeError as for any module."""
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = rib.no_such_name
