"""The same rows on threads and on real Dask workers, one of which dies in the middle; and every refusal says what is wrong."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthnews import engine as engines
from healthnews.cli import run
from healthnews.dataset import work
from healthnews.dataset.store import Store
from healthnews.duplicates.documents import Document
from healthnews.duplicates.find import Duplicates, find_duplicates
from healthnews.duplicates.tables import DuplicateTables, duplicate_tables, write_documents
from healthnews.engine import DaskEngine, Held, ThreadEngine, current_engine, running_on
from healthnews.errors import NetworkError, PageError, ParseError, UsageError
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.partitioned import Wanted, find_in_partitions, find_on, keys_on
from tests.conftest import SEEN_AT, write_dumps
from tests.dask_cluster import ROOT, Cluster, running_cluster

CITIES = ("菏泽", "聊城", "济南", "青岛", "烟台", "潍坊")
ANSWER = (
    "职工医保个人账户里的钱归本人所有,年底会清零的说法并不准确,当年没有用完的余额会结转到下一年继续使用,并按规定计算利息。"
    "参保人可以用它支付门诊费、药店买药的费用,也可以为配偶、父母和子女缴纳居民医保的保费。单位缴费的2%以内划入账户,"
    "退休人员按定额划入,每月到账的时间各地不同,可以在手机上查询。如果换了工作,账户随本人转移,钱不会因为断缴而消失。"
)
VISIT = (
    "胃痛先看消化内科,夜里痛得厉害就去急诊,做不做胃镜由医生决定,检查前六小时不要吃东西,带上医保卡和以前的病历,挂号可以在网上提前办好。"
    "看完以后按时吃药,两周还不见好再去复诊,期间少吃生冷辛辣,不要自己加药停药,家里有老人的更要当心出血的样子。"
)


def documents() -> list[Document]:
    """Of every kind: copies, edits, variants, templates by text and by title, stubs of pages, same questions, and what is alone."""
    texts = [
        ("个人账户会清零吗", ANSWER),
        ("个人账户会清零吗?", ANSWER.replace(",", ", ")),
        ("个人账户会不会清零", ANSWER.replace("并不准确", "不够准确").replace("手机上", "网上") + "转发给身边的人看看吧。"),
        ("个人账户会清零吗", ANSWER.replace("2%", "2.5%")),
        ("个人账户会清零吗", ANSWER.replace("会清零的说法", "不会清零的说法")),
        ("怎样办理异地备案", "在手机上办理,带身份证和社保卡,当天生效。" * 4),
        ("如何办理异地备案", "到窗口办理,一个工作日内答复,急诊可以补办。" * 4),
    ]
    texts += [(f"{city}胃痛挂什么科", VISIT.replace("病历", f"{city}的病历")) for city in CITIES]
    found = [Document(f"p{n}", title, text, publisher="a.example", recommended=n % 3) for n, (title, text) in enumerate(texts)]
    found += [Document(f"s{n}", f"{city}头痛挂什么科", publisher="a.example") for n, city in enumerate(CITIES[:4])]
    found += [Document(f"t{n}", f"{city}胃痛挂什么科", publisher="a.example") for n, city in enumerate(("临沂", "泰安"))]
    found += [Document("b", "个人账户会不会清零", snippet=ANSWER[:45] + "..."), Document("c", "夏天怎么防中暑", "多喝水,少晒太阳。" * 9)]
    return [document._replace(first_seen_at=SEEN_AT) for document in found]


def dealt(everything: Sequence[Document], count: int) -> list[bytes]:
    return [write_documents(everything[number::count]) for number in range(count)]


def same(found: DuplicateTables, expected: Duplicates) -> bool:
    return all(one.equals(other) for one, other in zip(found, duplicate_tables(expected), strict=True))


# --- in this process ----------------------------------------------------------------------------------------------


@settings(max_examples=12)
@given(st.permutations(documents()), st.integers(1, 7), st.integers(1, 5))
def test_rows_do_not_depend_on_order_partitions_or_parts(everything: list[Document], count: int, parts: int) -> None:
    expected = find_duplicates(documents())
    assert {row.kind for row in expected.clusters} == {"exact", "near", "template", "same_question"}
    assert any(row.kind == "variant" for row in expected.edges)
    assert any("snippet" in row.reason for row in expected.members)
    assert same(find_in_partitions(ThreadEngine(), dealt(everything, count), parts), expected)


def test_nothing_is_found_in_nothing() -> None:
    assert [table.num_rows for table in find_in_partitions(ThreadEngine(), [])] == [0, 0, 0, 0]
    assert [table.num_rows for table in find_in_partitions(ThreadEngine(), [write_documents([])])] == [0, 0, 0, 0]


def test_a_partition_may_lie_at_any_address(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.parquet" for number in range(3)]
    for file, payload in zip(files, dealt(documents(), 3), strict=True):
        file.write_bytes(payload)
    assert same(find_in_partitions(ThreadEngine(), [file.as_uri() for file in files]), find_duplicates(documents()))


def test_a_row_goes_where_its_column_says_or_nowhere_unnoticed() -> None:
    tables = [pa.table({"to": [0, 2, 2], "n": [1, 2, 3]}), pa.table({"to": [2, 0], "n": [4, 5]})]
    assert [sorted(table["n"].to_pylist()) for table in ThreadEngine().shuffle(tables, "to", 4)] == [[1, 5], [], [2, 3, 4], []]
    with pytest.raises(ValueError, match="expected 0 to 1"):
        ThreadEngine().shuffle(tables, "to", 2)


def test_a_failure_comes_back_from_another_process_with_all_it_says() -> None:
    import pickle

    for error in (PageError("too_large", "x: 9 bytes"), ParseError.of_selector("http://a", "p", "0 nodes", "exactly 1")):
        back = pickle.loads(pickle.dumps(error))
        assert (type(back), str(back), back.__dict__) == (type(error), str(error), error.__dict__)


# --- refusals -----------------------------------------------------------------------------------------------------


def test_without_dask_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dask", None)
    with pytest.raises(UsageError, match=r"pip install 'healthnews\[dask\]'"), running_on("dask"):
        pass


def test_an_engine_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="expected one of threads, dask"), running_on("spark"):
        pass
    with pytest.raises(UsageError, match="tcp://host:8786"), running_on("dask", "no address at all://"):
        pass


def test_a_scheduler_that_does_not_answer_is_named_and_the_exit_code_is_the_networks(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engines, "CONNECT_SECONDS", 0.3)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{nobody.getsockname()[1]}"
        arguments = ["analyze", "--data", str(folder.root), "--engine", "dask", "--scheduler", address]
        assert run(arguments) == NetworkError.exit_code
    assert f"no Dask scheduler answers at {address} within 0.3 s" in capsys.readouterr().err


def test_a_scheduler_for_another_engine_is_refused(folder: DataFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["analyze", "--data", str(folder.root), "--scheduler", "tcp://a:1"]) == UsageError.exit_code
    assert "add --engine dask" in capsys.readouterr().err


# --- on real workers ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with running_cluster(tmp_path_factory.mktemp("cluster")) as started:
        yield started


class KilledInTheMiddle:
    """An engine, one of whose workers is killed when a shuffle has begun.

    Args:
        inner: The engine.
        victim: Process of the worker.
    """

    def __init__(self, inner: Any, victim: subprocess.Popen[bytes]) -> None:
        self.inner = inner
        self.victim = victim
        self.shuffles = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def shuffle(self, tables: Sequence[Held], column: str, parts: int) -> list[Held]:
        held: list[Held] = self.inner.shuffle(tables, column, parts)
        self.shuffles += 1
        if self.shuffles == 2:
            os.kill(self.victim.pid, signal.SIGKILL)
            self.victim.wait()
        return held


def square_or_die(number: int, mark: str) -> int:
    """The square; once, at 70, the death of the worker."""
    if number == 70 and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def test_rows_are_the_same_on_two_workers_one_of_which_is_killed(cluster: Cluster, tmp_path: Path) -> None:
    everything, expected = documents(), find_duplicates(documents())
    with running_on("dask", cluster.address) as dask:
        assert current_engine() is dask
        assert (keys_on(dask, everything) == keys_on(ThreadEngine(), everything)).all()
        cluster.start_worker()
        assert same(find_in_partitions(KilledInTheMiddle(dask, cluster.workers[0]), dealt(everything, 6)), expected)
        cluster.start_worker()
        mark = tmp_path / "died"
        assert list(dask.map(partial(square_or_die, mark=str(mark)), range(200))) == [number * number for number in range(200)]
        assert mark.exists()
    assert isinstance(current_engine(), ThreadEngine)


def test_articles_travel_by_an_exchange_folder_and_leave_nothing_there(cluster: Cluster, tmp_path: Path) -> None:
    everything = documents()
    wanted = Wanted(everything, everything[:9], everything[3:])
    with running_on("dask", cluster.address, tmp_path.as_uri()) as dask:
        with dask.delivered(b"x") as address:
            assert str(address).startswith(tmp_path.as_uri())
        found = find_on(dask, wanted)
    assert found == find_on(ThreadEngine(), wanted)
    assert list(tmp_path.iterdir()) == []


def rows(folder: DataFolder) -> dict[str, list[Any]]:
    store = Store(folder.tables)
    names = ("captures", "pages", "related_links", "claims", "duplicates", "clusters", "duplicate_edges", "contradictions", "topics")
    return {name: work.read(store, name) for name in names}


def test_what_is_ingested_and_analysed_on_dask_is_what_this_process_makes(
    cluster: Cluster, folder: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = write_dumps(tmp_path / "dumps", 8)
    (sources / "broken.html").write_bytes(b"\x00\x01")
    run(["ingest", "--quiet", "--no-publish", "--data", str(folder.root), str(sources)])
    again = DataFolder(tmp_path / "again")
    shutil.copytree(folder.raw, again.raw)
    monkeypatch.setenv("HEALTHNEWS_ENGINE_KIND", "dask")
    monkeypatch.setenv("HEALTHNEWS_ENGINE_SCHEDULER", cluster.address)
    assert run(["ingest", "--quiet", "--no-analyze", "--no-publish", "--data", str(again.root)]) == 0
    monkeypatch.delenv("HEALTHNEWS_ENGINE_KIND")
    monkeypatch.delenv("HEALTHNEWS_ENGINE_SCHEDULER")
    assert run(["analyze", "--quiet", "--data", str(again.root), "--engine", "dask", "--scheduler", cluster.address]) == 0
    assert rows(again) == rows(folder)


def test_workers_with_other_code_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(ROOT / "healthnews", other / "healthnews", ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "healthnews" / "errors.py").open("a", encoding="utf-8") as file:
        file.write("# another version\n")
    with running_cluster(tmp_path / "cluster", workers=0) as cluster:
        cluster.start_worker(other)
        with pytest.raises(UsageError, match="install the same version everywhere"), running_on("dask", cluster.address):
            pass


def test_a_worker_that_comes_later_with_other_code_is_refused_by_its_first_task(monkeypatch: pytest.MonkeyPatch) -> None:
    call = engines._Call(len, "another version")
    with pytest.raises(UsageError, match="this process another version"):
        call([])
    assert engines._Call(len, engines.code_version())([1]) == 1
    assert DaskEngine.kind == "dask"
