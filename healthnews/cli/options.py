"""The application, the options that commands share, and how each opens its output and its data folder."""

from __future__ import annotations

import inspect
import re
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from healthnews.errors import NetworkError, UsageError
from healthnews.settings import Setting, read_settings

if TYPE_CHECKING:
    from healthnews.dataset.release import Release
    from healthnews.engine import Engine
    from healthnews.pipeline.folder import DataFolder
    from healthnews.pipeline.queries import Dataset
    from healthnews.terminal import Output

# Imports of the pipeline stand inside the commands: --help must not wait for pandas, pyarrow and jieba.

PARTLY_DONE = 3
MOST_LISTED = 50
NETWORK_REASONS = frozenset(
    ("dns", "dns_temporary", "connection", "timeout", "deadline", "incomplete", "tls", "bad_http", "robots_unreachable")
)
"""Reasons for which a page could not be fetched that are none of its own."""

app = typer.Typer(
    name="healthnews",
    help="Chinese health and medical-insurance answer pages in; a clean dataset with duplicates marked and contradictions shown, out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done, 1 internal error, 2 usage, 3 partly done, 4 a quality gate refused, 5 network, 6 locked, 130 interrupted.",
)

Data = Annotated[str | None, typer.Option("--data", metavar="DIR", help="Data folder.", show_default="data")]
Json = Annotated[bool, typer.Option("--json", help="JSON lines on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no notes on stderr.")]
NoAnalyze = Annotated[bool, typer.Option("--no-analyze", help="Stop after the articles.")]
NoPublish = Annotated[bool, typer.Option("--no-publish", help="Make no release.")]
Unused = Annotated[str | None, typer.Option("--data", metavar="DIR", help="Data folder; this command reads and writes nothing there.")]
AlwaysJson = Annotated[bool, typer.Option("--json", help="JSON lines on stdout, as always with this command.")]
Delay = Annotated[
    float | None,
    typer.Option(
        "--delay", metavar="SECONDS", min=0, max=3600, help="Between two requests to a host; robots.txt may ask for more.", show_default="2"
    ),
]
AllowAddress = Annotated[
    list[str] | None,
    typer.Option("--allow-address", metavar="CIDR", help="Let this private or loopback network be visited; repeatable."),
]
Start = Annotated[list[str] | None, typer.Option("--start", metavar="URL", help="Begin here, and crawl its site; repeatable.")]
Budget = Annotated[int | None, typer.Option("--budget", metavar="PAGES", min=1, help="Pages asked for at most.", show_default="200")]
Depth = Annotated[int | None, typer.Option("--depth", metavar="N", min=0, help="Links followed from a start.", show_default="5")]
Language = Annotated[Literal["zh", "en"], typer.Option("--lang", help="Language of the explanations; sentences stay as they are.")]
ReleaseName = Annotated[str | None, typer.Option("--release", metavar="V", help="Read this release instead of what is newest.")]


def open_output(as_json: bool, quiet: bool) -> Output:
    """Where a command prints."""
    from healthnews.terminal import Output

    return Output(as_json=as_json, quiet=quiet)


def settings_of(data: str | None, *, engine: str | None = None, scheduler: str | None = None) -> dict[str, Setting]:
    """Every setting; the data folder and the engine as given by their flags."""
    return read_settings({"store.data": data, "engine.kind": engine, "engine.scheduler": scheduler})


def engine_of(settings: dict[str, Setting]) -> AbstractContextManager[Engine]:
    """Lets what is inside run on the engine of the settings."""
    from healthnews.engine import running_as_set

    return running_as_set(settings)


def folder_of(settings: dict[str, Setting]) -> DataFolder:
    """The data folder of the settings."""
    from healthnews.pipeline.folder import DataFolder

    return DataFolder(Path(settings["store.data"].value))


def tell_kind(release: Release, output: Output) -> None:
    """Say what a release of another kind than the usual one holds, for the next ones are made like it."""
    formats = ", ".join(release.manifest.get("formats", ()))
    found = [*(["excerpts, not whole texts"] if release.manifest.get("text") == "excerpt" else []), *([formats] if formats else [])]
    if found:
        output.note(
            f"It holds {' and '.join(found)}; so will the next ones, unless options or settings (publish.text, publish.formats) differ."
        )


def dataset_of(data: str | None, release: str | None) -> Dataset:
    """The tables of the data folder, or of a release."""
    from healthnews.pipeline.queries import Dataset

    return Dataset(folder_of(settings_of(data)), release)


def exit_code_of(reasons: Sequence[str], *, nothing_read: bool) -> int:
    """0 when nothing failed, 2 when every source is missing, 5 when none could be fetched for the network, else 3."""
    if not reasons:
        return 0
    if nothing_read and set(reasons) <= NETWORK_REASONS:
        return NetworkError.exit_code
    return UsageError.exit_code if nothing_read and set(reasons) == {"missing"} else PARTLY_DONE


def crawl_exit_code(start_reasons: Collection[str], *, nothing_fetched: bool) -> int:
    """0 when the start addresses could be fetched (dead links are recorded only), 5 when the network was at fault, else 3."""
    if not start_reasons:
        return 0
    return NetworkError.exit_code if nothing_fetched and NETWORK_REASONS.issuperset(start_reasons) else PARTLY_DONE


def tell_failures(output: Output, failures: Sequence[tuple[str, str, str]]) -> None:
    """Say of each address why it could not be used; `failures` are addresses, reasons and details."""
    from healthnews.pipeline.extraction import with_address

    for url, reason, detail in failures[:MOST_LISTED]:
        output.problem(f"{reason}: {with_address(detail, url)}")
    if (more := len(failures) - MOST_LISTED) > 0:
        output.problem(f"… and {more} more; the failures table holds them all")


def literal_help(text: str) -> str:
    """A docstring for --help: paragraphs unwrapped, brackets that rich would take for markup escaped."""
    unwrapped = re.sub(r"(?<!\n)\n(?!\n)", " ", inspect.cleandoc(text))
    return re.sub(r"\[(?=[a-z#/@][^\[]*\])", r"\\[", unwrapped)
