"""The sentences that every description of a release shares, and who may do what with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

TITLE = "healthnews: Chinese health and medical-insurance answers, copies marked, contradictions shown"
TITLE_ZH = "healthnews\uff1a中文健康与医保问答\uff0c标注重复\uff0c列出矛盾"
SUMMARY = (
    "Answer pages on health and medical insurance from Chinese sites, with what they recommend, their duplicates, the claims they make,"
    " and the pairs of claims that cannot both be true, each with its verbatim evidence."
)
SUMMARY_ZH = "中文健康与医保问答页面\uff1a正文与相关推荐、重复文章、文中说法\uff0c以及不能同时为真的说法\uff0c都附原句为证。"
KEYWORDS = ("Chinese", "health", "medical insurance", "deduplication", "claims", "contradiction detection", "fact-checking")
AUTHOR = "The healthnews authors"
DICTIONARY = "data-dictionary.md"
PARQUET = "application/vnd.apache.parquet"

_FULL = (
    "This release holds whole texts. They belong to the publishers named in `host`, `source` and `url`, not to whoever made the release."
    " Use it for your own analysis; to pass a dataset on, make one with `healthnews publish --text excerpt`.",
    "本版含全文。文章的权利属于各发布者(见 host、source、url),不属于制作本数据集的人。仅供自己分析;"
    "要提供给他人,请用 `healthnews publish --text excerpt` 另做一版。",
)
_EXCERPT = (
    "This release holds excerpts: of each text its lead, its first 200 characters, and the sentences that its claims stand in, with the"
    " address of the page. The texts belong to the publishers named in `host`, `source` and `url`; what is shown of them is quoted as"
    " evidence. Offsets and `body_sha256` are those of the whole text: who opens the page can find each place again. Ask the publisher"
    " before you use more of a text; a publisher who wants something taken out should be heard.",
    "本版只含摘录:每篇文章的导语、正文前 200 字和作为证据的句子,并附网址。文章的权利属于各发布者(见 host、source、url),"
    "此处仅作为证据引用。偏移量和 body_sha256 仍指全文,打开原页面即可核对。要使用更多原文,请先征得发布者同意;"
    "发布者要求删除的,应予删除。",
)
_FACTS = (
    "What was found in the texts (ids, dates, scopes, clusters, scores, judgements) is free to use. A flagged contradiction is a reason to"
    " read both sentences, not a verdict on either publisher.",
    "从文章中得出的内容(编号、日期、范围、重复组、评分、人工判断)可自由使用。被标出的矛盾只表示两句话值得一并细读,不是对任何一方的结论。",
)


def release_date(manifest: Mapping[str, Any]) -> str:
    """Day of the release, ISO."""
    return f"{datetime.fromisoformat(manifest['created_at']):%Y-%m-%d}"


def terms(manifest: Mapping[str, Any]) -> str:
    """TERMS.md: whose the texts are, in Chinese and English."""
    english, chinese = _EXCERPT if manifest["text"] == "excerpt" else _FULL
    return "\n\n".join(["# 使用条款 · Terms", _full_width(chinese), _full_width(_FACTS[1]), english, _FACTS[0]]) + "\n"


def _full_width(text: str) -> str:
    """Chinese text with the marks that it is set with."""
    return text.translate(str.maketrans(",;:()", "\uff0c\uff1b\uff1a\uff08\uff09")).replace("\uff1a//", "://")


_DIGEST = {
    "full": "Digest of the tables, content_sha256 of manifest.json",
    "excerpt": "Digest of the tables with whole texts, of which these are excerpts: content_sha256 of manifest.json",
}


def citation(manifest: Mapping[str, Any]) -> str:
    """CITATION.cff, version 1.2.0."""
    return "\n".join(
        [
            "cff-version: 1.2.0",
            'message: "If you use this dataset, please cite it, and the pages that it quotes."',
            "type: dataset",
            f'title: "{TITLE}"',
            f'version: "{manifest["version"]}"',
            f"date-released: {release_date(manifest)}",
            "authors:",
            f'  - name: "{AUTHOR}"',
            "identifiers:",
            "  - type: other",
            f'    value: "sha256:{manifest["content_sha256"]}"',
            f'    description: "{_DIGEST[manifest.get("text", "full")]}"',
            "keywords:",
            *(f'  - "{word}"' for word in KEYWORDS),
            "",
        ]
    )
