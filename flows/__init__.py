"""Prefect flows, thin over healthnews.pipeline; the only place that imports Prefect."""
