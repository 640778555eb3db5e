"""What a frontier remembers of visits that were made: compared with an archive, it shows what either has lost."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select, update

from healthnews.crawl.frontier_database import lock_for_many
from healthnews.crawl.frontier_tables import ADDRESSES, DONE, DUE, LEASED, URLS, chunks

_OF_CONTENT = ("etag", "last_modified", "sha256", "refusal", "refused_at")
_OF_VISITS = ("outcome", "last_fetched_at", "interval_seconds", *_OF_CONTENT)


class FrontierHistory:
    """Visits of one database; safe for several threads and processes, as the frontier is."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def unfetched(self, hosts: Collection[str], fetched: str, besides: Collection[str] = ()) -> list[str]:
        """Addresses of the hosts, and some others, whose last visit came to something else than `fetched`, in order of discovery."""
        is_failed = [URLS.state == DONE, URLS.outcome != fetched, sa.or_(URLS.host.in_(hosts), URLS.url.in_(besides))]
        with self._engine.begin() as connection:
            return list(connection.scalars(select(URLS.url).where(*is_failed).order_by(URLS.id)))

    def outdated(self, fetched: Mapping[str, datetime]) -> set[str]:
        """Which of the addresses it does not know, or only as they were before the moment at which they are said to have been visited.

        One that waits to be tried again is known well enough, and so is one that was visited then or later.
        """
        found = set(fetched)
        with self._engine.begin() as connection:
            for urls in chunks(list(fetched)):
                query = select(URLS.url, URLS.visited_at, URLS.attempts).where(URLS.url.in_(urls))
                for url, at, attempts in connection.execute(query):
                    if attempts or (at is not None and at >= fetched[url].timestamp()):
                        found.discard(url)
        return found

    def fetched_since(self, moment: datetime, fetched: str) -> dict[str, datetime]:
        """Addresses whose last visit came to the outcome `fetched` and whose content is of that moment or later, with its moment."""
        is_late = [URLS.state == DONE, URLS.outcome == fetched, URLS.last_fetched_at >= moment.timestamp()]
        with self._engine.begin() as connection:
            rows = connection.execute(select(URLS.url, URLS.last_fetched_at).where(*is_late)).all()
        return {url: datetime.fromtimestamp(at, UTC) for url, at in rows}

    def forget(self, urls: Iterable[str], now: datetime) -> None:
        """Make addresses due as if they had never been visited: there is no content that an answer could be compared with.

        When they were visited stays: nobody is to take them for unknown, and tell what was forgotten again.
        """
        nothing: dict[str, Any] = dict.fromkeys(_OF_VISITS)
        with self._engine.begin() as connection:
            lock_for_many(connection)
            for chunk in chunks(list(urls)):
                known = update(ADDRESSES).where(URLS.url.in_(chunk), URLS.state != LEASED)
                connection.execute(known.values(state=DUE, due_at=now.timestamp(), attempts=0, **nothing))

    def forget_content(self, urls: Iterable[str]) -> None:
        """Know of no content that the next answer could be the same as; addresses are due when they were."""
        with self._engine.begin() as connection:
            lock_for_many(connection)
            for chunk in chunks(list(urls)):
                connection.execute(update(ADDRESSES).where(URLS.url.in_(chunk)).values(dict.fromkeys(_OF_CONTENT)))
