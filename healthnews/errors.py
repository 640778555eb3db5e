"""The few exception types of the project; each carries a stable reason code and one sentence for people."""

from collections.abc import Sequence
from typing import Any, Self


class HealthnewsError(Exception):
    """Something a person can act on: printed as one sentence, without a traceback."""

    exit_code = 1


class UsageError(HealthnewsError):
    """The command or its input cannot mean anything: a missing path, an unknown setting."""

    exit_code = 2


class NetworkError(HealthnewsError):
    """Nothing could be fetched, for reasons of the network."""

    exit_code = 5


class LockedError(HealthnewsError):
    """Another run holds the data folder."""

    exit_code = 6


class GateError(HealthnewsError):
    """A quality gate refused to publish.

    Args:
        report: What was found, for people; several lines.
        issues: The same as JSON objects.
    """

    exit_code = 4

    def __init__(self, report: str, issues: Sequence[dict[str, Any]] = ()) -> None:
        super().__init__(report)
        self.issues = tuple(issues)


class PageError(HealthnewsError):
    """One page or source cannot be used; the rest goes on and a row of `failures` is written.

    Args:
        reason: Short stable code, as in the `failures` table (`empty`, `too_large`, `bad_encoding`, …).
        detail: One sentence with the value found and what was expected.
    """

    exit_code = 3

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled with all it says, for it comes back from other processes; its constructor takes other arguments than it keeps."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[PageError], arguments: tuple[str, ...], said: dict[str, Any]) -> PageError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(said)
    return error


class ParseError(PageError):
    """A parser did not find what its page kind must have.

    Attributes:
        address: Address of the page; None where the error is of no selector, as the next three.
        selector: The CSS selector, or the name of the field, that was looked for.
        found: What was found: `0 nodes`, `3 nodes`, or the text that was there.
        expected: What a page of this kind has: `exactly 1`, `at least 2`, `a date`.
    """

    address: str | None = None
    selector: str | None = None
    found: str | None = None
    expected: str | None = None

    def __init__(self, detail: str, reason: str = "not_an_article") -> None:
        super().__init__(reason, detail)

    @classmethod
    def of_selector(cls, address: str, selector: str, found: str, expected: str) -> Self:
        """A selector, or a field, that does not find on a page what its parser expects there."""
        error = cls(f"{address}: {selector!r} matches {found}, expected {expected}.")
        error.address, error.selector, error.found, error.expected = address, selector, found, expected
        return error


def cannot_write(data: object, error: OSError) -> UsageError:
    """What is to be said of a data folder in which nobody can write."""
    return UsageError(f"{data} cannot be written to: {error.strerror}; choose another folder with --data")
