"""The command line in a process of its own, forked from one that has the imports behind it.

A process that starts from nothing takes a second and more for imports alone, and hundreds of tests call a command. What a command
imports, and when, is the matter of other tests, which start Python themselves.
"""

import atexit
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory

from healthnews.cli import run

SECONDS = 180
"""The limit of patience, not a measure."""

_forking = multiprocessing.get_context("forkserver")
_forking.set_forkserver_preload(["tests.warm"])


def healthnews(*arguments: str, cwd: Path, environment: Mapping[str, str], stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    """`healthnews ARGUMENTS` in a folder, with just this environment and nothing that is a terminal."""
    with TemporaryDirectory() as made:
        streams = [Path(made) / name for name in ("stdin", "stdout", "stderr")]
        streams[0].write_bytes(stdin)
        process = _forking.Process(target=_become, args=(arguments, cwd, dict(environment), streams))
        process.start()
        try:
            return _ended(process, arguments, streams)
        finally:
            process.kill()
            process.join()


def _ended(process: ForkServerProcess, arguments: tuple[str, ...], streams: list[Path]) -> subprocess.CompletedProcess[str]:
    process.join(SECONDS)
    out, err = (path.read_text(encoding="utf-8") if path.exists() else "" for path in streams[1:])
    if process.exitcode is None:
        raise subprocess.TimeoutExpired(arguments, SECONDS, out, err)
    return subprocess.CompletedProcess(arguments, process.exitcode, out, err)


def _become(arguments: tuple[str, ...], cwd: Path, environment: Mapping[str, str], streams: list[Path]) -> None:
    """As `python -m healthnews` would, in this process, and end it."""
    for number, path in enumerate(streams):
        os.dup2(os.open(path, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.stdin, sys.stdout, sys.stderr = (open(number, mode, encoding="utf-8") for number, mode in enumerate("rww"))  # noqa: PTH123, SIM115
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["healthnews", *arguments]
    try:
        code = run(list(arguments))
        atexit._run_exitfuncs()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)
