"""One picture a file; `rib.report.plot` is where callers find them."""
