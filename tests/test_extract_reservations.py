"""What a robots.txt says of training models."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthnews.extract.reservations import reserves_training


@pytest.mark.parametrize(
    ("text", "is_reserved"),
    [
        ("User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /", True),
        ("Content-Signal: ai-train=no", True),
        ("User-Agent: a\nUser-agent: *\ncontent-signal: / ai-train = no,search=yes  # all\n", True),
        ("User-agent: *\nUser-agent: a\nContent-Usage: train-ai=n", True),
        ("User-agent: *\nDisallowAITraining: /\n", True),
        ("User-agent: *\nContent-Signal: search=yes, ai-train=yes", False),
        ("User-agent: *\nContent-Signal: /pictures ai-train=no", False),
        ("User-agent: *\nDisallowAITraining: /pictures\n", False),
        ("User-agent: GPTBot\nDisallow: /\n\nUser-agent: CCBot\nContent-Signal: ai-train=no\n", False),
        ("User-agent: *\nDisallow:\nUser-agent: GPTBot\nContent-Signal: ai-train=no", False),
        ("# Content-Signal: ai-train=no", False),
        ("", False),
    ],
)
def test_only_what_is_said_to_everybody_of_the_whole_site_counts(text: str, is_reserved: bool) -> None:
    assert reserves_training(text) is is_reserved


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    assert reserves_training(f"Content-Signal: {text}") in (True, False)
