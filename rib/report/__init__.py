"""Pictures and pages: the report that people open, and plots for notebooks.

::

    findings    run every analysis once
    summaries   count what the charts show
    loaded, changes, routing, judged    the sections, in the order of the page
    charts      Vega-Lite to inline SVG
    page        templates/ rendered to HTML and Markdown
    write       the files, each whole or not at all
    plot        matplotlib axes for notebooks (`rib.plot`)
    neighbourhood, layers    the picture of an AS graph, and where its parts go
"""

from rib.report.write import Report, write_report

__all__ = ["Report", "write_report"]
