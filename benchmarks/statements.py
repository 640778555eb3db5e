"""Articles that make statements: generated health answers with sentences mixed in that vary the lexicon's own examples.

A few concepts are in very many articles and most in few (Zipf), as in the field; regions, years, insurance types, numbers and turns
of phrase vary, so that most statements are alike and few are equal.
"""

from __future__ import annotations

import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from healthnews.language.concepts import Concept, Lexicon
from healthnews.records import ArticleRow, stable_id

MIN_CHARS, MAX_CHARS = 200, 800
"""Length of the generated answers."""
MAX_STATEMENTS = 5
HOSTS = 60
_CITIES = (
    "武汉", "长沙", "南京", "杭州", "合肥", "福州", "南昌", "济南", "郑州", "成都", "昆明", "西安", "广州", "深圳", "青岛", "大连",
    "宁波", "厦门", "苏州", "无锡", "沈阳", "太原", "贵阳", "兰州", "南宁", "海口", "温州", "绍兴", "潍坊", "临沂", "洛阳", "宜昌",
)  # fmt: skip
_PROVINCES = ("湖北省", "湖南省", "江苏省", "浙江省", "广东省", "四川省", "云南省", "山东省")
_INSURANCE = ("职工医保", "居民医保", "职工医保", "居民医保", "新农合", "生育保险")
_POPULATIONS = ("退休人员", "灵活就业人员", "在校学生", "新生儿", "困难群众")
_LEADS = (
    "",
    "",
    "",
    "按规定,",
    "据了解,",
    "需要说明的是,",
    "实际上,",
    "很多人不知道,",
    "一般来说,",
    "部分人认为,",
    "医生提醒,",
    "窗口答复称,",
)
_TAILS = ("", "", "", "请以当地规定为准", "具体情况可拨打热线", "建议提前问清楚", "其他事项另行说明")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FACTORS = (0.5, 0.6, 0.75, 0.8, 1.0, 1.0, 1.0, 1.2, 1.25, 1.5, 2.0)


class StatementWriter:
    """Composes sentences from the examples of the lexicon, the same ones for one seed."""

    def __init__(self, lexicon: Lexicon, seed: int) -> None:
        """Shuffle the concepts that have examples; the first is the most frequent."""
        self._random = random.Random(seed)
        self._concepts = sorted((c for c in lexicon.concepts.values() if c.examples), key=lambda c: c.id)
        self._random.shuffle(self._concepts)
        self._weights = [1 / (rank + 1) for rank in range(len(self._concepts))]

    def write(self) -> str:
        """One sentence, full stop included."""
        concept = self._random.choices(self._concepts, self._weights)[0]
        return self.write_about(concept)

    def write_about(self, concept: Concept) -> str:
        """One sentence that varies an example of the concept."""
        pick, chance = self._random.choice, self._random.random
        text = pick(concept.examples).text.rstrip("。")
        if concept.kind == "amount":
            text = _NUMBER.sub(lambda match: f"{float(match[0]) * pick(_FACTORS):g}", text)
        if chance() < 0.05:
            text = f"一律{text}" if chance() < 0.5 else f"可能{text}"
        if "医保" in text or "账户" in text or "报销" in text or "缴费" in text:
            text = f"{pick(_INSURANCE)}{text}" if chance() < 0.3 else text
        text = f"{pick(_POPULATIONS)}{text}" if chance() < 0.1 else text
        text = f"{self._place()}{self._time()}{text}"
        tail = f"咨询编号{self._random.randrange(10**6)}" if chance() < 0.5 else pick(_TAILS)
        return f"{pick(_LEADS)}{text}{',' if tail else ''}{tail}。".replace(",", "\uff0c")

    def _place(self) -> str:
        kind = self._random.random()
        if kind < 0.45:
            return ""
        if kind < 0.85:
            return f"{self._random.choice(_CITIES)}市"
        return self._random.choice((*_PROVINCES, "全国", "部分地区"))

    def _time(self) -> str:
        kind = self._random.random()
        if kind < 0.6:
            return ""
        year = self._random.randint(2018, 2025)
        if kind < 0.85:
            return f"{year}年"
        return f"自{year}年{self._random.randint(1, 12)}月起" if kind < 0.95 else self._random.choice(("目前", "以前"))


def generate(generator: Path, count: int, seed: int) -> list[dict[str, Any]]:
    """Rows of the generator of synthetic answers: id, title, text, ….

    Raises:
        CalledProcessError: The generator failed; it needs jieba and numpy.
    """
    with tempfile.TemporaryDirectory() as where:
        out = Path(where) / "articles.parquet"
        command = [sys.executable, str(generator), str(count), str(MIN_CHARS), str(MAX_CHARS), str(out), str(seed)]
        subprocess.run(command, check=True, capture_output=True)
        return list(pq.read_table(out, columns=["title", "text"]).to_pylist())


def mix(rows: list[dict[str, Any]], lexicon: Lexicon, seed: int) -> Iterator[ArticleRow]:
    """The rows as articles on some sixty hosts, each with one to five statements between its sentences."""
    writer, chance = StatementWriter(lexicon, seed), random.Random(seed)
    start = datetime(2020, 1, 1)
    for number, row in enumerate(rows):
        sentences = [s for s in re.split(r"(?<=。)", row["text"]) if s]
        for _ in range(chance.randint(1, MAX_STATEMENTS)):
            sentences.insert(chance.randint(0, len(sentences)), writer.write())
        host = f"h{int(HOSTS * chance.random() ** 2)}.example"
        yield _article(row["title"], "".join(sentences), f"https://{host}/{number}", start + timedelta(hours=chance.randrange(48_000)))


def _article(title: str, body: str, url: str, published_at: datetime) -> ArticleRow:
    seen = datetime(2025, 6, 1, tzinfo=UTC)
    return ArticleRow(
        article_id=stable_id("art", url),
        record="page",
        url=url,
        title=title,
        body=body,
        parser="benchmark",
        parser_version="1",
        capture_id="cap",
        first_seen_at=seen,
        last_seen_at=seen,
        published_at=published_at,
    )
