"""Releases over HTTP: served with ranges and validators, downloaded byte for byte whatever breaks, loaded by one line."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import requests
import uvicorn

import healthnews
from healthnews.cli import run
from healthnews.dataset.remote import Remote, download_release
from healthnews.dataset.versions import BUILDING, newest_manifest, published_versions
from healthnews.errors import NetworkError, UsageError
from healthnews.pipeline.describing import describe_release, write_index
from healthnews.pipeline.serving import release_app
from tests.release_tables import NOW, make_tables, publish

LATER = NOW.replace(day=2)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("data") / "clean"
    publish(where, make_tables(6), describe=describe_release)
    publish(where, make_tables(8), now=LATER, describe=describe_release)
    write_index(where)
    return where


@pytest.fixture(scope="module")
def address(clean: Path) -> Iterator[str]:
    """The releases, served as `healthnews serve` does."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(release_app(clean), log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def test_files_are_served_with_validators_and_ranges(clean: Path, address: str) -> None:
    content = (clean / "latest" / "articles.parquet").read_bytes()
    whole = requests.get(f"{address}/latest/articles.parquet", timeout=10)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, content, "application/vnd.apache.parquet")
    assert whole.headers["accept-ranges"] == "bytes"
    same = requests.get(f"{address}/latest/articles.parquet", headers={"If-None-Match": whole.headers["etag"]}, timeout=10)
    assert same.status_code == 304
    part = requests.get(f"{address}/latest/articles.parquet", headers={"Range": "bytes=100-199"}, timeout=10)
    assert (part.status_code, part.content, part.headers["content-range"]) == (206, content[100:200], f"bytes 100-199/{len(content)}")
    other = {"Range": "bytes=100-199", "If-Range": '"another"'}
    assert requests.get(f"{address}/latest/articles.parquet", headers=other, timeout=10).status_code == 200


def test_pages_are_served_and_what_is_being_built_is_not(clean: Path, address: str) -> None:
    assert "数据集各版" in requests.get(f"{address}/", timeout=10).content.decode()
    assert "中文健康与医保问答数据集" in requests.get(f"{address}/20260302T080000Z/", timeout=10).content.decode()
    hidden = clean / f"{BUILDING}20990101T000000Z"
    hidden.mkdir()
    (hidden / "articles.parquet").write_bytes(b"x")
    assert requests.get(f"{address}/{hidden.name}/articles.parquet", timeout=10).status_code == 404
    assert requests.get(f"{address}/..%2f..%2fetc/passwd", timeout=10).status_code == 404


def test_a_release_by_name_is_where_its_address_leads(clean: Path) -> None:
    routes = release_app(clean, "20260301T080000Z").routes
    assert [getattr(route, "path", None) for route in routes] == ["/", ""]
    with pytest.raises(UsageError, match="no release '1999'"):
        release_app(clean, "1999")


def test_a_release_is_downloaded_as_it_is(clean: Path, address: str, tmp_path: Path) -> None:
    with Remote(address) as remote:
        version, place = download_release(remote, tmp_path / "clean")
    assert version == "20260302T080000Z"
    found = {path.name for path in place.iterdir()}
    assert {"articles.parquet", "manifest.json", "README.md", "TERMS.md", "index.html"} <= found
    for path in place.iterdir():
        assert path.read_bytes() == (clean / version / path.name).read_bytes() or path.name == "SHA256SUMS"
    assert healthnews.load("articles", data=str(tmp_path)).equals(healthnews.load("articles", data=str(clean.parent)))


def test_single_tables_are_downloaded_and_the_others_later(address: str, tmp_path: Path) -> None:
    clean = tmp_path / "clean"
    with Remote(address) as remote:
        download_release(remote, clean, "20260301T080000Z", ["claims"])
        assert {path.name for path in clean.glob("*/*.parquet")} == {"claims.parquet"}
        with pytest.raises(UsageError, match="only some tables were downloaded"):
            healthnews.load("articles", data=str(tmp_path))
        _, place = download_release(remote, clean, "20260301T080000Z")
        assert pq.read_table(place / "articles.parquet").num_rows == 6
        with pytest.raises(UsageError, match="has no table nope"):
            download_release(remote, clean, tables=["nope"])
        with pytest.raises(UsageError, match=r"no release '1999' at .*; there are 20260302T080000Z, 20260301T080000Z"):
            download_release(remote, clean, "1999")
    with Remote(address) as remote:
        download_release(remote, clean)
    assert list(healthnews.releases(data=str(tmp_path))["version"]) == ["20260302T080000Z", "20260301T080000Z"]
    assert (clean / "latest").readlink().name == "20260302T080000Z"


def test_a_download_killed_before_it_was_listed_is_taken_as_it_lies(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Remote(address) as remote:
        download_release(remote, tmp_path, tables=["claims"])
        (tmp_path / "versions.json").unlink()
        (tmp_path / "latest").unlink()
        fetched: list[str] = []
        monkeypatch.setattr(remote, "_continue", lambda path, *_: fetched.append(path))
        version, place = download_release(remote, tmp_path, tables=["claims"])
    assert not fetched
    assert list(healthnews.releases(data=str(tmp_path))["version"]) == [version]
    assert (tmp_path / "latest").resolve() == place
    (tmp_path / "versions.json").unlink()
    (place / "manifest.json").write_text("{}")
    with Remote(address) as remote, pytest.raises(UsageError, match="holds releases of its own"):
        download_release(remote, tmp_path)


def test_a_download_of_one_table_has_a_page_and_can_be_served(address: str, tmp_path: Path) -> None:
    assert run(["download", address, "--tables", "claims", "--data", str(tmp_path), "--quiet"]) == 0
    assert "20260302T080000Z" in (tmp_path / "clean" / "index.html").read_text(encoding="utf-8")
    assert release_app(tmp_path / "clean").routes
    with pytest.raises(UsageError, match="no release '1999'"):
        release_app(tmp_path / "clean", "1999")


def test_an_older_release_that_is_downloaded_later_stays_the_older_one(address: str, tmp_path: Path) -> None:
    with Remote(address) as remote:
        download_release(remote, tmp_path, tables=["claims"])
        download_release(remote, tmp_path, "20260301T080000Z", ["claims"])
    assert published_versions(tmp_path) == ["20260302T080000Z", "20260301T080000Z"]
    newest = newest_manifest(tmp_path)
    assert newest is not None
    assert newest["version"] == (tmp_path / "latest").readlink().name == "20260302T080000Z"


def test_nothing_is_downloaded_among_releases_of_ones_own(clean: Path, address: str) -> None:
    with Remote(address) as remote, pytest.raises(UsageError, match="holds releases of its own"):
        download_release(remote, clean)


def test_a_release_is_loaded_from_an_address_by_one_line(clean: Path, address: str) -> None:
    assert healthnews.load("claims", data=address).equals(healthnews.load("claims", data=str(clean.parent)))
    assert len(healthnews.load("articles", release="20260301T080000Z", data=address)) == 6
    listed = healthnews.releases(data=address)
    assert list(listed["status"]) == ["published", "published"]
    assert list(listed["rows_articles"]) == [8, 6]
    assert str(listed["created_at"].dtype).startswith("datetime64")
    assert listed.equals(healthnews.releases(data=str(clean.parent)))


def test_the_folder_of_the_releases_does_as_well_as_the_data_folder(clean: Path) -> None:
    assert healthnews.load("claims", data=str(clean)).equals(healthnews.load("claims", data=str(clean.parent)))
    assert healthnews.releases(data=str(clean)).equals(healthnews.releases(data=str(clean.parent)))


def test_there_are_no_releases_in_an_empty_folder_and_no_folder_is_told(tmp_path: Path) -> None:
    assert list(healthnews.releases(data=str(tmp_path)).columns) == ["version", "created_at", "status"]
    with pytest.raises(UsageError, match="nowhere; expected a data folder"):
        healthnews.releases(data=str(tmp_path / "nowhere"))


# --- what breaks


CONTENT = bytes(range(256)) * 4_000


@contextmanager
def breaking(after: int, *, with_ranges: bool = True, content: bytes = CONTENT) -> Iterator[tuple[str, list[str | None]]]:
    """A server that breaks off after so many bytes of each answer; its address and the ranges it was asked for."""
    asked: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Range"])
            start = int(self.headers["Range"].split("=")[1].rstrip("-")) if self.headers["Range"] and with_ranges else 0
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(content) - start))
            self.end_headers()
            self.wfile.write(content[start : start + after])

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_broken_download_goes_on_where_it_stopped(tmp_path: Path) -> None:
    with breaking(300_000) as (address, asked), Remote(address, pause_seconds=0) as remote:
        remote.fetch("x.bin", tmp_path / "x.bin", hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    assert (tmp_path / "x.bin").read_bytes() == CONTENT
    assert asked == [None, "bytes=300000-", "bytes=600000-", "bytes=900000-"]
    assert [path.name for path in tmp_path.iterdir()] == ["x.bin"]


def test_a_killed_download_goes_on_too_and_a_spoilt_beginning_is_thrown_away(tmp_path: Path) -> None:
    digest = hashlib.sha256(CONTENT).hexdigest()
    for beginning in (CONTENT[:70_000], b"z" * 70_000, CONTENT + b"more"):
        (tmp_path / "x.bin.part").write_bytes(beginning)
        with breaking(len(CONTENT)) as (address, asked), Remote(address, pause_seconds=0) as remote:
            remote.fetch("x.bin", tmp_path / "x.bin", digest, len(CONTENT))
        assert (tmp_path / "x.bin").read_bytes() == CONTENT
        assert asked == {CONTENT[:70_000]: ["bytes=70000-"], b"z" * 70_000: ["bytes=70000-", None]}.get(beginning, [None])
        (tmp_path / "x.bin").unlink()


def test_a_server_without_ranges_is_asked_for_the_whole_again(tmp_path: Path) -> None:
    (tmp_path / "x.bin.part").write_bytes(b"z" * 10)
    with breaking(len(CONTENT), with_ranges=False) as (address, _), Remote(address, pause_seconds=0) as remote:
        remote.fetch("x.bin", tmp_path / "x.bin", hashlib.sha256(CONTENT).hexdigest())
    assert (tmp_path / "x.bin").read_bytes() == CONTENT


def test_another_file_than_the_release_says_is_refused(tmp_path: Path) -> None:
    with breaking(len(CONTENT)) as (address, _), Remote(address, pause_seconds=0) as remote, pytest.raises(NetworkError, match="checksum"):
        remote.fetch("x.bin", tmp_path / "x.bin", "0" * 64)
    assert not list(tmp_path.iterdir())


def test_an_address_that_is_no_folder_of_releases_is_told_so() -> None:
    with breaking(10, content=b"<html></html>"[:10]) as (address, _), Remote(address) as remote, pytest.raises(UsageError, match="no JSON"):
        remote.manifest()
    with Remote("http://127.0.0.1:9") as remote, pytest.raises(NetworkError, match="cannot be fetched"):
        remote.versions()


def test_a_connection_that_breaks_inside_the_index_is_one_of_the_network() -> None:
    with breaking(10) as (address, _), Remote(address) as remote, pytest.raises(NetworkError, match="cannot be fetched"):
        remote.versions()


@pytest.mark.parametrize(
    "tables", ["", '"tables": 3', '"tables": {"claims": {}}', '"tables": {"claims": {"file": "x", "rows": 1, "bytes": 1, "sha256": ""}}']
)
def test_a_foreign_manifest_is_told_so(tmp_path: Path, tables: str) -> None:
    version = "20260301T080000Z"
    answers = {"versions.json": json.dumps({"versions": [{"version": version, "status": "published"}]}), f"{version}/SHA256SUMS": ""}
    answers[f"{version}/manifest.json"] = f'{{"version": "{version}", "created_at": ""{tables and ", "}{tables}}}'
    with Remote("http://a.example") as remote, pytest.MonkeyPatch.context() as patched:
        patched.setattr(remote, "text", answers.__getitem__)
        with pytest.raises(UsageError, match=r"is no manifest of a release|does not name x"):
            download_release(remote, tmp_path)


@pytest.mark.parametrize("index", ["{}", '{"versions": 1}', '{"versions": [1]}', '{"versions": [{}]}'])
def test_a_foreign_index_is_told_so(index: str) -> None:
    with breaking(100, content=index.encode()) as (address, _), Remote(address) as remote, pytest.raises(UsageError, match="is not what"):
        remote.manifest()
