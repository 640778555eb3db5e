"""One module per site, and the general ones; found by healthnews.extract.registry, never imported by name."""
