"""Stubs: a snippet finds the page that it is the beginning of, and is no text of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from healthnews.duplicates.boilerplate import blank_boilerplate
from healthnews.duplicates.documents import Document
from healthnews.duplicates.questions import relate
from healthnews.duplicates.shingles import codes_of, fold

HEAD = 20
"""Characters that count by which a snippet finds pages; a shorter snippet finds none."""
_SPARE = 3
"""Raw characters read for each that counts: marks and spaces do not."""


def head_of(text: str) -> str | None:
    """The first HEAD characters that count of a text; None where there are fewer."""
    folded = _folded(text[: HEAD * _SPARE])
    if len(folded) < HEAD and len(text) > HEAD * _SPARE:
        folded = _folded(text)
    return folded[:HEAD] if len(folded) >= HEAD else None


def find_pages(documents: Sequence[Document], heads: Iterable[str | None], questions: Sequence[str]) -> dict[int, int]:
    """For each stub whose snippet is the beginning of a page's text the first such page, by their indices.

    Pages of one template begin alike, so the titles must ask the same.

    Args:
        documents: In the order in which they were first seen.
        heads: `head_of` each page's text and each stub's snippet.
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
