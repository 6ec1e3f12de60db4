"""The nightly job: dumps of many nights to a history, reports and verdicts (docs/nightly.md).

::

    config, toml_lines     the file, and on which line of it a key stands
    plan, names            which nights there are, and which dumps each is made of
    inputs                 dumps and registries of a night: fetched, hashed, loaded
    measures, parts        the tables of a night, from one table of a view or from parts of it
    assertions, asserted   what must hold, and how that is told
    provenance             what a night was made from, and whether it must be made again
    story                  the night in words
    layout, publish        folders; nights that appear whole or not at all
    history                the tables of all nights, read back
    changes, pairs         what differs between two nights that were kept
    retention, notify, log what is deleted, sent and logged
    run                    all of it, in order
    spread                 analyses of many dumps, over processes or a cluster (docs/scale.md)
"""
