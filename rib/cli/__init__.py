"""The command line: arguments in, exit code out, and nothing else.

====  =======================================================================
code  meaning
====  =======================================================================
0     fine (a reader that closed the pipe early included)
1     ``--fail-on``: an event scores so much, or an origin has this state; an oracle of ``rib verify``
      differs; ``rib migration`` finds a third origin, an invalid new one, or nobody announcing
2     wrong usage, or an output that cannot be written; no oracle to ask
3     the input is damaged: what could be read was written (goes before 1)
4     an input is missing
130   interrupted
====  =======================================================================
"""

from rib.cli.app import main

__all__ = ["main"]
