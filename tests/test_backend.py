"""Which back end is picked, and what is said about it."""

import os
import subprocess
import sys

import pytest

_FREE_THREADED = """
import sysconfig
found = sysconfig.get_config_var
sysconfig.get_config_var = lambda name: 1 if name == "Py_GIL_DISABLED" else found(name)
"""
_SHOWS = "import rib._backend; print(rib._backend.BACKEND)"


def started(code, root, backend=""):
    """Run code in a process of its own, which picks its back end anew."""
    environment = {**os.environ, "PYTHONPATH": str(root), "RIB_BACKEND": backend}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("backend", ["", "fallback"])
def test_a_free_threaded_build_gets_the_fallback(backend, root):
    """The fallback is picked; the warning says why, unless it was asked for."""
    done = started(_FREE_THREADED + _SHOWS, root, backend)
    assert "fallback\n" == done.stdout
    assert "RuntimeWarning: rib runs on its pure-Python fallback" in done.stderr
    assert (backend == "") == ("this CPython is a free-threaded build" in done.stderr)


def test_a_free_threaded_build_is_refused_the_native_module(root):
    """Asked for, the native module is refused by name."""
    done = started(_FREE_THREADED + _SHOWS, root, "native")
    assert 1 == done.returncode
    assert (
        "ConfigError: RIB_BACKEND=native, but this CPython is a free-threaded build, which the "
        "native module does not support" in done.stderr
    )


def test_an_unknown_back_end_is_refused(root):
    """Another name is an error that lists the right ones."""
    done = started(_SHOWS, root, "rust")
    assert "RIB_BACKEND='rust': expected 'native', 'fallback' or nothing" in done.stderr
