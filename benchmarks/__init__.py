"""Benchmarks: each prints our figure and the peer's of the same run."""
