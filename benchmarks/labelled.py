"""A folder of labelled pairs and pages, and how well the claims engine does on it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from pathlib import Path
from typing import Any

from healthnews.claims.confidence import FLAG_THRESHOLD
from healthnews.claims.contradictions import ArticleSummary, find_contradictions
from healthnews.claims.extract import extract_claims
from healthnews.claims.pairs import Sentence, Verdict, compare_sentences
from healthnews.language.concepts import Lexicon
from healthnews.language.normalise import text_key
from healthnews.records import ArticleRow, ContradictionRow, stable_id, utc_now

MIN_SHARED_CHARS = 4
"""A sentence that the engine cut shorter than the labelled one is taken for it from this length on."""


@dataclass(frozen=True)
class LabelledSet:
    """Pairs with labels, and pages with the disagreements and traps among their sentences.

    Attributes:
        pairs: Objects with a, b, label.
        articles: The pages as rows of the articles table, by page name.
        truth: Objects with topic and sides, each a list of {page, sentence}.
        traps: Objects with a, b, why.
        paraphrases: Lists of sentences that say the same.
    """

    pairs: list[dict[str, Any]]
    articles: dict[str, ArticleRow]
    truth: list[dict[str, Any]]
    traps: list[dict[str, Any]]
    paraphrases: list[list[str]]


def read_objects(path: Path) -> list[dict[str, Any]]:
    """The JSON lines of a file; none when it is absent."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()] if path.exists() else []


def read_labelled(folder: Path) -> LabelledSet:
    """The set in a folder: pairs, pages, page_truth, page_traps, paraphrases, each `.jsonl`."""
    return LabelledSet(
        pairs=[row for row in read_objects(folder / "pairs.jsonl") if not row.get("ambiguous")],
        articles={page["page"]: _article(page) for page in read_objects(folder / "pages.jsonl")},
        truth=read_objects(folder / "page_truth.jsonl"),
        traps=read_objects(folder / "page_traps.jsonl"),
        paraphrases=[row["texts"] for row in read_objects(folder / "paraphrases.jsonl")],
    )


def _article(page: dict[str, Any]) -> ArticleRow:
    published = page.get("published_at")
    return ArticleRow(
        article_id=stable_id("art", page["page"]),
        record="page",
        url=page["url"],
        title=page["title"],
        body=page["text"],
        published_at=datetime.fromisoformat(published).replace(tzinfo=None) if published else None,
        parser="benchmark",
        parser_version="1",
        capture_id=page["page"],
        first_seen_at=utc_now(),
        last_seen_at=utc_now(),
    )


def sentence_of(side: dict[str, Any]) -> Sentence:
    """A side of a labelled pair as `compare` takes it."""
    published = side.get("published_at")
    return Sentence(
        text=side["text"],
        source_title=side.get("source_title") or None,
        published_at=datetime.fromisoformat(published).replace(tzinfo=None) if published else None,
    )


def judge_pairs(pairs: Iterable[dict[str, Any]], lexicon: Lexicon) -> Iterator[tuple[dict[str, Any], Verdict]]:
    """Each labelled pair with the engine's verdict on it."""
    for row in pairs:
        yield row, compare_sentences(sentence_of(row["a"]), sentence_of(row["b"]), lexicon)


@dataclass(frozen=True)
class PageResult:
    """What the engine flags on labelled pages.

    Attributes:
        right: Flags across two sides of one labelled disagreement.
        wrong: All other flags.
        pairs: (found, all) pairs of sentences across the sides of labelled disagreements.
        topics: (found, all) labelled disagreements of which at least one pair is flagged.
        missed: The disagreements of which none is.
        trapped: Traps that were flagged.
    """

    right: list[ContradictionRow]
    wrong: list[ContradictionRow]
    pairs: tuple[int, int]
    topics: tuple[int, int]
    missed: list[dict[str, Any]]
    trapped: list[dict[str, Any]]


def judge_pages(labelled: LabelledSet, lexicon: Lexicon, threshold: float = FLAG_THRESHOLD) -> PageResult:
    """Flags over all pages together, held against the labelled disagreements and traps."""
    claims = [claim for article in labelled.articles.values() for claim in extract_claims(article, lexicon)]
    summaries = {a.article_id: ArticleSummary(url=a.url, published_at=a.published_at) for a in labelled.articles.values()}
    rows = [
        row for row in find_contradictions(claims, summaries, lexicon) if row.status in ("flagged", "possible") and row.score >= threshold
    ]
    # Equal sentences on several pages are one statement, shown by one of them: pages are not asked, sentences are.
    gold = [[{text_key(s["sentence"]) for s in side} for side in topic["sides"]] for topic in labelled.truth]
    found: Counter[tuple[int, str, str]] = Counter()
    right: list[ContradictionRow] = []
    wrong: list[ContradictionRow] = []
    for row in rows:
        hits = list(_gold_pairs(text_key(row.a_sentence), text_key(row.b_sentence), gold))
        found.update(hits)
        (right if hits else wrong).append(row)
    every = {(i, *sorted((x, y))) for i, sides in enumerate(gold) for left, right_ in combinations(sides, 2) for x in left for y in right_}
    found_topics = {topic for topic, *_ in found}
    flagged = [(text_key(row.a_sentence), text_key(row.b_sentence)) for row in rows]
    return PageResult(
        right=right,
        wrong=wrong,
        pairs=(len(found), len(every)),
        topics=(len(found_topics), len(gold)),
        missed=[topic for i, topic in enumerate(labelled.truth) if i not in found_topics],
        trapped=[trap for trap in labelled.traps if any(_is_pair(x, y, trap) for x, y in flagged)],
    )


def _gold_pairs(a: str, b: str, gold: list[list[set[str]]]) -> Iterator[tuple[int, str, str]]:
    for i, sides in enumerate(gold):
        for left, right in combinations(sides, 2):
            for one, other in ((left, right), (right, left)):
                for x in one:
                    for y in other:
                        if _is_same(a, x) and _is_same(b, y):
                            first, second = sorted((x, y))
                            yield i, first, second


def is_gold(a: str, b: str, labelled: LabelledSet) -> bool:
    """Whether two sentences stand on two sides of a labelled disagreement."""
    gold = [[{text_key(s["sentence"]) for s in side} for side in topic["sides"]] for topic in labelled.truth]
    return any(_gold_pairs(text_key(a), text_key(b), gold))


def _is_same(cut: str, labelled: str) -> bool:
    return cut == labelled or (min(len(cut), len(labelled)) >= MIN_SHARED_CHARS and (cut in labelled or labelled in cut))


def _is_pair(a: str, b: str, trap: dict[str, Any]) -> bool:
    x, y = text_key(trap["a"]["sentence"]), text_key(trap["b"]["sentence"])
    return (_is_same(a, x) and _is_same(b, y)) or (_is_same(a, y) and _is_same(b, x))
