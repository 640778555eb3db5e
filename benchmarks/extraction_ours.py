"""Our extractor over a part of the set, in a process of its own; benchmarks/extraction.py runs it beside the peers.

    python benchmarks/extraction_ours.py PART_DIR OUT.json [ROUNDS]

Writes the predictions and prints one JSON object: CPU seconds of the best round for decoding, parsing and keywords. What is
timed is what `healthnews extract` does with a page, byte payload in, Article out.
"""

from __future__ import annotations

import gzip
import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

sys.path.insert(0, str(Path(__file__).parents[1]))

from healthnews.errors import PageError
from healthnews.extract.keywords import keywords
from healthnews.extract.page import Page
from healthnews.extract.registry import find_parsers, parse_page
from healthnews.records import Article, RawPage

Result = TypeVar("Result")
ROUNDS = 3


def read_raw_pages(part: Path) -> dict[str, RawPage]:
    """The pages of a part by id; no ground truth but the address goes with them."""
    now = datetime.now(UTC)
    truths = map(json.loads, (part / "ground-truth.jsonl").read_text("utf-8").splitlines())
    return {
        truth["id"]: RawPage(
            url=truth["url"] or "file:page.html",
            content_type="text/html",
            payload=gzip.decompress((part / "html" / f"{truth['id']}.html.gz").read_bytes()),
            fetched_at=now,
        )
        for truth in truths
    }


def try_parse(raw: RawPage) -> Article | PageError:
    """The Article, or why there is none."""
    try:
        return parse_page(raw)
    except PageError as error:
        return error


def best_of(rounds: int, call: Callable[[], Result]) -> tuple[float, Result]:
    """CPU seconds of the quickest of several calls, and what the last one gave."""
    seconds = []
    for _ in range(rounds):
        began = time.process_time()
        result = call()
        seconds.append(time.process_time() - began)
    return min(seconds), result


def decode_all(pages: list[RawPage]) -> None:
    for raw in pages:
        try:
            Page(raw)
        except PageError:
            continue


def main() -> None:
    part, out = Path(sys.argv[1]), Path(sys.argv[2])
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else ROUNDS
    raws = read_raw_pages(part)
    pages = list(raws.values())
    find_parsers()
    for raw in pages[:10]:  # dictionaries and patterns are made once
        try_parse(raw)
    whole, found = best_of(rounds, lambda: [try_parse(raw) for raw in pages])
    decoding, _ = best_of(rounds, lambda: decode_all(pages))
    articles = [article for article in found if isinstance(article, Article)]
    weighing, _ = best_of(rounds, lambda: [keywords(article.title, article.body or "") for article in articles])
    predictions: dict[str, dict[str, Any]] = {}
    failures = []
    for identifier, article in zip(raws, found, strict=True):
        if isinstance(article, PageError):
            failures.append(f"{identifier} {article.reason}: {article.detail}")
            continue
        date = article.published_at
        predictions[identifier] = {
            "title": article.title,
            "date": date and f"{date:%Y-%m-%d}",
            "author": article.author,
            "body": article.body,
        }
    out.write_text(json.dumps(predictions, ensure_ascii=False), encoding="utf-8")
    report = {
        "pages": len(pages),
        "bytes": sum(len(raw.payload) for raw in pages),
        "whole_seconds": whole,
        "decoding_seconds": decoding,
        "keyword_seconds": weighing,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "failures": failures,
    }
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    main()
