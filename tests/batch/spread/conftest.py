"""Dumps for jobs over many, and what one table gives of them."""

import pytest
from many_dumps import plain_tables, write_dumps


@pytest.fixture(scope="package")
def dumps(tmp_path_factory):
    """Give the paths of a dozen dumps."""
    return write_dumps(tmp_path_factory.mktemp("dumps"))


@pytest.fixture(scope="package")
def plain(dumps):
    """Give the tables of the analyses of one table with all routes."""
    return plain_tables(dumps)
