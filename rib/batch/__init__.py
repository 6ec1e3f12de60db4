"""Jobs over many dumps: nights, their history, and work that is spread over processes or a cluster."""
