"""A frontier outlasts the process, and only what is its own is made or made anew."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from healthnews.crawl.frontier import Frontier
from healthnews.crawl.frontier_records import Link
from healthnews.errors import UsageError
from tests.conftest import Place
from tests.frontiers import NOW, SECOND, add, claim_all, claimed, page


def test_the_frontier_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    with Frontier.open(path) as first:
        first.hosts.follow("a.example", 3)
        add(first, page(1), page(2))
        claimed(first)
    with Frontier.open(path) as second:
        assert "a.example" in second.hosts.followed()
        assert claim_all(second) == []
        assert claim_all(second, NOW + 3 * SECOND) == [page(2)]


def test_a_frontier_of_another_version_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    with Frontier.open(path) as frontier:
        frontier.add([Link(page(1), 0)], NOW)
    with closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE hosts DROP COLUMN is_from_settings")
    with Frontier.open(path) as frontier:
        assert frontier.known() == set()
        assert frontier.hosts.follow("a.example", 1)
    with Frontier.open(path) as frontier:
        assert frontier.hosts.followed() == {"a.example"}, "one of this version is kept"


def test_tables_of_another_version_that_others_share_are_left_to_them(postgres: str) -> None:
    space = f"frontier_{uuid4().hex[:12]}"
    with Frontier.open(postgres, space, is_shared=True) as frontier:
        add(frontier, page(1))
    with Frontier.open(postgres, space, is_shared=True) as frontier, frontier._engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE hosts ADD COLUMN of_another_version INTEGER")
    with pytest.raises(UsageError, match=f"{space} are of another version"):
        Frontier.open(postgres, space, is_shared=True)
    with Frontier.open(postgres, space) as frontier:
        assert frontier.known() == set(), "a frontier of one folder is made anew"


def test_a_file_that_is_no_frontier_is_named(tmp_path: Path) -> None:
    path = tmp_path / "frontier.sqlite"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(UsageError, match=r"frontier\.sqlite: file is not a database"):
        Frontier.open(path)


def test_a_frontier_may_be_made_by_several_at_once(place: Place) -> None:
    with ThreadPoolExecutor(8) as pool:
        frontiers = list(pool.map(lambda _: Frontier.open(*place), range(8)))
    for frontier in frontiers:
        with frontier:
            assert frontier.known() == set()
