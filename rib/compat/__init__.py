"""The read APIs of other libraries over `rib.PrefixTable`, to switch by changing an import.

`rib.compat.pytricia.PyTricia` and `rib.compat.pyasn.pyasn`; each module says what it does not cover.
"""
