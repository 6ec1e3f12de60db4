"""Assertions of a night as test items of pytest."""

import os
import subprocess
import sys

import pytest
from nights import CONFIG

from rib.batch.pytest_plugin import _rows


def pytest_of(folder, root):
    """Run pytest in a folder."""
    (folder / "pytest.ini").write_text("[pytest]\n")
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "pytest", "-p", "rib.batch.pytest_plugin", "-p",
         "no:cacheprovider", "--rib-nightly", "nightly.toml", "-rA", "-q"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip


def test_every_assertion_is_an_item(made, root):
    """It passes or fails with its evidence."""
    done = pytest_of(made, root)
    assert 1 == done.returncode, done.stdout + done.stderr
    assert "1 failed, 1 passed" in done.stdout
    assert "FAILED ::2025-01-17[1-upstreams AS100-IPv4]" in done.stdout
    assert "expected at least 2, found 1\n3 VPs, 1 upstreams, " in done.stdout


def test_a_config_that_changed_or_has_no_night_must_run_first(made):
    """Its assertions are not those of the night."""
    path = made / "nightly.toml"
    path.write_text(CONFIG.replace("at_least = 2", "at_least = 1"))
    with pytest.raises(pytest.UsageError, match="changed since 2025-01-17: run rib nightly first"):
        _rows(str(path))
    path.write_text(CONFIG.replace('output = "out"', 'output = "elsewhere"'))
    with pytest.raises(pytest.UsageError, match="no night is finished"):
        _rows(str(path))
