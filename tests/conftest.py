"""What many tests need: dumps of our own writing and an ingest into a folder of its own."""

import os
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import settings

from healthnews.crawl import back_off, robots
from healthnews.crawl.fetch import Fetcher
from healthnews.pipeline.folder import DataFolder
from tests.fetching import make_fetcher
from tests.postgres import postgres_server
from tests.web import Site

if TYPE_CHECKING:
    from healthnews.crawl.frontier import Frontier

# No example is timed: a busy machine is no failure. CI draws the same examples each time; a run by hand looks for new ones.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

NEED_ALL = "HEALTHNEWS_TESTS_NEED_ALL"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything was installed, a test that skips for want of it has failed: CI sets the variable."""
    report = yield
    if os.environ.get(NEED_ALL) and report.skipped and any(words in str(report.longrepr) for words in ("not installed", "dependency")):
        report.outcome = "failed"
    return report


SEEN_AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
Place = tuple[Path | str, str]
"""Where a frontier is: a file or a database, and the space in it."""


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """An empty data folder."""
    return DataFolder(tmp_path / "data")


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL database."""
    pytest.importorskip("psycopg", reason="the driver of PostgreSQL is not installed (healthnews[postgres])")
    with postgres_server() as url:
        if url is None:
            pytest.skip("PostgreSQL is not installed")
        yield url


@pytest.fixture
def site() -> Iterator[Site]:
    """A server on loopback without routes yet."""
    with Site() as opened:
        yield opened


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """File of a certificate for `tests.tls.HOST`, with its key."""
    from tests.tls import write_certificate  # cryptography takes a while, and few tests need it

    path = tmp_path / "certificate.pem"
    write_certificate(path)
    return path


@pytest.fixture
def fetcher() -> Fetcher:
    """A fetcher that may visit loopback."""
    return make_fetcher()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Crawls try again soon where nothing is said of when: that the waits grow is another test."""
    monkeypatch.setattr(back_off, "_FIRST_SECONDS", 0.4)
    monkeypatch.setattr(robots, "UNREACHABLE_KEPT_SECONDS", 0.15)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a new frontier may be made: a file or a database, and the space in it."""
    if request.param == "sqlite":
        return tmp_path / "frontier.sqlite", ""
    return request.getfixturevalue("postgres"), f"frontier_{uuid4().hex[:12]}"


@pytest.fixture
def frontier(place: Place) -> "Iterator[Frontier]":
    """An empty frontier that follows a.example and b.example without delay."""
    from healthnews.crawl.frontier import Frontier  # SQLAlchemy takes a third of a second, and few tests need it

    with Frontier.open(*place) as opened:
        opened.hosts.follow("a.example", 0)
        opened.hosts.follow("b.example", 0)
        yield opened


def dump_text(title: str, paragraphs: Sequence[str], related: Sequence[tuple[str, str]] = (), day: str = "2026-02-01") -> str:
    """A text dump in the form of saved pages, of our own words."""
    blocks = [title, *paragraphs]
    if related:
        blocks.append("提示:以上内容仅供参考,身体不适请及时就诊。\n相关推荐")
        for anchor, snippet in related:
            blocks += [anchor, snippet, f"健康新闻 {day}"]
    return "\n\n".join(blocks) + "\n"


def write_dumps(where: Path, count: int = 3) -> Path:
    """A folder of small dumps: each recommends the next, and two of them disagree about carrying money over."""
    where.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        keeps = number % 2 == 0
        statement = (
            "职工医保个人账户的余额年底不会清零,可以结转到下一年继续使用。"
            if keeps
            else "职工医保个人账户的余额到了年底一律清零,不能结转。"
        )
        paragraphs = [
            f"关于第{number}个账户的钱,先说结论,再说理由,参保人可以据此安排自己的看病和买药支出。",
            "一、账户余额的处理",
            statement,
            "二、查询办法",
            f"带上身份证到窗口{number}查询,或者用手机查询,一般当天就能知道结果,不收任何费用。",
        ]
        related = [(f"第{number + 1}个账户的钱会怎样", "这里是摘要的开头,说明账户的钱如何计算。后面还有很多内容没有")]
        (where / f"{number:03}.txt").write_text(dump_text(f"第{number}个账户的钱会怎样", paragraphs, related), encoding="utf-8")
    return where
