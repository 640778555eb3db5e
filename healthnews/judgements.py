"""data/judgements: what people decided of pairs of statements, one JSON line each, only ever appended to."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, get_args

from filelock import FileLock, Timeout

from healthnews.errors import LockedError, UsageError, cannot_write
from healthnews.records import Judgement, Verdict, stable_id

FILE = "judgements.jsonl"
TORN_FILE = "judgements.torn"
"""Where the beginning of a line goes that a kill cut off: nothing is thrown away."""
VERDICTS: tuple[str, ...] = get_args(Verdict)
MAX_LINE_BYTES = 4_000_000
"""A longer line is refused: two sentences of a million characters would still be shorter."""
MAX_REASON_CHARS = 10_000
MAX_NAME_CHARS = 200
_LOCK_SECONDS = 30.0
"""A write holds the lock for milliseconds; half a minute is a process that hangs."""
_MAX_AHEAD = timedelta(days=1)
"""How far in the future an imported judgement may lie: it would outlast every later one of its pair."""

_NAMES = tuple(f.name for f in fields(Judgement))
_OPTIONAL = frozenset(("judgement_id", "reason"))
_IDS = {
    "judgement_id": re.compile(r"jdg_[0-9a-f]{16}"),
    "contradiction_id": re.compile(r"con_[0-9a-f]{16}"),
    "a_statement_id": re.compile(r"stm_[0-9a-f]{16}"),
    "b_statement_id": re.compile(r"stm_[0-9a-f]{16}"),
}
_WORDS = {"judged_by": MAX_NAME_CHARS, "rule": MAX_NAME_CHARS, "type": MAX_NAME_CHARS, "reason": MAX_REASON_CHARS}
"""What people or rules are called and what people write: bounded, and shown on terminals, so without control characters."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class UnreadableLine:
    """A line that is no judgement.

    Attributes:
        line: Its number, from 1.
        reason: What was found, in one sentence.
    """

    line: int
    reason: str


@dataclass(frozen=True)
class Judgements:
    """What the file holds.

    Attributes:
        rows: The judgements in the order of the file, each once.
        unreadable: Lines that are none; they stay where they are.
        set_aside: Lines that kills cut off, and that lie in a file of their own.
    """

    rows: tuple[Judgement, ...] = ()
    unreadable: tuple[UnreadableLine, ...] = ()
    set_aside: int = 0

    @cached_property
    def digest(self) -> str | None:
        """What names the content: equal digests, equal judgements; None when there is none."""
        ids = "\n".join(sorted(row.judgement_id for row in self.rows))
        return hashlib.sha256(ids.encode()).hexdigest()[:16] if ids else None


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did.

    Attributes:
        added: Judgements that were new.
        known: How many the file held already.
        refused: Lines that were not taken.
    """

    added: tuple[Judgement, ...]
    known: int
    refused: tuple[UnreadableLine, ...]


def read_judgements(folder: Path) -> Judgements:
    """The judgements of a folder, without waiting for one that is being written; nothing when there is no file."""
    path = folder / FILE
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Judgements()
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    rows: dict[str, Judgement] = {}
    unreadable = []
    for number, line in enumerate(content.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = parse_judgement(line)
            rows.setdefault(row.judgement_id, row)
        except ValueError as error:
            unreadable.append(UnreadableLine(number, str(error)))
    torn = folder / TORN_FILE
    return Judgements(tuple(rows.values()), tuple(unreadable), torn.read_bytes().count(b"\n") if torn.exists() else 0)


def add_judgement(folder: Path, given: Judgement) -> Judgement:
    """Append a judgement and wait until it is on disk; it is returned as written, with its id.

    It becomes the newest of its pair: a clock that was set back does not make it an older one.

    Raises:
        LockedError: Another process holds the file for long.
        UsageError: It cannot be written, or says what no judgement can.
    """
    with _locked(folder):
        pair = pair_of(given)
        earlier = [row.judged_at for row in read_judgements(folder).rows if pair_of(row) == pair]
        moment = max([given.judged_at, *(at + timedelta(microseconds=1) for at in earlier)])
        judgement = with_id(replace(given, judged_at=moment))
        try:
            if parse_judgement(judgement_line(judgement)) != judgement:
                raise ValueError("it would be read differently")
        except ValueError as error:
            raise UsageError(f"this judgement cannot be written: {error}") from error
        _append(folder, [judgement])
    return judgement


def import_judgements(folder: Path, lines: BinaryIO, now: datetime) -> Imported:
    """Append the judgements of JSON lines that are not there yet; a line that is none is refused with its reason.

    Args:
        folder: Where judgements lie.
        lines: As `judgement_line` writes them; `judgement_id` may be missing.
        now: The present moment, UTC.

    Raises:
        LockedError: Another process holds the file for long.
        UsageError: It cannot be written.
    """
    found: dict[str, Judgement] = {}
    refused = []
    read = 0
    for number, line in _lines(lines):
        try:
            row = parse_judgement(line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line)
            if row.judged_at > now + _MAX_AHEAD:
                raise ValueError(f"judged_at {row.judged_at:%Y-%m-%d} lies in the future")
        except ValueError as error:
            refused.append(UnreadableLine(number, str(error)))
            continue
        read += 1
        found.setdefault(row.judgement_id, row)
    if not found:
        return Imported((), 0, tuple(refused))
    with _locked(folder):
        known = {row.judgement_id for row in read_judgements(folder).rows}
        added = tuple(row for row in found.values() if row.judgement_id not in known)
        if added:
            _append(folder, added)
    return Imported(added, read - len(added), tuple(refused))


def pair_of(row: Judgement) -> tuple[str, str]:
    """What a judgement is keyed by: its two statements, the smaller id first."""
    return row.a_statement_id, row.b_statement_id


def with_id(judgement: Judgement) -> Judgement:
    """The judgement with the id that its content gives it."""
    values = _plain(judgement)
    return replace(judgement, judgement_id=stable_id("jdg", *(values[name] for name in _NAMES if name != "judgement_id")))


def judgement_line(judgement: Judgement) -> bytes:
    """The judgement as one JSON line, without its line break."""
    return json.dumps(_plain(judgement), ensure_ascii=False).encode("utf-8", "replace")


def _plain(judgement: Judgement) -> dict[str, str | None]:
    values: dict[str, str | None] = {name: getattr(judgement, name) for name in _NAMES if name != "judged_at"}
    moment = judgement.judged_at.astimezone(UTC).replace(tzinfo=None)
    values["judged_at"] = f"{moment.isoformat(timespec='microseconds')}Z"
    return {name: values[name] for name in _NAMES}


def parse_judgement(line: bytes) -> Judgement:
    """The judgement of a JSON line; ValueError with one sentence when it is none."""
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"longer than {MAX_LINE_BYTES:,} bytes")
    try:
        values = json.loads(line.decode("utf-8"), object_pairs_hook=_without_repetition)
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos}; a kill may have cut it off") from None
    except RecursionError:
        raise ValueError("not JSON that anybody wrote: nested too deeply") from None
    if not isinstance(values, dict):
        raise ValueError(f"expected a JSON object, found {_shown(values)}")
    if unknown := sorted(values.keys() - set(_NAMES)):
        raise ValueError(f"unknown name {_shown(unknown[0])}; known are {', '.join(_NAMES)}")
    if missing := [name for name in _NAMES if name not in values and name not in _OPTIONAL]:
        raise ValueError(f"{missing[0]} is missing")
    return _checked(values)


def _checked(values: Mapping[str, Any]) -> Judgement:
    """The judgement of an object with the right names."""
    given = {name: value for name in _NAMES if (value := values.get(name)) is not None}
    for name in _NAMES:
        if name not in given and name in _OPTIONAL:
            continue
        value = given.get(name)
        if not isinstance(value, str) or _SURROGATE.search(value):
            raise ValueError(f"{name} is {_shown(value)}; expected text")
        if name in _IDS and not _IDS[name].fullmatch(value):
            raise ValueError(f"{name} is {_shown(value)}; expected {_IDS[name].pattern}")
        if name in _WORDS and (len(value) > _WORDS[name] or not value.strip() or _CONTROL.search(value)):
            raise ValueError(f"{name} is {_shown(value)}; expected 1 to {_WORDS[name]:,} characters, none of them control characters")
    if given["verdict"] not in VERDICTS:
        raise ValueError(f"verdict is {_shown(given['verdict'])}; expected {', '.join(VERDICTS)}")
    if not given["a_statement_id"] < given["b_statement_id"]:
        raise ValueError("a_statement_id must be the smaller of two different ids")
    judgement = with_id(Judgement(**(given | {"judgement_id": "", "judged_at": _moment(given["judged_at"])})))
    if given.get("judgement_id", judgement.judgement_id) != judgement.judgement_id:
        raise ValueError(f"judgement_id is {given['judgement_id']}, the content gives {judgement.judgement_id}: it was changed afterwards")
    return judgement


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"judged_at is {_shown(text)}; expected a moment with its zone, such as 2026-03-01T08:00:00Z") from None


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON; a name that stands in it twice could be read either way."""
    values = dict(pairs)
    if len(values) < len(pairs):
        raise ValueError("a name stands in it twice")
    return values


def _shown(value: Any) -> str:
    """The beginning of a value that somebody else wrote, safe to print."""
    text = ascii(value) if not isinstance(value, str) or not value.isprintable() else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Numbered lines that are not blank; of one that is too long, no more than tells so."""
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 2):
        number += 1
        rest = line
        while len(rest) > MAX_LINE_BYTES and not rest.endswith(b"\n"):
            rest = file.readline(MAX_LINE_BYTES + 2)
        if line.strip():
            yield number, line.rstrip(b"\r\n")


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder's file for writing, against other processes and threads."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock", timeout=_LOCK_SECONDS)
        lock.acquire()
    except Timeout:
        raise LockedError(f"{folder / FILE} has been in use by another process for {_LOCK_SECONDS:.0f} s; try again") from None
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        yield
    except OSError as error:
        raise cannot_write(folder, error) from error
    finally:
        lock.release()


def _append(folder: Path, rows: Iterable[Judgement]) -> None:
    """Write the lines at the end of the file and wait until they are on disk; on an error the file is as before."""
    payload = b"".join(judgement_line(row) + b"\n" for row in rows)
    descriptor = os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        payload = _end_last_line(folder, descriptor) + payload
        size = os.fstat(descriptor).st_size
        try:
            written = 0
            while written < len(payload):
                written += os.write(descriptor, payload[written:])
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise
    finally:
        os.close(descriptor)
    _sync_folder(folder)


def _end_last_line(folder: Path, descriptor: int) -> bytes:
    """What must stand before the next line: a break after a whole judgement; the beginning of one is set aside first."""
    content = (folder / FILE).read_bytes()
    tail = content[content.rfind(b"\n") + 1 :]
    if not tail.strip():
        return b""
    try:
        parse_judgement(tail)
        return b"\n"
    except ValueError:
        with (folder / TORN_FILE).open("ab") as file:
            file.write(tail + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.ftruncate(descriptor, len(content) - len(tail))
        return b""


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
