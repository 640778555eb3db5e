"""Stubs: a snippet finds the page that it is the beginning of, and is no text of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from healthnews.duplicates.boilerplate import blank_boilerplate
from healthnews.duplicates.documents import Document
from healthnews.duplicates.folded import COMPILED_FROM, FoldedTexts
from healthnews.duplicates.questions import relate
from healthnews.duplicates.shingles import codes_of, fold

HEAD = 20
"""Characters that count by which a snippet finds pages; a shorter snippet finds none."""
_SPARE = 3
"""Raw characters read for each that counts: marks and spaces do not."""
_BATCH = 20_000


def heads_of(texts: Sequence[str]) -> list[str | None]:
    """The first HEAD characters that count of each text; None where there are fewer."""
    return [_head_of(text, _folded(text[: HEAD * _SPARE])) for text in texts] if len(texts) < COMPILED_FROM else list(_many_heads(texts))


def _many_heads(texts: Sequence[str]) -> Iterator[str | None]:
    for start in range(0, len(texts), _BATCH):
        batch = texts[start : start + _BATCH]
        folded = FoldedTexts([text[: HEAD * _SPARE] for text in batch])
        for number, text in enumerate(batch):
            yield _head_of(text, folded.shown(number))


def _head_of(text: str, folded: str) -> str | None:
    """A text's head, given the characters that count of its beginning."""
    if len(folded) < HEAD and len(text) > HEAD * _SPARE:
        folded = _folded(text)
    return folded[:HEAD] if len(folded) >= HEAD else None


def find_pages(documents: Sequence[Document], heads: Iterable[str | None], questions: Sequence[str]) -> dict[int, int]:
    """For each stub whose snippet is the beginning of a page's text the first such page, by their indices.

    Pages of one template begin alike, so the titles must ask the same.

    Args:
        documents: In the order in which they were first seen.
        heads: `heads_of` each page's text and each stub's snippet.
        questions: Their canonical titles.
    """
    pages: Mapping[str, list[int]] = defaultdict(list)
    stubs: list[tuple[int, str]] = []
    for index, (document, head) in enumerate(zip(documents, heads, strict=True)):
        if head is not None and document.is_page:
            pages[head].append(index)
        elif head is not None:
            stubs.append((index, head))
    found = {}
    for index, head in stubs:
        snippet = _folded(documents[index].snippet)
        for page in pages.get(head, ()):
            if relate(questions[index], questions[page]).relation not in ("same", "reworded"):
                continue
            if _folded(blank_boilerplate(documents[page].text)).startswith(snippet):
                found[index] = page
                break
    return found


def _folded(text: str) -> str:
    return fold(codes_of([text])[0]).tobytes().decode("utf-32-le", "replace")
