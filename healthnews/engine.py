"""Where work over many batches runs: in this process, or on the workers of a Dask scheduler; the functions are the same."""

from __future__ import annotations

import hashlib
import importlib
import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version as installed_version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from uuid import uuid4

import numpy as np
import pyarrow as pa

from healthnews.errors import HealthnewsError, NetworkError, UsageError
from healthnews.settings import NO_EXCHANGE, Setting

if TYPE_CHECKING:
    import pandas as pd

THREADS, DASK = "threads", "dask"
KINDS = (THREADS, DASK)
LOCAL_CLUSTER = "local"
"""In place of a scheduler's address: workers on this machine, one for each core."""
CONNECT_SECONDS = 20.0
"""Waited for a scheduler, and then for its first worker."""
_BATCH = 50
"""Items that one task of `map` takes: pages of 50 kB each are 2.5 MB on their way through the scheduler."""
_WAITING = 3
"""Tasks of `map` for each core that are under way or done and not yet asked for."""
_CODE = (".py", ".toml", ".tsv", ".txt")
_PIECE = "piece"
_TO = "to"

Item = TypeVar("Item")
Result = TypeVar("Result")
Held = Any
"""A result that stays where it was made: an argument of further steps, or fetched."""


class Engine(Protocol):
    """Runs pure functions of the modules of healthnews.

    What they are given and give back is pickled on its way to other machines, so that no argument may be a path of this one.
    """

    kind: str

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Results in the order of the items, asked for a few batches ahead; what fails raises here."""
        ...

    def apply(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Held]:
        """One call for each row of the columns, with their values or, of held results, what these hold."""
        ...

    def shuffle(self, tables: Sequence[Held], column: str, parts: int) -> list[Held]:
        """Tables anew so that the rows whose column says n, 0 to `parts` - 1, are in the n-th; in no certain order."""
        ...

    def fetch(self, held: Sequence[Held]) -> Iterator[Any]:
        """What is held, in order."""
        ...

    def delivered(self, payload: bytes) -> AbstractContextManager[str | bytes]:
        """Bytes as an argument of `apply`: themselves, or the address of a file that holds them while the context lasts."""
        ...


class ThreadEngine:
    """This process: items one after the other, steps over parts on as many threads as there are cores.

    Python runs one thread at a time: what threads gain is the part of a step that numpy and Arrow do.
    """

    kind = THREADS

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """As of `Engine`; nothing is done ahead."""
        return map(function, items)

    def apply(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Held]:
        """As of `Engine`; the calls have been made when it returns."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            futures: list[Future[Any]] = [pool.submit(function, *row) for row in zip(*columns, strict=True)]
            return [future.result() for future in futures]

    def shuffle(self, tables: Sequence[Held], column: str, parts: int) -> list[Held]:
        """As of `Engine`."""
        split = [_split(table, column, parts) for table in tables]
        return [pa.concat_tables([pieces[part] for pieces in split if part in pieces] or [tables[0].slice(0, 0)]) for part in range(parts)]

    def fetch(self, held: Sequence[Held]) -> Iterator[Any]:
        """As of `Engine`."""
        return iter(held)

    def delivered(self, payload: bytes) -> AbstractContextManager[str | bytes]:
        """As of `Engine`: themselves."""
        return nullcontext(payload)


class DaskEngine:
    """The workers of a Dask scheduler.

    What a worker that died had made is made again by another one; a task that was running on three dying workers is given up.

    Args:
        client: A connected `distributed.Client`.
        exchange: Folder that all workers can read, as an address that fsspec knows; None for none.
    """

    kind = DASK

    def __init__(self, client: Any, exchange: str | None = None) -> None:
        self._client = client
        self._exchange = exchange
        self._version = code_version()

    def map(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """As of `Engine`."""
        left = iter(items)
        waiting: deque[Any] = deque()
        ahead = _WAITING * max(1, sum(self._client.nthreads().values()))
        while True:
            while len(waiting) < ahead and (batch := list(islice(left, _BATCH))):
                waiting += self.apply(partial(_each, function), [batch])
            if not waiting:
                return
            yield from waiting.popleft().result()

    def apply(self, function: Callable[..., Any], *columns: Sequence[Any]) -> list[Held]:
        """As of `Engine`."""
        call = _Call(function, self._version)
        return [self._client.submit(call, *row, pure=False) for row in zip(*columns, strict=True)]

    def shuffle(self, tables: Sequence[Held], column: str, parts: int) -> list[Held]:
        """As of `Engine`: rows travel as one block for each source and target, from worker to worker."""
        if parts == 1:
            return self.apply(_concatenated, *([table] for table in tables))
        import dask.dataframe as dd

        pieces = self.apply(partial(_pieces, column=column, parts=parts), tables)
        frame = dd.from_delayed(pieces, meta=_frame_of({}), verify_meta=False)
        moved = frame.set_index(_TO, divisions=list(range(parts + 1)), shuffle_method="p2p")
        joined = self._client.compute(moved.to_delayed())
        empty = self.apply(partial(_empty_like), tables[:1])[0]
        return self.apply(_join, joined, [empty] * parts)

    def fetch(self, held: Sequence[Held]) -> Iterator[Any]:
        """As of `Engine`; a few at a time are brought here."""
        for one in held:
            yield one.result()

    @contextmanager
    def delivered(self, payload: bytes) -> Iterator[str | bytes]:
        """As of `Engine`: through the scheduler without an exchange folder, which is meant for what it can hold in memory."""
        if self._exchange is None:
            yield payload
            return
        import fsspec

        files, folder = fsspec.core.url_to_fs(self._exchange)
        path = f"{folder.rstrip('/')}/healthnews-{uuid4().hex}"
        files.makedirs(folder, exist_ok=True)
        files.pipe_file(path, payload)
        try:
            yield files.unstrip_protocol(path)
        finally:
            files.rm_file(path)


@dataclass(frozen=True, slots=True)
class _Call:
    """A function that refuses to run where the code of healthnews is another one than here."""

    function: Callable[..., Any]
    version: str

    def __call__(self, *arguments: Any) -> Any:
        if (found := code_version()) != self.version:
            raise _other_code("a worker", found, self.version)
        return self.function(*arguments)


def _each(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [function(item) for item in items]


def _split(table: pa.Table, column: str, parts: int) -> dict[int, pa.Table]:
    """The rows of a table by what a column says."""
    targets = table[column].to_numpy().astype(np.int64)
    if len(targets) and not 0 <= targets.min() <= targets.max() < parts:
        raise ValueError(f"the column {column} says {targets.min()} to {targets.max()}; expected 0 to {parts - 1}")
    table = table.take(np.argsort(targets, kind="stable"))
    ends = np.cumsum(np.bincount(targets, minlength=parts))
    return {
        int(part): table.slice(start, end - start)
        for part, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True))
        if end > start
    }


def _concatenated(*tables: pa.Table) -> pa.Table:
    return pa.concat_tables(tables)


def _pieces(table: pa.Table, column: str, parts: int) -> pd.DataFrame:
    return _frame_of({part: _packed(piece) for part, piece in _split(table, column, parts).items()})


def _frame_of(blocks: Mapping[int, bytes]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {_TO: pd.Series(list(blocks), dtype="int64"), _PIECE: pd.Series(list(blocks.values()), dtype=pd.ArrowDtype(pa.large_binary()))}
    )


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _empty_like(table: pa.Table) -> pa.Table:
    return table.schema.empty_table()


def _join(frame: pd.DataFrame, empty: pa.Table) -> pa.Table:
    return pa.concat_tables([empty, *(pa.ipc.open_stream(piece).read_all() for piece in frame[_PIECE])])


_HERE: Engine = ThreadEngine()
_current: ContextVar[Engine] = ContextVar("engine", default=_HERE)


def current_engine() -> Engine:
    """The engine that `running_on` chose; this process without it."""
    return _current.get()


@contextmanager
def running_on(kind: str, scheduler: str = LOCAL_CLUSTER, exchange: str | None = None) -> Iterator[Engine]:
    """Let everything inside run on an engine; what was started for it is ended.

    Args:
        kind: From KINDS.
        scheduler: Address of a Dask scheduler (tcp://host:8786), or LOCAL_CLUSTER.
        exchange: Folder that all workers can read, as an address that fsspec knows (s3://bucket/folder); None for none.

    Raises:
        UsageError: No such kind; Dask is not installed; workers have other code than this process.
        NetworkError: No scheduler answers, or it has no workers.
    """
    if kind not in KINDS:
        raise UsageError(f"engine {kind!r}: expected one of {', '.join(KINDS)}")
    opened: AbstractContextManager[Engine] = nullcontext(ThreadEngine()) if kind == THREADS else _dask_engine(scheduler, exchange)
    with opened as engine:
        token = _current.set(engine)
        try:
            yield engine
        finally:
            _current.reset(token)


def running_as_set(settings: Mapping[str, Setting]) -> AbstractContextManager[Engine]:
    """`running_on` what the settings say; a scheduler on the command line with another engine is a UsageError."""
    kind, scheduler, exchange = (settings[f"engine.{name}"] for name in ("kind", "scheduler", "exchange"))
    if kind.value != DASK and scheduler.origin == "flag":
        raise UsageError(f"--scheduler {scheduler.value} is for the engine dask, and the engine is {kind.value}; add --engine dask")
    return running_on(kind.value, scheduler.value, None if exchange.value == NO_EXCHANGE else exchange.value)


@contextmanager
def _dask_engine(scheduler: str, exchange: str | None) -> Iterator[DaskEngine]:
    try:
        import dask.dataframe
        import distributed
    except ImportError as error:
        raise UsageError(f"the engine dask needs Dask, which is not installed ({error}); run: pip install 'healthnews[dask]'") from error
    # Lost workers are its matter: what was lost is made again, and what cannot be is raised here.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    # Text stays what pandas reads it as: the blocks that travel are bytes.
    with (
        dask.config.set({"dataframe.convert-string": False, "distributed.comm.timeouts.connect": CONNECT_SECONDS}),
        _cluster(scheduler) as address,
    ):
        try:
            client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
        except ValueError as error:
            raise UsageError(f"scheduler {scheduler!r}: {error}; expected an address such as tcp://host:8786") from error
        except OSError as error:
            raise NetworkError(f"no Dask scheduler answers at {scheduler} within {CONNECT_SECONDS:g} s: {error}") from error
        with client:
            _require_workers(client, scheduler)
            with client.as_current():
                yield DaskEngine(client, exchange)


@contextmanager
def _cluster(scheduler: str) -> Iterator[str]:
    """Address of the scheduler, or of one of our own."""
    if scheduler != LOCAL_CLUSTER:
        yield scheduler
        return
    from distributed import LocalCluster

    workers = os.cpu_count() or 1
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, dashboard_address=None, worker_dashboard_address=None, host="127.0.0.1",
        silence_logs=logging.CRITICAL,
    ) as cluster:  # fmt: skip
        yield cluster.scheduler_address


def _require_workers(client: Any, scheduler: str) -> None:
    """Refuse a scheduler without workers, and workers whose code is another one."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError as error:
        raise NetworkError(f"the Dask scheduler at {scheduler} has no workers after {CONNECT_SECONDS:g} s") from error
    ours = code_version()
    for worker, found in client.run(code_version, on_error="return").items():
        if isinstance(found, BaseException):
            raise UsageError(f"worker {worker} of {scheduler} cannot run healthnews: {found}; install the same version there")
        if found != ours:
            raise _other_code(f"worker {worker} of {scheduler}", found, ours)


def _other_code(who: str, found: str, ours: str) -> HealthnewsError:
    return UsageError(f"{who} runs healthnews {found}, this process {ours}; install the same version everywhere")


@cache
def code_version() -> str:
    """Version of healthnews with a digest of its code, lexicon and parsers: where it is equal, so are results."""
    digest = hashlib.sha256()
    for package in ("healthnews", "healthnews.parsers"):
        for folder in sorted(importlib.import_module(package).__path__):
            for path in sorted(Path(folder).rglob("*")):
                # Rules of the linter are no part of an installed package.
                if path.suffix in _CODE and path.name != "ruff.toml":
                    digest.update(f"{package} {path.relative_to(folder).as_posix()}\n".encode())
                    digest.update(path.read_bytes())
    return f"{installed_version('healthnews')} ({digest.hexdigest()[:12]})"
