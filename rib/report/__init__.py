"""Pictures and pages: the report that people open, and plots for notebooks.

::

    findings    run every analysis once
    exits       which exits moved since the baseline
    summaries   count what the charts show
    changes, own, judged, routing, loaded    the sections: what changed, ours, the rest, the receipt
    charts      Vega-Lite to inline SVG
    page        templates/ rendered to HTML
    markdown    the short twin for mail and chat
    write       the files, each whole or not at all
    plot        matplotlib axes for notebooks (`rib.plot`)
    neighbourhood, layers    the picture of an AS graph, and where its parts go
"""

from rib.report.write import Report, write_report

__all__ = ["Report", "write_report"]
