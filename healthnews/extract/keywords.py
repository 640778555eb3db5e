"""Keywords of an article by TF-IDF over jieba's words and the project's domain words."""

import logging
import re
import warnings
from collections.abc import Iterable
from functools import cache
from importlib import resources
from typing import Any

MAX_KEYWORDS = 8
_TITLE_WEIGHT = 3
_MAX_CHARACTERS = 900
"""Text read, in characters: answer pages have 400 to 700, and longer ones say first what they are about; 2 ms."""
_HAN = re.compile(r"[\u3400-\u9fff]")
# HPV疫苗 and 维生素B12 are words of the domain; numbers and counts (三四个, 第一) tell nothing.
_WORD = re.compile(
    r"(?![一二三四五六七八九十百千万几两数第零]{1,3}[个次天年月日名岁种位晚周元倍条项款])"
    r"(?:[A-Za-z0-9]{0,5}[\u3400-\u9fff]{2,}[A-Za-z0-9]{0,3}|[A-Za-z]{2,20})"
)
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]{3,30}")


@cache
def _tokenizer() -> Any:
    """Jieba's tokenizer with the domain words; loading takes most of a second, once per process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's sources hold invalid escapes, told anew wherever no byte code is cached
        import jieba

    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    for word in _listed_words("domain_words.txt"):
        tokenizer.add_word(word)
    return tokenizer


def _listed_words(name: str) -> list[str]:
    """Words of a list of the project, in order."""
    text = resources.files("healthnews.language").joinpath(name).read_text("utf-8")
    return [word for line in text.splitlines() if not line.startswith("#") for word in line.split()]


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(_listed_words("stop_words.txt"))


@cache
def _frequencies() -> tuple[dict[str, float], float]:
    """Inverse document frequency of jieba's words, and that of a word it does not know: the median.

    Read from its table here: importing jieba.analyse loads the table twice and the dictionary once more, a second in all.
    """
    lines = resources.files("jieba").joinpath("analyse", "idf.txt").read_text("utf-8").splitlines()
    frequencies = {word: float(value) for word, value in (line.strip().split(" ") for line in lines)}
    return frequencies, sorted(frequencies.values())[len(frequencies) // 2]


def keywords(title: str, body: str) -> tuple[str, ...]:
    """Up to 8 keywords, most telling first; words of the title weigh three times, parts of better words (账户 of 个人账户) are left out.

    Deterministic: words of equal weight stand in code point order. Text without 汉字 is weighed by how often a word stands in it.

    Source: term frequency times inverse document frequency as in jieba.analyse, with its frequency table.
    """
    texts = ((title[:_MAX_CHARACTERS], _TITLE_WEIGHT), (body[:_MAX_CHARACTERS], 1))
    weights = _weigh_chinese(texts) if any(_HAN.search(text) for text, _ in texts) else _weigh_latin(texts)
    found: list[str] = []
    for word, _ in sorted(weights.items(), key=lambda item: (-round(item[1], 6), item[0])):
        if not any(word.casefold() in better.casefold() for better in found):
            found.append(word)
        if len(found) == MAX_KEYWORDS:
            break
    return tuple(found)


def _weigh_chinese(texts: Iterable[tuple[str, int]]) -> dict[str, float]:
    tokenizer = _tokenizer()
    inverse, unknown = _frequencies()
    stop_words = _stop_words()
    weights: dict[str, float] = {}
    for text, weight in texts:
        for word in tokenizer.cut(text, HMM=False):
            if word.casefold() not in stop_words and _WORD.fullmatch(word):
                weights[word] = weights.get(word, 0.0) + weight * inverse.get(word, unknown)
    return weights


def _weigh_latin(texts: Iterable[tuple[str, int]]) -> dict[str, float]:
    """Weight by folded word, under the spelling met first."""
    spellings: dict[str, str] = {}
    weights: dict[str, float] = {}
    for text, weight in texts:
        for word in _LATIN_WORD.findall(text):
            if (folded := word.casefold()) not in _stop_words():
                spelling = spellings.setdefault(folded, word)
                weights[spelling] = weights.get(spelling, 0.0) + weight
    return weights
