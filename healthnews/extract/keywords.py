"""Keywords of an article by TF-IDF over jieba's words and the project's domain words."""

import logging
import re
import warnings
from functools import cache
from importlib import resources
from typing import Any

MAX_KEYWORDS = 8
_TITLE_WEIGHT = 3
_MAX_CHARACTERS = 900
"""Text read, in characters: answer pages have 400 to 700, and longer ones say first what they are about; 2 ms."""
_WORD = re.compile(r"[\u3400-\u9fff]{2,}|[A-Za-z]{2,20}")
_STOP_WORDS = frozenset(
    [
        "可以",
        "可能",
        "需要",
        "情况",
        "具体",
        "以下",
        "如下",
        "通过",
        "进行",
        "相关",
        "包括",
        "根据",
        "如果",
        "以及",
        "或者",
        "因此",
        "由于",
        "主要",
        "一般",
        "通常",
        "建议",
        "是否",
        "什么",
        "怎么",
        "如何",
        "为什么",
        "多少",
        "哪些",
        "其中",
        "部分",
        "不同",
        "提供",
        "以上",
        "原因",
        "问题",
        "方法",
        "方式",
        "导致",
        "例如",
        "所有",
        "注意",
        "及时",
        "选择",
        "使用",
        "确保",
        "这些",
        "我们",
        "他们",
        "没有",
        "这个",
        "一个",
        "就是",
        "不会",
        "不能",
        "规定",
        "当地",
        "地区",
        "城市",
    ]
)


@cache
def _tokenizer() -> Any:
    """Jieba's tokenizer with the domain words; loading takes most of a second, once per process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # jieba's sources hold invalid escapes, told anew wherever no byte code is cached
        import jieba

    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    for word in _domain_words():
        tokenizer.add_word(word)
    return tokenizer


def _domain_words() -> list[str]:
    text = resources.files("healthnews.language").joinpath("domain_words.txt").read_text("utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


@cache
def _frequencies() -> tuple[dict[str, float], float]:
    """Inverse document frequency of jieba's words, and that of a word it does not know: the median.

    Read from its table here: importing jieba.analyse loads the table twice and the dictionary once more, a second in all.
    """
    lines = resources.files("jieba").joinpath("analyse", "idf.txt").read_text("utf-8").splitlines()
    frequencies = {word: float(value) for word, value in (line.strip().split(" ") for line in lines)}
    return frequencies, sorted(frequencies.values())[len(frequencies) // 2]


def keywords(title: str, body: str) -> tuple[str, ...]:
    """Up to 8 keywords, most telling first; words of the title weigh three times.

    Deterministic: words of equal weight stand in code point order.

    Source: term frequency times inverse document frequency as in jieba.analyse, with its frequency table.
    """
    tokenizer = _tokenizer()
    inverse, unknown = _frequencies()
    weights: dict[str, float] = {}
    for text, weight in ((title, _TITLE_WEIGHT), (body[:_MAX_CHARACTERS], 1)):
        for word in tokenizer.cut(text, HMM=False):
            if word not in _STOP_WORDS and _WORD.fullmatch(word):
                weights[word] = weights.get(word, 0.0) + weight * inverse.get(word, unknown)
    ranked = sorted(weights.items(), key=lambda item: (-round(item[1], 6), item[0]))
    return tuple(word for word, _ in ranked[:MAX_KEYWORDS])
