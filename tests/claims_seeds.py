"""The four seed dumps as article rows, read without any parser: four pages and their eighty stubs."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from healthnews.records import ArticleRow, RecordKind, stable_id

SHARED = Path(__file__).parents[2] / "shared"
SEEDS = SHARED / "seeds"
GOLD = SHARED / "benchmarks" / "claims" / "seeds_gold.jsonl"
_DATED = re.compile(r"^(\S+) (\d{4}-\d{2}-\d{2})")


def article_row(
    title: str, *, body: str | None = None, snippet: str | None = None, url: str | None = None, published_at: datetime | None = None
) -> ArticleRow:
    """An article row with as little as the claims engine needs."""
    record: RecordKind = "page" if body is not None else "stub"
    moment = datetime(2025, 5, 1, tzinfo=UTC)
    return ArticleRow(
        article_id=stable_id("art", title, url),
        record=record,
        url=url,
        title=title,
        lead=None,
        body=body,
        snippet=snippet,
        parser="test",
        parser_version="1",
        capture_id="cap",
        first_seen_at=moment,
        last_seen_at=moment,
        published_at=published_at,
    )


def read_seeds(folder: Path = SEEDS) -> list[ArticleRow]:
    """Pages first, then stubs, in the order of the files."""
    pages, stubs = [], []
    for path in sorted(folder.glob("*.txt")):
        lines = path.read_text("utf-8").split("\n")
        end = next(i for i, line in enumerate(lines) if line.startswith("提示:"))
        pages.append(article_row(lines[0].strip(), body="\n".join(lines[1:end]).strip("\n")))
        blocks = [line.strip() for line in lines[lines.index("相关推荐") + 1 :] if line.strip()]
        title = snippet = None
        for block in blocks:
            dated = _DATED.match(block)
            if dated and title and snippet:
                stubs.append(article_row(title, snippet=snippet, published_at=datetime.fromisoformat(dated[2])))
                title = snippet = None
            elif title is None:
                title = block
            else:
                snippet = block
    return pages + stubs
