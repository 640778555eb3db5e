"""Reads pages that may take for ever, in a process of its own that can be ended: `python -m tests.page_reader` is that process."""

import json
import resource
import selectors
import subprocess
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from healthnews.errors import PageError
from healthnews.extract.registry import read_page
from healthnews.records import Article, RawPage

ROOT = Path(__file__).parents[1]
MAX_MEMORY_BYTES = 4 * 1024**3
FETCHED_AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
Row = dict[str, str | int | None]


def read(payload: bytes) -> Row:
    """What a page is: `outcome` is Article, Listing or the reason of a PageError."""
    try:
        found = read_page(RawPage(url="https://example.com/a/1.html", content_type="text/html", payload=payload, fetched_at=FETCHED_AT))
    except PageError as error:
        return {"outcome": error.reason, "detail": error.detail}
    if not isinstance(found, Article):
        return {"outcome": "Listing", "links": len(found.links)}
    row: Row = {"outcome": "Article", "title": found.title[:100], "body": (found.body or "")[:100], "body_end": (found.body or "")[-100:]}
    return row | {"related": len(found.related), "sections": len(found.sections), "nuls": f"{found.title}{found.body}".count("\0")}


class PageReader:
    """A process that reads page after page, started again when one had to be ended."""

    def __init__(self, limit_seconds: float) -> None:
        self.limit_seconds = limit_seconds
        self.process: subprocess.Popen[bytes] | None = None

    def read(self, payload: bytes) -> Row:
        """What `read` says of a page.

        Raises:
            TimeoutError: Nothing came within the limit.
            EOFError: The process ended.
        """
        if self.process is None:
            command = [sys.executable, "-m", "tests.page_reader"]
            self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(b"%d\n" % len(payload) + payload)
        self.process.stdin.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(self.limit_seconds):
                self.close()
                raise TimeoutError(f"no outcome within {self.limit_seconds:.0f} s")
        line = self.process.stdout.readline()
        if not line:
            code = self.process.wait()
            self.process = None
            raise EOFError(f"the process ended with {code}")
        row: Row = json.loads(line)
        return row

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            with suppress(BrokenPipeError):
                self.process.communicate()
            self.process = None


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    while size := sys.stdin.buffer.readline():
        print(json.dumps(read(sys.stdin.buffer.read(int(size)))), flush=True)


if __name__ == "__main__":
    main()
