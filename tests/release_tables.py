"""Small tables that fit together, of our own words, for what is done with a release."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from healthnews.dataset.release import Options, Release, publish_release
from healthnews.records import (
    TABLES,
    AliasRow,
    ArticleRow,
    CaptureRow,
    ClaimRow,
    ClusterRow,
    ContradictionRow,
    DuplicateRow,
    FailureRow,
    Quantity,
    RelatedLinkRow,
    Scope,
    Section,
    TopicRow,
)
from healthnews.schema import from_table, key_columns, schema, to_table

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
KEEPS, CLEARS = "账户余额年底不会清零\uff0c可以结转。", "账户余额到年底一律清零。"


def article(number: int, **more: Any) -> ArticleRow:
    """A page whose body says one thing or the other."""
    body = f'先说第{number}个账户。\n{KEEPS if number % 2 else CLEARS}\n"带上身份证",到窗口办。' + "说明在后面。" * 40
    values: dict[str, Any] = {
        "article_id": f"a_{number:05}", "record": "page", "title": f"第{number}个账户的钱会怎样", "body": body,
        "lead": f"先说第{number}个账户。", "body_sha256": hashlib.sha256(body.encode()).hexdigest(), "url": f"https://{host(number)}/{number}.html",
        "canonical_url": f"https://{host(number)}/{number}.html", "host": host(number), "capture_id": f"c_{number:05}", "parser": "generic",
        "parser_version": "1", "published_at": datetime(2026, 1 + number % 2, 1 + number % 28, 9, 30), "published_at_source": "meta",
        "published_at_precision": "minute", "published_at_zone": "Asia/Shanghai", "first_seen_at": NOW - timedelta(days=2),
        "last_seen_at": NOW - timedelta(hours=1), "tags": ("医保", "账户"),
        "sections": (Section(heading="一、余额", level=1, text=body),),
    }  # fmt: skip
    return ArticleRow(**(values | more))


def host(number: int) -> str:
    return "a.example" if number % 3 else "b.example"


def capture(number: int) -> CaptureRow:
    url = f"https://{host(number)}/{number}.html"
    return CaptureRow(
        capture_id=f"c_{number:05}", url=url, final_url=url, fetched_at=NOW - timedelta(days=1), status=200, content_type="text/html",
        sha256="0" * 64, warc_file="x.warc.gz", warc_offset=number, outcome="parsed",
    )  # fmt: skip


def claim(row: ArticleRow, number: int) -> ClaimRow:
    sentence = KEEPS if number % 2 else CLEARS
    start = (row.body or "").index(sentence)
    return ClaimRow(
        claim_id=f"m_{number:05}", article_id=row.article_id, statement_id=f"s_{number % 2}", sentence=sentence, start=start,
        end=start + len(sentence), origin="body", cue_start=start + 6, cue_end=start + 10, subject="account", predicate="balance_cleared",
        topic="年底清零", pole="cleared", polarity="negated" if number % 2 else "affirmed", stance=-1 if number % 2 else 1, hedge=False,
        quantity=Quantity(low=1.5, high=None, unit="年"), scope=Scope(region="湖北省/武汉"), published_at=row.published_at,
    )  # fmt: skip


def contradiction(a: ClaimRow, b: ClaimRow, **more: Any) -> ContradictionRow:
    values: dict[str, Any] = {
        "contradiction_id": f"x_{a.claim_id}_{b.claim_id}", "type": "negation", "rule": "negation:balance_cleared", "score": 0.9,
        "scope": "same", "topic": "年底清零", "explanation": "一说会\uff0c一说不会。", "a_claim_id": a.claim_id, "b_claim_id": b.claim_id,
        "a_statement_id": "s_0", "b_statement_id": "s_1", "a_sentence": a.sentence, "b_sentence": b.sentence, "status": "flagged",
    }  # fmt: skip
    return ContradictionRow(**(values | more))


def make_tables(count: int = 6) -> dict[str, pa.Table]:
    """Tables of so many pages, a contradiction for each two of them; more pages only add rows."""
    articles = [article(number) for number in range(count)]
    claims = [claim(row, number) for number, row in enumerate(articles)]
    pairs = [contradiction(*claims[number : number + 2]) for number in range(0, count - 1, 2)]
    rows: dict[str, Sequence[Any]] = {
        "articles": articles,
        "article_aliases": [AliasRow(alias_id="a_other", article_id="a_00000")],
        "captures": [capture(number) for number in range(count)],
        "claims": claims,
        "contradictions": pairs,
        "related_links": [
            RelatedLinkRow(article_id=row.article_id, position=1, target_id="a_00000", title="=1+1", snippet="")
            for row in articles
        ],
        "failures": [
            FailureRow(
                failure_id="f_1", url="https://a.example/x", stage="fetch", reason="http_404", detail='nothing, "there"', failed_at=NOW
            )
        ],
        "clusters": [
            ClusterRow(
                cluster_id="d_1", kind="exact", title="@一样", representative_id="a_00000", representative_reason="earliest dated",
                members=2, sources=1, fillers=("甲", "乙"),
            )
        ],
        "duplicates": [
            DuplicateRow(
                article_id=f"a_{number:05}", cluster_id="d_1", kind="exact", representative_id="a_00000", similarity=1.0, reason="equal"
            )
            for number in (0, 1)
        ],
        "topics": [
            TopicRow(
                topic="年底清零", predicate="balance_cleared", item="", side=side, is_contested=True, statements=1, sources=2,
                articles=count // 2,
            )
            for side in ("否", "是")
        ],
    }  # fmt: skip
    return {name: to_table(record, rows.get(name, [])) for name, record in TABLES.items()}


def edit(tables: Mapping[str, pa.Table], name: str, change: Any) -> dict[str, pa.Table]:
    """The tables with the rows of one changed: `change` gets a row and gives it back, another, or None to leave it out."""
    record = TABLES[name]
    rows = [changed for row in from_table(record, tables[name]) if (changed := change(row)) is not None]
    table = to_table(record, rows).sort_by([(key, "ascending") for key in key_columns(record)])
    return {**tables, name: table.cast(schema(record))}


def replaced(**values: Any) -> Any:
    """A change that sets columns of each row; a function of the row gives its value."""
    return lambda row: dataclasses.replace(row, **{name: value(row) if callable(value) else value for name, value in values.items()})


def publish(clean: Path, tables: Mapping[str, pa.Table], options: Options | None = None, now: datetime = NOW, **more: Any) -> Release:
    """Publish them."""
    return publish_release(clean, tables, {"healthnews": "1"}, {}, now, options, **more)
