"""Pairs of answers that differ in one polarity or one number, made by flipping: none of them may be merged."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence

# What a word becomes. The first that stands in a text is flipped, at a place chosen by chance.
_WORDS = (
    "不会/会 不能/能 不可以/可以 没有/有 不是/是 不需要/需要 无需/需要 不应/应 不建议/建议 不支持/支持 必须/禁止 允许/禁止 "
    "可以/无法 可以/不得 需要/不必 属于/不属于 超过/不超过 增加/减少 提高/降低 以上/以下 不影响/影响 未参保/参保 不享受/享受 "
    "不再/再 不设/设 不足/超过 支持/反对 恢复/停止 单位/个人 有效/无效"
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_NUMERAL = re.compile("[一二三四五六七八九](?=[个年天次级月岁倍])")


def flip_polarity(text: str, rng: random.Random) -> str | None:
    """The text with one word put for its opposite, or a negator put in or taken out; None where there is none to flip."""
    pairs = [tuple(pair.split("/")[::way]) for pair in _WORDS.split() for way in (1, -1)]
    rng.shuffle(pairs)
    for a, b in pairs:
        places = [found.start() for found in re.finditer(a, text)]
        if places:
            at = rng.choice(places)
            return text[:at] + b + text[at + len(a) :]
    return None


def flip_number(text: str, rng: random.Random) -> str | None:
    """The text with one number put for another: 2% and 2.5%, 3天 and 5天, 2024年 and 2025年, 500元 and 600元, 三个 and 五个."""
    found = [*_NUMBER.finditer(text), *_NUMERAL.finditer(text)]
    if not found:
        return None
    match = rng.choice(found)
    number = match.group()
    if not number[0].isascii():
        other = rng.choice([digit for digit in "一二三四五六七八九" if digit != number])
    else:
        other = next(changed for changed in _changed(number, rng) if float(changed) != float(number))
    return text[: match.start()] + other + text[match.end() :]


def _changed(number: str, rng: random.Random) -> Iterator[str]:
    value = float(number)
    while True:
        ways: Sequence[Callable[[], float | str]] = (
            lambda: value + rng.choice((-5, -2, -1, 1, 2, 5, 10, 100)),
            lambda: value * rng.choice((2, 3, 10)),
            lambda: f"{number}.{rng.randint(1, 9)}" if "." not in number else value + 1,
            lambda: f"{rng.randint(1, 9)}{number[1:]}",
            lambda: f"{number[:-1]}{rng.randint(0, 9)}",
        )
        made = rng.choice(ways)()
        if isinstance(made, str):
            yield made
        elif made > 0:
            yield f"{made:g}" if made < 1e6 else str(int(made))


def with_slips(text: str, rng: random.Random) -> str:
    """The text with characters exchanged, lost and put in by chance, up to 3 in a hundred, digits and negators among them."""
    characters = list(text)
    for _ in range(max(1, int(len(text) * rng.choice((0.003, 0.01, 0.015, 0.02, 0.03))))):
        place, chance = rng.randrange(len(characters)), rng.random()
        wrong = rng.choice(text)
        characters[place] = wrong if chance < 0.5 else "" if chance < 0.75 else characters[place] + wrong
    return "".join(characters)
