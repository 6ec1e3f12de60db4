"""What the tests of sources share."""

import importlib.util

import pytest


@pytest.fixture(scope="module")
def double(root):
    """Give the module that stands for pybgpstream."""
    path = root / "tests" / "sources" / "bgpstream_double.py"
    spec = importlib.util.spec_from_file_location("bgpstream_double", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def stream(double):
    """Give a function that configures a stream over dumps."""
    return lambda *dumps, **low: double.BGPStream(low=double.LowStream(dumps, **low))
