"""A PostgreSQL server of the tests' own, on a socket in a folder; None where PostgreSQL is not installed."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def _program() -> Path | None:
    """Folder of the server's programs."""
    found = shutil.which("initdb") or (str(_DEBIAN[-1]) if _DEBIAN else None)
    return Path(found).resolve().parent if found else None


def _as_user() -> list[str]:
    """The server refuses to run as root."""
    return ["setpriv", "--reuid=nobody", "--clear-groups"] if os.geteuid() == 0 else []


@contextmanager
def postgres_server() -> Iterator[str | None]:
    """URL of a database that is gone afterwards."""
    programs = _program()
    if programs is None:
        yield None
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o777)
        data = folder / "data"

        def run(program: str, *arguments: str) -> None:
            command = [*_as_user(), str(programs / program), *arguments]
            subprocess.run(command, check=True, capture_output=True, cwd=folder, timeout=120)

        run("initdb", "-D", str(data), "-U", "crawl", "-A", "trust", "--no-sync", "--no-locale", "-E", "UTF8")
        settings = f"-k {folder} -c listen_addresses= -c fsync=off"
        run("pg_ctl", "-D", str(data), "-w", "-o", settings, "-l", str(folder / "log"), "start")
        try:
            yield f"postgresql://crawl@/postgres?host={folder}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")
