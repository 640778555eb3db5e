"""Tables of a million generated articles that fit together, as Arrow files that can be read batch by batch."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from healthnews.records import TABLES, ArticleRow, CaptureRow, ClaimRow, ContradictionRow, RelatedLinkRow, Scope, Section
from healthnews.schema import schema, to_table

BATCH_ROWS = 16_384
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
_SUBJECTS = ("职工医保", "居民医保", "个人账户", "门诊统筹", "异地就医", "生育津贴", "大病保险", "慢性病用药")
_VERBS = ("可以", "不能", "需要", "不必", "一般", "按规定", "在多数地区", "自次月起")
_ENDS = ("办理备案", "直接结算", "转入下一年", "由单位申报", "到窗口查询", "按比例报销", "享受待遇", "补缴费用")
_NUMBER = "{:07}"
_CLAIM = "账户余额年底不会清零。"
_HOSTS = 40
_STEP = 611_953
"""A prime: its multiples go through every article once."""


def _body(draw: random.Random) -> str:
    """About 500 characters of sentences, seven places in front of them for a number."""
    sentences = [
        f"{draw.choice(_SUBJECTS)}的人{draw.choice(_VERBS)}在{draw.randint(1, 28)}日前{draw.choice(_ENDS)},为{draw.randint(10, 9999)}元。"
        for _ in range(16)
    ]
    return "\n".join([_CLAIM, *sentences])


def _articles(draw: random.Random) -> list[ArticleRow]:
    rows = []
    for number in range(BATCH_ROWS):
        body = _NUMBER.format(0) + _body(draw)
        rows.append(
            ArticleRow(
                article_id="", record="page", title=f"{draw.choice(_SUBJECTS)}{draw.choice(_ENDS)}要多久", body=body, lead=_CLAIM,
                body_sha256=f"{draw.getrandbits(256):064x}", url="", canonical_url="", host=f"h{number % _HOSTS}.example", capture_id="",
                parser="generic", parser_version="1", published_at=datetime(2024, 1, 1) + timedelta(hours=draw.randint(0, 15_000)),
                published_at_source="meta", published_at_precision="day", first_seen_at=NOW - timedelta(days=9), last_seen_at=NOW,
                tags=("医保", draw.choice(_SUBJECTS)), keywords=tuple(draw.sample(_SUBJECTS, 3)),
                sections=(Section(heading=draw.choice(_ENDS), level=1, text=body[7:]),),
            )
        )  # fmt: skip
    return rows


def _captures(draw: random.Random) -> list[CaptureRow]:
    return [
        CaptureRow(
            capture_id="", url="", final_url="", fetched_at=NOW, status=200, content_type="text/html",
            sha256=f"{draw.getrandbits(256):064x}", warc_file="x.warc.gz", warc_offset=number, outcome="parsed",
        )
        for number in range(BATCH_ROWS)
    ]  # fmt: skip


def _claims(_draw: random.Random) -> list[ClaimRow]:
    return [
        ClaimRow(
            claim_id="", article_id="", statement_id="s_1", sentence=_CLAIM, start=7, end=7 + len(_CLAIM), origin="body", cue_start=13,
            cue_end=17, subject="account", predicate="balance_cleared", topic="年底清零", pole="cleared",
            polarity="negated" if number % 2 else "affirmed", stance=-1, hedge=False, scope=Scope(region="湖北省/武汉"),
        )
        for number in range(BATCH_ROWS)
    ]  # fmt: skip


def _links(_draw: random.Random) -> list[RelatedLinkRow]:
    return [
        RelatedLinkRow(article_id="", position=1, target_id="", title=f"另一个问题{n % 500}", snippet="摘要") for n in range(BATCH_ROWS)
    ]


def _contradictions(_draw: random.Random) -> list[ContradictionRow]:
    row = ContradictionRow(
        contradiction_id="", type="negation", score=0.9, scope="same", topic="年底清零", explanation="一说会,一说不会。", a_claim_id="",
        b_claim_id="", a_sentence=_CLAIM, b_sentence=_CLAIM, status="flagged",
    )  # fmt: skip
    return [row] * BATCH_ROWS


_TEMPLATES: Mapping[str, tuple[Callable[[random.Random], list[Any]], Mapping[str, str], float]] = {
    "articles": (
        _articles,
        {"article_id": "a_{}", "capture_id": "c_{}", "url": "https://h.example/{}", "canonical_url": "https://h.example/{}", "body": "{}"},
        1.0,
    ),
    "captures": (_captures, {"capture_id": "c_{}", "url": "https://h.example/{}", "final_url": "https://h.example/{}"}, 1.0),
    "claims": (_claims, {"claim_id": "m_{}"}, 1.0),
    "related_links": (_links, {"article_id": "a_{}", "target_id": "a_{}"}, 1.0),
    "contradictions": (_contradictions, {"contradiction_id": "x_{}", "a_claim_id": "m_{}", "b_claim_id": "m_{}"}, 0.1),
}
"""Rows of a batch, the columns that hold a row's number, and rows for each article."""


def write_tables(folder: Path, articles: int, changed: float = 0.0) -> None:
    """Write every table as an Arrow file.

    Args:
        folder: Where they go.
        articles: How many.
        changed: Share of the articles whose title is another than without, the same with each call.
    """
    folder.mkdir(parents=True)
    for name, record in TABLES.items():
        with pa.OSFile(str(folder / f"{name}.arrow"), "wb") as file, pa.ipc.new_file(file, schema(record)) as writer:
            if name in _TEMPLATES:
                make, numbered, share = _TEMPLATES[name]
                template = to_table(record, make(random.Random(7))).combine_chunks()
                for first in range(0, int(articles * share), BATCH_ROWS):
                    numbers = np.arange(first, min(first + BATCH_ROWS, int(articles * share)))
                    table = _numbered(template.slice(0, len(numbers)), numbered, numbers)
                    if name == "claims":  # in the order of digests: anywhere among the articles
                        table = _numbered(table, {"article_id": "a_{}"}, numbers * _STEP % articles)
                    writer.write_table(_retitled(table, first, changed) if name == "articles" and changed else table)


def _numbered(table: pa.Table, columns: Mapping[str, str], of_rows: npt.NDArray[np.int64]) -> pa.Table:
    numbers = pa.array([_NUMBER.format(number) for number in of_rows.tolist()])
    for name, form in columns.items():
        place = table.schema.get_field_index(name)
        before, _, after = form.partition("{}")
        rest = pc.utf8_slice_codeunits(table[name], 7, 1 << 30) if name == "body" else after
        column = pc.binary_join_element_wise(before, numbers, rest, "")
        table = table.set_column(place, table.schema.field(place), column)
    return table


def _retitled(table: pa.Table, first: int, share: float) -> pa.Table:
    chosen = pa.array(np.arange(first, first + table.num_rows) % round(1 / share) == 0)
    place = table.schema.get_field_index("title")
    return table.set_column(place, table.schema.field(place), pc.if_else(chosen, "改了的题目", table["title"]))


def read_tables(folder: Path, *, is_backwards: bool = False) -> dict[str, pa.RecordBatchReader]:
    """Every table as a reader; nothing of it is in memory yet. Backwards the last batch comes first."""
    return {name: _reader(folder / f"{name}.arrow", is_backwards) for name in TABLES}


def _reader(path: Path, is_backwards: bool) -> pa.RecordBatchReader:
    # Not mapped into memory: pages of a mapped file would be counted as ours.
    source = pa.ipc.open_file(pa.OSFile(str(path), "rb"))
    numbers = range(source.num_record_batches)
    batches = (source.get_batch(number) for number in (reversed(numbers) if is_backwards else numbers))
    return pa.RecordBatchReader.from_batches(source.schema, batches)
