"""What a robots.txt reserves for its whole site: whether its pages may be used for training models."""

from __future__ import annotations

import re

_LINE = re.compile(r"\s*(?P<name>[A-Za-z-]+)\s*:\s*(?P<value>[^#]*)")
_GROUP = "user-agent"
_EVERYBODY = "*"
# Content-Signal: Cloudflare, contentsignals.org (2025). Content-Usage: draft-ietf-aipref-attach (2025). DisallowAITraining:
# draft-canel-robots-ai-control (2024). A path may stand first; only what holds for the whole site counts here.
_REFUSALS = {
    "content-signal": re.compile(r"(?:/\s+)?(?!/)(?:.*,)?\s*ai-train\s*=\s*no\s*(?:,.*)?", re.IGNORECASE),
    "content-usage": re.compile(r"(?:/\s+)?(?!/)(?:.*,)?\s*train-ai\s*=\s*n\s*(?:,.*)?", re.IGNORECASE),
    "disallowaitraining": re.compile(r"/"),
}
_MAX_CHARACTERS = 512 * 1024


def reserves_training(text: str) -> bool:
    """Whether a robots.txt says to everybody, of all its pages, that no models may be trained on them.

    What it says to crawlers of others (`User-agent: GPTBot`) is none of our concern, nor is what it says of a part of its paths.
    """
    is_ours, was_group = True, False
    for line in text[:_MAX_CHARACTERS].splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        name, value = found["name"].lower(), found["value"].strip()
        if name == _GROUP:
            is_ours = value == _EVERYBODY or (was_group and is_ours)
        elif is_ours and name in _REFUSALS and _REFUSALS[name].fullmatch(value):
            return True
        was_group = name == _GROUP
    return False
