"""What may make two documents duplicates, as numbers: documents that share none of them have nothing to do with each other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from healthnews.duplicates.boilerplate import blank_boilerplate
from healthnews.duplicates.documents import MIN_TEXT, Document, has_text
from healthnews.duplicates.frames import place_frame
from healthnews.duplicates.linked import LEAST_ALIKE, MOST_CENTRES
from healthnews.duplicates.questions import LEAST_QUESTION
from healthnews.duplicates.shingles import SHINGLE
from healthnews.duplicates.signatures import BAND_SEED, BANDS, ROWS, sign
from healthnews.duplicates.snippets import HEAD, heads_of
from healthnews.language.title_forms import forms_version
from healthnews.language.titles import canonical_question, core_of

LINKS = BANDS + 1
"""Keys by which texts hang together: the bands of the text, its head."""
HEAD_KEY = BANDS
"""Column of the key that a stub has in common with the page it is the beginning of."""
QUESTION, FRAME = LINKS, LINKS + 1
"""Columns of the keys of the canonical question, and of the publisher and the frame of the title."""
COLUMNS = LINKS + 2
NONE = np.uint64(0)
_PROBES = (
    (
        "2025年山东菏泽职工医保年底会不会清零?一文读懂",
        "职工医保个人账户里的钱,年底不会清零,余额(2.5%)结转下一年,可以给家人用,换了工作也不会消失。提示:本内容不能代替面诊。",
    ),
    (
        "如何办理异地就医备案",
        "\uff21\uff22 Ｃ先在手机上备案\n再去医院,急诊可以事后补办,材料有身份证、社保卡,当天生效,一年内有效,不用跑窗口,全国都行。",
    ),
)
"""What is read to tell whether keys are still made as they were."""

Keys = NDArray[np.uint64]


def keys_of(documents: Sequence[Document], questions: Sequence[str] | None = None) -> Keys:
    """The keys of documents, shape (documents, COLUMNS), NONE where there is none.

    Args:
        documents: In any order.
        questions: Their canonical questions, where they are known.
    """
    keys = np.zeros((len(documents), COLUMNS), np.uint64)
    texts = [blank_boilerplate(document.text) for document in documents]
    signed = [index for index, text in enumerate(texts) if has_text(text)]
    keys[signed, :BANDS] = sign([texts[index] for index in signed])
    heads = heads_of([text if document.is_page else document.snippet for document, text in zip(documents, texts, strict=True)])
    if questions is None:
        questions = [canonical_question(document.title) for document in documents]
    for index, (document, head, question) in enumerate(zip(documents, heads, questions, strict=True)):
        frame = place_frame(question)
        keys[index, HEAD_KEY] = _key("head", head and f"{head}\x1f{core_of(question)}")
        keys[index, FRAME] = _key("frame", frame and f"{document.publisher}\x1f{frame[0]}")
        keys[index, QUESTION] = _key("question", question if len(question) >= LEAST_QUESTION else None)
    return keys


def component_key(article_id: str) -> np.uint64:
    """The key of the component that an article names."""
    return _key("component", article_id)


def _key(kind: str, text: str | None) -> np.uint64:
    if not text:
        return NONE
    digest = hashlib.blake2b(f"{kind}\x1f{text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little") or 1)


@cache
def keys_version() -> str:
    """Names the way in which keys are made, 16 hex digits: it changes with shingles, seed, bands, normalisation and canonical titles."""
    probes = keys_of([Document("probe", title, text, publisher="probe") for title, text in _PROBES])
    plain = {
        "titles": forms_version(),
        "shingle": SHINGLE,
        "bands": BANDS,
        "rows": ROWS,
        "seed": int(BAND_SEED),
        "head": HEAD,
        "least": MIN_TEXT,
        "alike": LEAST_ALIKE,
        "centres": MOST_CENTRES,
    }
    return hashlib.sha256(json.dumps(plain).encode() + probes.tobytes()).hexdigest()[:16]


def digest_of(document: Document) -> np.uint64:
    """Names all that rows of a document depend on, 64 bits.

    Of recommendations the order of magnitude counts: a page more must not move a cluster.
    """
    told = (*document._replace(recommended=document.recommended.bit_length()),)
    digest = hashlib.blake2b(repr(told).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))
