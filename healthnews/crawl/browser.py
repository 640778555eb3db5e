"""A system Chromium, for pages whose answer is not in their HTML."""

from __future__ import annotations

import shutil

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """Path of the system's browser; None when there is none."""
    return next((path for name in _PROGRAMS if (path := shutil.which(name))), None)
