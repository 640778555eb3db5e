"""Tables in data/work and releases in data/clean."""
