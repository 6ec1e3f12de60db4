"""Parts of `rib.analysis.suspects`: rules, candidates for events, and the events themselves."""
