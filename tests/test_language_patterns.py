"""Led patterns find what the plain ones find, and nothing else."""

import importlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.language.patterns import compile_led

PATTERNS = {
    "alternatives": r"(?P<no>不可以|(?<!要)不要)|(?P<yes>可以|能(?!力))",
    "optional start": r"(?:并|绝)?不会|(?:很|非)*常",
    "classes": r"[0-9\d]+岁|[一-三]次|\s的",
    "looks behind": r"(?<=领)不到|(?=就)就医",
    "repeats": r"(?:了|过){2,3}[,。]",
    "class marks": r"[\]\-^\\]了|[-^]过",
}
CHARACTERS = "不可以要能力并绝会很非常0５岁一二三次 的领到就医了过,。]-^\\"


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS.keys())
def test_a_led_pattern_is_led(pattern: str) -> None:
    assert compile_led(pattern).pattern.startswith("(?=[")


@pytest.mark.parametrize("pattern", [r"[^不]会", r"不?", r".会", r"(?:不|^)*", r"(.)\1"])
def test_a_pattern_that_may_begin_with_anything_or_nothing_stays_as_it_is(pattern: str) -> None:
    assert compile_led(pattern).pattern == pattern


@given(st.text(CHARACTERS, max_size=30), st.sampled_from(sorted(PATTERNS.values())))
def test_both_find_the_same(text: str, pattern: str) -> None:
    found = [(match.span(), match.lastgroup) for match in compile_led(pattern).finditer(text)]
    assert found == [(match.span(), match.lastgroup) for match in re.finditer(pattern, text)]


LED = ["cues", "manner", "acts", "payers", "flows", "states"]


def _led_patterns() -> list[re.Pattern[str]]:
    modules = [importlib.import_module(f"healthnews.claims.{name}") for name in LED]
    modules += [importlib.import_module(f"healthnews.language.{name}") for name in ("negation", "periods", "quantities", "regions")]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, re.Pattern)]
    return [pattern for pattern in found if pattern.pattern.startswith("(?=[")]


@given(st.data())
def test_the_engines_own_patterns_find_what_they_would_without_their_leads(data: st.DataObject) -> None:
    led = data.draw(st.sampled_from(_led_patterns()))
    plain = re.compile(led.pattern[led.pattern.index("])") + 2 :])
    words = sorted(set(re.findall(r"[\u4e00-\u9fff]{1,4}", led.pattern)))
    text = "".join(data.draw(st.lists(st.sampled_from([*words, ",", "3", "“", "”", " ", ":"]), max_size=12)))
    assert [m.span() for m in led.finditer(text)] == [m.span() for m in plain.finditer(text)]
