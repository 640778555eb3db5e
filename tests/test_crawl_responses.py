"""The content encoding of an answer: undone whole, member by member, under a cap, and in time that grows with its length alone."""

from __future__ import annotations

import gzip
import random
import zlib

import pytest

from healthnews.crawl.responses import HttpResponse
from healthnews.errors import PageError
from tests.conftest import SEEN_AT

NOISE = random.Random(7).randbytes(30_000)
"""Longer when packed than what is undone at once."""


def packed(wire: bytes, coding: str = "gzip") -> HttpResponse:
    return HttpResponse("http://a.example/", 200, "OK", (("Content-Encoding", coding),), wire, SEEN_AT)


@pytest.mark.parametrize("members", [(NOISE,), (NOISE, b"", b"x", NOISE[:5000]), (b"", b"y" * 9_000_000)])
def test_members_are_undone_one_after_the_other(members: tuple[bytes, ...]) -> None:
    assert packed(b"".join(map(gzip.compress, members))).body() == b"".join(members)


@pytest.mark.parametrize("wire", [zlib.compress(NOISE), zlib.compress(NOISE)[2:-4]])
def test_deflate_is_undone_with_and_without_its_head(wire: bytes) -> None:
    assert packed(wire, "deflate").body() == NOISE


def test_a_hundred_thousand_empty_members_cost_no_more_than_their_bytes() -> None:
    assert packed(gzip.compress(b"") * 100_000 + gzip.compress(b"x")).body() == b"x"


@pytest.mark.parametrize("size", [29_999, 1])
def test_more_than_the_cap_is_too_large(size: int) -> None:
    with pytest.raises(PageError) as raised:
        packed(gzip.compress(NOISE)).body(max_bytes=size)
    assert raised.value.reason == "too_large"
    assert packed(gzip.compress(NOISE)).body(max_bytes=len(NOISE)) == NOISE


@pytest.mark.parametrize(
    "wire",
    [gzip.compress(NOISE)[:-1], gzip.compress(b"x") + b"more", gzip.compress(NOISE)[:4096]],
    ids=["last byte lost", "followed by more", "cut"],  # the bytes hold the second at which they were made
)
def test_what_is_cut_off_or_goes_on_otherwise_is_refused(wire: bytes) -> None:
    with pytest.raises(PageError) as raised:
        packed(wire).body()
    assert raised.value.reason == "bad_content_encoding"
