"""The sample site over HTTP on loopback: pages as they lie here, validators and 304 as a good server sends them."""

from __future__ import annotations

import hashlib
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any
from urllib.parse import unquote, urlsplit

from healthnews.errors import UsageError

HOST = "127.0.0.1"
# No charset in the header: half of the pages out there say it in a meta element only, and one page here is GBK.
_TYPES = {".html": "text/html", ".xml": "application/xml", ".txt": "text/plain; charset=utf-8"}
_ORIGIN = b"{origin}"
_RESPONSES = "_responses.toml"
_INDEX = "index.html"


@contextmanager
def serve_samples(port: int) -> Iterator[str]:
    """Serve the sample site while the context lasts; its origin, such as `http://127.0.0.1:8766`, is given.

    Args:
        port: 0 for any free one.

    Raises:
        UsageError: The port is taken.
    """
    root = files("healthnews.samples") / "site"
    try:
        server = ThreadingHTTPServer((HOST, port), partial(_Handler, root, _redirects(root)))
    except OSError as error:
        raise UsageError(f"port {port} of {HOST} cannot be served on: {error.strerror}; name another with --port") from error
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="samples", daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sample_paths() -> set[str]:
    """Every path that is answered with a page, at once or after a redirect."""
    root = files("healthnews.samples") / "site"
    return set(_paths(root, "/")) | set(_redirects(root))


def _paths(folder: Traversable, path: str) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _paths(entry, f"{path}{entry.name}/")
        elif not entry.name.startswith("_"):
            yield from {f"{path}{entry.name}", path if entry.name == _INDEX else f"{path}{entry.name}"}


def _redirects(root: Traversable) -> dict[str, str]:
    redirects: dict[str, str] = tomllib.loads((root / _RESPONSES).read_text(encoding="utf-8")).get("redirects", {})
    return redirects


class _Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD with a file, a redirect, 304 or 404."""

    protocol_version = "HTTP/1.1"
    server_version = "healthnews-samples"

    def __init__(self, root: Traversable, redirects: dict[str, str], *args: Any) -> None:
        self._root = root
        self._origin = f"http://{HOST}:{args[2].server_port}"
        self._redirects = redirects
        super().__init__(*args)  # socketserver passes request, address and server

    def do_GET(self) -> None:
        """Answer with status, headers and content."""
        path = unquote(urlsplit(self.path).path)
        if target := self._redirects.get(path):
            self._answer(HTTPStatus.MOVED_PERMANENTLY, b"", {"Location": target})
        elif (file := self._file(path)) is None:
            self._answer(HTTPStatus.NOT_FOUND, b"<h1>404</h1>", {"Content-Type": "text/html"})
        else:
            self._answer_file(file)

    do_HEAD = do_GET

    def _file(self, path: str) -> Traversable | None:
        """The file of a path; None for what is none, lies outside or is not to be seen."""
        file = self._root
        for part in (path + _INDEX if path.endswith("/") else path).split("/")[1:]:
            if part in ("", ".", "..") or part.startswith("_") or "\\" in part:
                return None
            file /= part
        return file if file.is_file() else None

    def _answer_file(self, file: Traversable) -> None:
        content = file.read_bytes().replace(_ORIGIN, self._origin.encode())
        etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = {"Content-Type": _TYPES.get("." + file.name.rpartition(".")[2], "application/octet-stream"), "ETag": etag}
        if etag in self.headers.get("If-None-Match", ""):
            self._answer(HTTPStatus.NOT_MODIFIED, b"", headers)
        else:
            self._answer(HTTPStatus.OK, content, headers)

    def _answer(self, status: HTTPStatus, content: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the crawler's own progress tells what is asked."""
