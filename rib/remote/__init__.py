"""Files that are named by an http(s) URL: fetched once, kept, checked."""
