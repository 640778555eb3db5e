"""Commands that help to add a site: freeze, new-parser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from healthnews.cli.options import (
    PARTLY_DONE,
    AllowAddress,
    Delay,
    Json,
    Quiet,
    Unused,
    app,
    exit_code_of,
    open_output,
    tell_failures,
)
from healthnews.errors import PageError

if TYPE_CHECKING:
    from healthnews.pipeline.parser_making import NewParser, Tried
    from healthnews.records import RawPage

Pages = Annotated[
    Path | None,
    typer.Option("--pages", metavar="DIR", help="Folder of frozen pages.", show_default="tests/pages of the source checkout"),
]
_FIELDS = ("title", "published_at", "author", "source", "editor", "reviewer")


@app.command()
def freeze(
    source: Annotated[str, typer.Argument(metavar="URL|FILE", help="A web address, or an HTML file that was saved from one.")],
    name: Annotated[str | None, typer.Option("--name", help="Name of the frozen page.", show_default="made of its address")] = None,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="Where a FILE is from, if it does not say so itself.")] = None,
    pages: Pages = None,
    delay: Delay = None,
    allow_address: AllowAddress = None,
    data: Unused = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Save a page for a golden test: its bytes as served to tests/pages/HOST/NAME.html, and where they are from to NAME.meta.

    An address is fetched once, politely: robots.txt is asked, and a delay kept. Nothing is decoded or cleaned: a test that reads
    the page years from now meets what the site sent today.
    """
    from healthnews.extract.registry import parsers_by_host
    from healthnews.pipeline.freezing import PAGES, folder_in_checkout
    from healthnews.pipeline.freezing import freeze as freeze_page

    output = open_output(as_json, quiet)
    folder = pages if pages is not None else folder_in_checkout(PAGES, "--pages")
    try:
        raw = _fetched(source, delay, allow_address) if "://" in source else _from_file(Path(source), url)
        frozen = freeze_page(raw, folder, name)
    except PageError as error:
        tell_failures(output, [(source, error.reason, error.detail)])
        raise typer.Exit(exit_code_of([error.reason], nothing_read=True)) from error
    told: dict[str, Any] = {
        "page": str(frozen.path),
        "meta": str(frozen.meta),
        "url": frozen.raw.url,
        "content_type": frozen.raw.content_type,
        "bytes": len(frozen.raw.payload),
        "new": frozen.is_new,
    }
    if output.as_json:
        output.objects([told])
    else:
        output.table(("what", "value"), list(told.items()))
    host = frozen.path.parent.name
    known = parsers_by_host().get(host)
    then = "python -m pytest tests/test_golden.py" if known else f"healthnews new-parser {host}"
    output.note(f"A frozen page is its publisher's: commit it only where you may. Next: {then}")


def _fetched(url: str, delay: float | None, allow_addresses: list[str] | None) -> RawPage:
    from healthnews.pipeline.crawl_options import crawl_options
    from healthnews.pipeline.freezing import fetch_page

    return fetch_page(url, crawl_options(delay_seconds=delay, allow_addresses=allow_addresses or ()))


def _from_file(path: Path, url: str | None) -> RawPage:
    from healthnews.pipeline.freezing import read_local_page

    return read_local_page(path, url)


@app.command("new-parser")
def new_parser(
    host: Annotated[str, typer.Argument(metavar="HOST", help="The site's host, as its addresses write it: www.example.com")],
    name: Annotated[str | None, typer.Option("--name", help="Name of the module.", show_default="made of the host")] = None,
    pages: Pages = None,
    parsers: Annotated[
        Path | None,
        typer.Option("--parsers", metavar="DIR", help="Folder of parser modules.", show_default="parsers of the source checkout"),
    ] = None,
    data: Unused = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make a parser module for a site from its frozen pages, with the selectors that these suggest, and try it on them.

    It is a start that runs: read it, and mend what it does not find. A page that it refuses is told with exit code 3.
    """
    from healthnews.pipeline.freezing import PAGES, PARSERS, folder_in_checkout
    from healthnews.pipeline.parser_making import make_parser

    output = open_output(as_json, quiet)
    made = make_parser(
        host,
        pages if pages is not None else folder_in_checkout(PAGES, "--pages"),
        parsers if parsers is not None else folder_in_checkout(PARSERS, "--parsers"),
        name,
    )
    if output.as_json:
        output.objects([_object(made)])
    else:
        output.table(("page", "field", made.name, "generic"), [row for tried in made.tried for row in _rows(tried)])
    output.note(f"{made.path} is written. Next: edit it, then: python -m pytest tests/test_golden.py")
    raise typer.Exit(PARTLY_DONE if any(isinstance(tried.own, PageError) for tried in made.tried) else 0)


def _rows(tried: Tried) -> list[tuple[str, str, Any, Any]]:
    """What both parsers read on a page, field by field; fields that neither finds are left out."""
    own, general = _values(tried.own), _values(tried.general)
    return [(tried.page.path.name, field, own.get(field), general.get(field)) for field in dict.fromkeys((*own, *general))]


def _values(read: Any) -> dict[str, Any]:
    if isinstance(read, PageError):
        return {"refused": read.detail}
    values = {field: getattr(read, field) for field in _FIELDS}
    values |= {"body_lines": len(read.body.split("\n")), "body_characters": len(read.body), "related": len(read.related) or None}
    return {field: value for field, value in values.items() if value is not None}


def _object(made: NewParser) -> dict[str, Any]:
    found = made.suggestion
    selectors = {field: getattr(found, field) for field in ("title", "body", "date", "date_meta", "names", "related")}
    pages = [{"page": str(t.page.path), "read": _plain(t.own), "generic": _plain(t.general)} for t in made.tried]
    return {"parser": made.name, "module": str(made.path), "selectors": selectors | {"without": list(found.without)}, "pages": pages}


def _plain(read: Any) -> dict[str, Any]:
    return {field: value.isoformat() if field == "published_at" else value for field, value in _values(read).items()}
