"""Releases over HTTP on loopback, as any file host would serve them: with ETag, conditional requests and ranges."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount, Route

from healthnews.dataset.release import table_path
from healthnews.dataset.versions import LATEST, MANIFEST
from healthnews.errors import UsageError

HOST = "127.0.0.1"
_TYPES = {
    ".parquet": "application/vnd.apache.parquet", ".jsonld": "application/ld+json", ".cff": "text/plain", ".md": "text/markdown",
    ".sqlite": "application/vnd.sqlite3", "": "text/plain",
}  # fmt: skip


class _Releases(StaticFiles):
    """Files of the releases; what is being built, and whatever else is hidden, is not there."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        if any(part.startswith(".") for part in PurePosixPath(path).parts):
            return "", None
        return super().lookup_path(path)


def release_app(clean: Path, release: str | None = None) -> Starlette:
    """The releases as a web application.

    Args:
        clean: Their folder.
        release: Whose page the first address leads to; that which lists them all when None.

    Raises:
        UsageError: There is no such release, or none at all.
    """
    name = release or LATEST
    # Of a download with some tables only there may be no articles; where there is no release at all, that error says what there is.
    folder = clean / name if (clean / name / MANIFEST).exists() else table_path(clean, "articles", name).parent
    shown = folder.resolve().name
    for suffix, media_type in _TYPES.items():
        if suffix:
            mimetypes.add_type(media_type, suffix)

    def lead(_request: Request) -> RedirectResponse:
        return RedirectResponse(f"/{shown}/")

    files = Mount("/", _Releases(directory=clean, html=True, follow_symlink=True))
    return Starlette(routes=[files] if release is None else [Route("/", lead), files])


def serve_releases(clean: Path, release: str | None, port: int, tell: Callable[[], None]) -> None:
    """Serve until Ctrl-C; `tell` is called when it begins. UsageError when there is no release, or the port is taken."""
    import socket

    import uvicorn

    app = release_app(clean, release)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError as error:
            raise UsageError(f"port {port} of {HOST} cannot be served on: {error.strerror}; name another with --port") from error
        tell()
        uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
