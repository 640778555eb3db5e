"""Which article is which: keys of pages and stubs, aliases, and the row of `articles` that both make."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime

from healthnews.language.normalise import text_key
from healthnews.records import (
    AliasRow,
    Article,
    ArticleRow,
    Content,
    Moment,
    QualityFlag,
    RelatedItem,
    WallTime,
    column,
    stable_id,
)

_BEGINNING_CHARACTERS = 40
"""A snippet and a page that agree on this many characters, marks and spaces aside, are one text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingRow:
    """Work table: when an article was seen, and what related blocks show of it."""

    article_id: str = column("The article.", key=True)
    first_seen_at: Moment = column("First capture in which it was seen.")
    last_seen_at: Moment = column("Last capture in which it was seen.")
    is_page: bool = column("Its own page was parsed.", default=False)
    title: str = column("Title, of the page if there is one.")
    url: str | None = column("Address as linked.", default=None)
    canonical_url: str | None = column("Canonical URL.", default=None)
    host: str | None = column("Host of the canonical URL, else of the page that links to it.", default=None)
    snippet: str | None = column("Newest snippet.", default=None)
    tag: str | None = column("Newest tag.", default=None)
    published_at: WallTime | None = column("Newest date beside it.", default=None)
    beginning: str | None = column("Key of the first characters of its body, to find it again by snippet.", default=None)
    capture_id: str = column("Capture of the newest sighting.")
    address: str | None = column("Address of the capture of its page; null for a stub.", default=None)
    quality: tuple[QualityFlag, ...] = column("What is wrong with title and snippet, as related blocks show them.", default=())


@dataclass(slots=True)
class Changes:
    """Rows of the catalogue that a batch made or changed, each to be appended to its table."""

    pages: dict[str, ArticleRow] = field(default_factory=dict)
    sightings: dict[str, SightingRow] = field(default_factory=dict)
    aliases: dict[str, AliasRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Seen:
    """Where and when something was seen.

    Attributes:
        canonical_url: Canonical URL of the thing seen; None when it has no address.
        host: Its host, or that of the page that links to it.
        address: Address of the capture it was seen in: for a local file, its name.
        moved_from: Canonical URL that was asked and led here by redirect; None when there was no other.
    """

    capture_id: str
    seen_at: datetime
    canonical_url: str | None
    host: str | None
    address: str
    moved_from: str | None = None


def url_id(canonical_url: str) -> str:
    """Key of an article with an address."""
    return stable_id("a", canonical_url)


def title_id(host: str | None, title: str) -> str:
    """Key of an article without an address."""
    return stable_id("a", host, text_key(title))


class Catalogue:
    """Every known article by its keys; fed captures in the order of archiving, it gives the same ids each time.

    An article has one id, the first key under which it was met; its later keys become aliases. Something with an
    address and something without one, of equal title, are the same article when one's text begins as the other's,
    so that pages of different sites that happen to share a title stay apart.
    """

    def __init__(self, sightings: Iterable[SightingRow], aliases: Iterable[AliasRow]) -> None:
        self._known = {row.article_id: row for row in sightings}
        self._aliases = {row.alias_id: row.article_id for row in aliases}
        # By title and whether an address is known: only an article of the other kind can be the same under another key.
        self._by_title: dict[tuple[str, bool], list[str]] = defaultdict(list)
        for row in self._known.values():
            self._by_title[_title_place(row)].append(row.article_id)
        self.changes = Changes()
        self._collision: str | None = None

    def take_changes(self) -> Changes:
        """What changed since the last call."""
        changes, self.changes = self.changes, Changes()
        return changes

    def take_collision(self) -> str | None:
        """Address of the page whose place the last one took though its text is another; None when it took none."""
        collision, self._collision = self._collision, None
        return collision

    def add_page(self, article: Article, seen: Seen) -> str:
        """Record a parsed page; its id is returned."""
        beginning = _beginning(article.body)
        article_id = self._resolve(article.title, beginning, seen)
        if seen.moved_from:
            article_id = self._unite(article_id, self._first_id(url_id(seen.moved_from)), article.title)
        known = self._known.get(article_id)
        if known is not None and _is_other_page(known, beginning, seen):
            self._collision = known.address
        self._remember(_page_sighting(article_id, known, article, beginning, seen))
        content = {f.name: getattr(article, f.name) for f in fields(Content)}
        body_sha256 = hashlib.sha256(article.body.encode("utf-8", "surrogatepass")).hexdigest() if article.body is not None else None
        self.changes.pages[article_id] = ArticleRow(
            **content, article_id=article_id, record="page", canonical_url=seen.canonical_url, host=seen.host, body_sha256=body_sha256,
            capture_id=seen.capture_id, first_seen_at=seen.seen_at, last_seen_at=seen.seen_at,
        )  # fmt: skip
        return article_id

    def add_stub(self, item: RelatedItem, seen: Seen, quality: tuple[QualityFlag, ...] = ()) -> str:
        """Record what a related block shows, and what is wrong with it; the id of the article it recommends is returned."""
        article_id = self._resolve(item.title, _beginning(item.snippet), seen)
        self._remember(_stub_sighting(article_id, self._known.get(article_id), item, seen, quality))
        return article_id

    def _resolve(self, title: str, beginning: str | None, seen: Seen) -> str:
        """The id of something met: a key already known, the same text under its other kind of key, or a new id."""
        own_key = url_id(seen.canonical_url) if seen.canonical_url else title_id(seen.host, title)
        if (known_id := self._first_id(own_key)) in self._known:
            return known_id
        for article_id in self._by_title.get((text_key(title), seen.canonical_url is None), ()):
            if _same_text(self._known[article_id], beginning, seen):
                self._add_alias(own_key, article_id)
                return self._first_id(article_id)
        return own_key

    def _first_id(self, key: str) -> str:
        """The id behind a key; an alias can lead to what has become an alias itself."""
        while key in self._aliases:
            key = self._aliases[key]
        return key

    def _unite(self, article_id: str, moved_id: str, title: str) -> str:
        """The one id of an article that was asked under another address: that under which it was met first.

        A site that sends all its old addresses to one page has not moved them: a stub of another title stays what it is.
        """
        moved = self._known.get(moved_id)
        if moved_id == article_id or (moved is not None and text_key(moved.title) != text_key(title)):
            return article_id
        if moved is not None and article_id not in self._known:
            self._add_alias(article_id, moved_id)
            return moved_id
        self._add_alias(moved_id, article_id)
        return article_id

    def _add_alias(self, alias_id: str, article_id: str) -> None:
        self._aliases[alias_id] = article_id
        self.changes.aliases[alias_id] = AliasRow(alias_id=alias_id, article_id=article_id)

    def _remember(self, row: SightingRow) -> None:
        known = self._known.get(row.article_id)
        if known == row:
            return
        if known is None or _title_place(known) != _title_place(row):
            if known is not None:
                self._by_title[_title_place(known)].remove(row.article_id)
            self._by_title[_title_place(row)].append(row.article_id)
        self._known[row.article_id] = row
        self.changes.sightings[row.article_id] = row


def _title_place(row: SightingRow) -> tuple[str, bool]:
    """Key of the title, and whether the article has an address."""
    return text_key(row.title), row.canonical_url is not None


def _same_text(known: SightingRow, beginning: str | None, seen: Seen) -> bool:
    """Whether a known article of equal title, of which one of the two has an address, is what was met."""
    if known.host is not None and seen.host is not None and known.host != seen.host:
        return False
    other = known.beginning or _beginning(known.snippet)
    if not beginning or not other:
        return False
    shared = min(len(beginning), len(other))
    return beginning[:shared] == other[:shared]


def _is_other_page(known: SightingRow, beginning: str | None, seen: Seen) -> bool:
    """Whether a page without address met another of the same title under another name and with another text."""
    return (
        known.is_page
        and known.canonical_url is None
        and seen.canonical_url is None
        and known.address != seen.address
        and known.beginning != beginning
    )


def _beginning(text: str | None) -> str | None:
    """Key of the first characters of a text; None when it is too short to tell texts apart."""
    key = text_key(text[: 4 * _BEGINNING_CHARACTERS]) if text else ""
    return key[:_BEGINNING_CHARACTERS] if len(key) >= _BEGINNING_CHARACTERS // 2 else None


def _page_sighting(article_id: str, known: SightingRow | None, article: Article, beginning: str | None, seen: Seen) -> SightingRow:
    row = known or SightingRow(
        article_id=article_id, first_seen_at=seen.seen_at, last_seen_at=seen.seen_at, title=article.title, capture_id=seen.capture_id
    )
    return replace(
        row,
        is_page=True,
        title=article.title,
        url=article.url or row.url,
        canonical_url=seen.canonical_url or row.canonical_url,
        host=seen.host or row.host,
        beginning=beginning,
        address=seen.address,
        first_seen_at=min(row.first_seen_at, seen.seen_at),
        last_seen_at=max(row.last_seen_at, seen.seen_at),
        capture_id=seen.capture_id,
    )


def _stub_sighting(
    article_id: str, known: SightingRow | None, item: RelatedItem, seen: Seen, quality: tuple[QualityFlag, ...]
) -> SightingRow:
    if known is None:
        return SightingRow(
            article_id=article_id, first_seen_at=seen.seen_at, last_seen_at=seen.seen_at, title=item.title, url=item.url,
            canonical_url=seen.canonical_url, host=seen.host, snippet=item.snippet, tag=item.tag, published_at=item.published_at,
            capture_id=seen.capture_id, quality=quality,
        )  # fmt: skip
    return replace(
        known,
        title=known.title if known.is_page else item.title,
        url=known.url or item.url,
        canonical_url=known.canonical_url or seen.canonical_url,
        host=known.host or seen.host,
        snippet=item.snippet or known.snippet,
        quality=quality if item.snippet or not known.snippet or known.title != item.title else known.quality,
        tag=item.tag or known.tag,
        published_at=item.published_at or known.published_at,
        first_seen_at=min(known.first_seen_at, seen.seen_at),
        last_seen_at=max(known.last_seen_at, seen.seen_at),
        capture_id=known.capture_id if known.is_page else seen.capture_id,
    )


def first_ids(aliases: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The article that each alias stands for in the end."""
    direct = dict(aliases)
    found = {}
    for alias_id in direct:
        article_id = alias_id
        while article_id in direct:
            article_id = direct[article_id]
        found[alias_id] = article_id
    return found
