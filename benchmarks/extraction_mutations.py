"""Pages as no server should send them: mutations of whole pages, each a pure function of a page and a source of chance."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

MAX_BYTES = 3_000_000
"""Mutated pages are cut here, so that memory stays bounded and a second is a long time."""
_TAG = re.compile(rb"<[a-zA-Z/!][^<>]{0,2000}>")
_END_TAG = re.compile(rb"</[a-zA-Z0-9]+\s*>")
_META = re.compile(rb"(charset\s*=\s*[\"']?)[\w-]+", re.I)
_NUMBER = re.compile(rb"[0-9]+")
_CHARSETS = ("gb18030", "big5", "utf-16", "utf-16-le", "utf-8-sig", "utf-8", "latin-1", "shift_jis", "euc-kr")
_DECLARED = (b"gb2312", b"utf-8", b"big5", b"utf-16", b"x-user-defined", b"utf-7", b"nonsense", b"iso-2022-jp", b"base64")
_NAMES = (b"div", b"span", b"b", b"font", b"a", b"p", b"li", b"ul", b"table", b"td", b"tr", b"h2", b"pre", b"article", b"select", b"option")
_SEPARATED_BY_BARS = (
    "<|>|&|\"|'|<!--|-->|<script>|</script>|<style>|<title>|</body>|</html>|<plaintext>|<template>|<![CDATA[|"
    "<?xml version='1.0'?>|<svg><title>|<math><mi>|<table><tr>|<select>|<textarea>|<base href='//x'>|<frameset>|"
    "<noscript>|<iframe>|&#x110000;|&#xD800;|&#0;|&nbsp|\u202e|\ufeff|\u200b|\ue000|\x1b|\x7f|"
    "\u76f8\u5173\u63a8\u8350|\u4e0b\u4e00\u9875|\u6765\u6e90\uff1a|\u53d1\u5e03\u65f6\u95f4\uff1a2025-02-30 25:61|"
    "9999\u5e7499\u670899\u65e5|0\u5c0f\u65f6\u524d|99999999999999999999\u5929\u524d|\u4e00\u3001|"
    "\uff08\u4e00\uff09|1.4%\u53733.4%|"
    '<script type=\'application/ld+json\'>{"@type":"Article","datePublished":1e999}</script>|'
    "<script type='application/ld+json'>[[[{\"@graph\":null}]]]</script>|"
    "<meta property='article:published_time' content='0000-00-00T99:99:99+99:99'>|"
    "<link rel=canonical href='http://[::1'>|<a href='http://[bad'>x</a>|"
    "<a href='javascript:void(0)' rel=next>\u4e0b\u4e00\u9875</a>|<time datetime='\xb2025-01-01'>"
)
_SCRAPS = tuple(scrap.encode() for scrap in _SEPARATED_BY_BARS.split("|"))

Mutation = Callable[[bytes, Random, Sequence[bytes]], bytes]


def flip_bits(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """Up to 200 bits turned over."""
    changed = bytearray(page)
    for _number in range(chance.choice((1, 10, 200))):
        if changed:
            changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """The end, the beginning or the middle is missing."""
    start, end = sorted((chance.randrange(len(page) + 1), chance.randrange(len(page) + 1)))
    return chance.choice((page[:end], page[start:], page[:start] + page[end:]))


def splice(page: bytes, chance: Random, others: Sequence[bytes]) -> bytes:
    """The beginning of one page and the end of another, perhaps of another charset."""
    other = chance.choice(others)
    return page[: chance.randrange(len(page) + 1)] + other[chance.randrange(len(other) + 1) :]


def repeat_tags(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A tag of the page many times over, where it stands."""
    if not (tags := list(_TAG.finditer(page))):
        return page
    tag = chance.choice(tags)
    return page[: tag.start()] + tag[0] * chance.choice((2, 50, 3000)) + page[tag.end() :]


def drop_end_tags(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """End tags left out, some or all."""
    share = chance.choice((0.01, 0.5, 1.0))
    return _END_TAG.sub(lambda tag: b"" if chance.random() < share else tag[0], page)


def rename_tags(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """All elements of one name become others."""
    old, new = chance.sample(_NAMES, 2)
    return page.replace(b"<" + old, b"<" + new).replace(b"</" + old, b"</" + (new if chance.random() < 0.5 else old))


def shuffle_tags(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """Two stretches of the page change places."""
    a, b, c = sorted(chance.randrange(len(page) + 1) for _number in range(3))
    return page[:a] + page[b:c] + page[a:b] + page[c:]


def change_charset(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """Encoded anew, or declared as what it is not."""
    if chance.random() < 0.4:
        return _META.sub(lambda found: found[1] + chance.choice(_DECLARED), page)
    text = page.decode("utf-8" if chance.random() < 0.7 else "gb18030", "replace")
    return text.encode(chance.choice(_CHARSETS), "replace")


def add_nuls(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A few NULs, or one after each byte."""
    if chance.random() < 0.2:
        return page.replace(b"<", b"<\0")
    changed = page
    for _number in range(chance.choice((1, 5, 30))):
        place = chance.randrange(len(changed) + 1)
        changed = changed[:place] + b"\0" + changed[place:]
    return changed


def add_entities(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A great many character references."""
    entity = chance.choice((b"&amp;amp;", b"&#x4e00;", b"&#xD800;", b"&#99999999999;", b"&lt;p&gt;", b"&nbsp", b"&Counter"))
    return _insert(page, entity * chance.choice((10, 1000, 30_000)), chance)


def add_huge_attribute(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """An attribute of a megabyte."""
    name = chance.choice((b"class", b"id", b"style", b"href", b"data-x", b"content", b"title"))
    value = chance.choice((b"a ", b"b", b"/../", b"display:none;", b"2025-01-01 ", "\u533b\u4fdd".encode(), b"&amp;"))
    value = (value * (1_000_000 // len(value)))[:1_000_000]
    opening = chance.choice((b"div", b"a", b"p", b"meta name=keywords", b"h1", b"time datetime=x", b"td"))
    return _insert(page, b"<" + opening + b" " + name + b'="' + value + b'">', chance)


def nest(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """Elements in elements."""
    names = chance.sample(_NAMES, chance.choice((1, 1, 2, 4)))
    deep = b"".join(b"<" + name + b">" for name in names) * chance.choice((20, 300, 900, 20_000))
    return _insert(page, deep, chance)


def add_scraps(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """Pieces that mean something to a parser, where they do not belong."""
    changed = page
    for _number in range(chance.choice((1, 4, 40))):
        changed = _insert(changed, chance.choice(_SCRAPS) * chance.choice((1, 1, 1, 30)), chance)
    return changed


def change_numbers(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """Numbers become absurd ones."""
    share = chance.choice((0.05, 0.5))
    values = (b"0", b"99", b"20251399", b"-1", b"9" * 30, b"2025", "\u00b2".encode(), "\uff11\uff12".encode(), "\u0663".encode())
    return _NUMBER.sub(lambda found: chance.choice(values) if chance.random() < share else found[0], page)


def repeat_stretch(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """A stretch of the page over and over."""
    start = chance.randrange(len(page) + 1)
    stretch = page[start : start + chance.choice((3, 40, 500, 5000))]
    return page[:start] + stretch * chance.choice((5, 100, 1000)) + page[start:]


def join_lines(page: bytes, chance: Random, _: Sequence[bytes]) -> bytes:
    """No line break at all, or nothing else between words."""
    return page.replace(b"\n", b"") if chance.random() < 0.5 else page.replace(b" ", b"\n" * chance.choice((1, 20)))


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits, cut, splice, repeat_tags, drop_end_tags, rename_tags, shuffle_tags, change_charset, add_nuls, add_entities,
    add_huge_attribute, nest, add_scraps, change_numbers, repeat_stretch, join_lines,
)  # fmt: skip


def mutate(pages: Sequence[bytes], chance: Random) -> tuple[bytes, int, tuple[str, ...]]:
    """A mutated page, the place of the page it was made of, and what was done to it in order."""
    place = chance.randrange(len(pages))
    page = pages[place]
    done = []
    for mutation in chance.choices(MUTATIONS, k=chance.choice((1, 1, 2, 3))):
        page = mutation(page, chance, pages)[:MAX_BYTES]
        done.append(mutation.__name__)
    return page, place, tuple(done)


def _insert(page: bytes, piece: bytes, chance: Random) -> bytes:
    place = chance.randrange(len(page) + 1)
    # Mostly between elements, where a parser takes it for what it says.
    if chance.random() < 0.8:
        place = page.find(b"<", place)
        place = len(page) if place < 0 else place
    return page[:place] + piece + page[place:]
