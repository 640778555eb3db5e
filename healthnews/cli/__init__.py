"""The command line: arguments, tables, exit codes; no logic."""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import Never

from typer.exceptions import TyperException

from healthnews.cli import copies, ingesting, judging, parsers, reading, releasing, running, sentences, topics, upkeep  # noqa: F401 the commands register themselves
from healthnews.cli.interrupts import TERMINATED
from healthnews.cli.options import app, literal_help
from healthnews.disk import READ_ONLY, disk_refusal
from healthnews.errors import HealthnewsError, UsageError

__all__ = ["app", "main", "run"]

INTERRUPTED = 130
_PYDANTIC_SAYS = "Value error, "
"""What Typer's checks put before a sentence of their own."""

for _command in app.registered_commands:
    if _command.callback is not None:
        _command.help = literal_help(_command.callback.__doc__ or "")


def main() -> Never:
    """Run the command line and leave with its exit code; every expected error is one sentence on stderr."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; its exit code is returned."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal without Chinese letters is no reason to stop
    try:
        code = app(arguments, standalone_mode=False)
    except HealthnewsError as error:
        sys.stderr.write(f"healthnews: {error}\n")
        return error.exit_code
    except TyperException as error:
        error.message = error.message.removeprefix(_PYDANTIC_SAYS)
        show = getattr(error, "show", None)
        show() if show else sys.stderr.write(f"healthnews: {error}\n")
        return error.exit_code
    except (BrokenPipeError, SystemExit):
        # The reader (head, less) has gone, which Typer turns into SystemExit.
        code = 0
    except Exception as error:  # the CLI's boundary: an internal error is code 1, in one sentence
        refusal = disk_refusal(error)
        return _internal_error(error) if refusal is None else _disk_error(refusal)
    if code in (INTERRUPTED, TERMINATED):
        sys.stderr.write("healthnews: interrupted; run the same command again to go on\n")
    return _flushed(code if isinstance(code, int) else 0)


def _disk_error(error: OSError) -> int:
    """A full disk may be anybody's; a folder that this user may not write to is a mistake of the caller."""
    place = f"{error.filename}: " if error.filename else ""
    is_read_only = error.errno in READ_ONLY
    remedy = "let yourself write there" if is_read_only else "make room"
    sys.stderr.write(
        f"healthnews: {place}{error.strerror}; nothing is lost: {remedy}, or choose another folder with --data, and run it again to go on\n"
    )
    return UsageError.exit_code if is_read_only else HealthnewsError.exit_code


def _internal_error(error: Exception) -> int:
    if os.environ.get("HEALTHNEWS_DEBUG"):
        traceback.print_exc()
    sys.stderr.write(f"healthnews: internal error: {type(error).__name__}: {error} (HEALTHNEWS_DEBUG=1 shows where)\n")
    return 1


def _flushed(code: int) -> int:
    """The exit code, once stdout is written out or its reader is gone; a second error at exit would only confuse."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code
