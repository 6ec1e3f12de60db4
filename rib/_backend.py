"""Pick the back end: the native module, or the pure-Python fallback where it is missing.

``RIB_BACKEND=native`` or ``fallback`` forces one; anything else is an error. The rest of the
package imports `core` from here and never asks which one it is.

On a free-threaded build of CPython the native module is refused: it is built for the stable ABI, which
those builds do not have, and not tested without the GIL.
"""

import importlib
import os
import sysconfig
import warnings
from typing import TYPE_CHECKING

from rib.exceptions import ConfigError

__all__ = ["BACKEND", "core"]

if TYPE_CHECKING:
    import rib._core as core

    BACKEND: str
else:
    _wanted = os.environ.get("RIB_BACKEND", "")
    if _wanted not in ("", "native", "fallback"):
        raise ConfigError(
            f"RIB_BACKEND={_wanted!r}: expected 'native', 'fallback' or nothing (native where it is there)"
        )
    core = None
    _why = ""
    if _wanted != "fallback" and sysconfig.get_config_var("Py_GIL_DISABLED"):
        _why = "this CPython is a free-threaded build, which the native module does not support"
        if _wanted == "native":
            raise ConfigError(f"RIB_BACKEND=native, but {_why}")
    elif _wanted != "fallback":
        try:
            core = importlib.import_module("rib._core")
        except ImportError as error:
            if _wanted == "native":
                raise ConfigError(
                    f"RIB_BACKEND=native, but the native module does not import: {error}"
                ) from error
    BACKEND = "native" if core is not None else "fallback"
    if core is None:
        core = importlib.import_module("rib.fallback")
        warnings.warn(
            "rib runs on its pure-Python fallback: same answers, some 100 times slower to load and 50 "
            "times slower to look up than the native module (README, 'Without Rust')"
            + (f"; {_why}" if _why else ""),
            RuntimeWarning,
            stacklevel=2,
        )
