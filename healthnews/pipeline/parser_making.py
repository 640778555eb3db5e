"""Making a site's parser: a module with the selectors that its frozen pages suggest, tried on these pages before it is written."""

from __future__ import annotations

import ast
import ipaddress
import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from healthnews.errors import PageError, ParseError, UsageError, cannot_write
from healthnews.extract.page import Page
from healthnews.extract.registry import GENERIC, find_parsers, parsers_by_host
from healthnews.pipeline.freezing import FrozenPage, frozen_pages
from healthnews.pipeline.suggestions import Suggestion, suggest
from healthnews.records import Article, utc_now

_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_MODULE = re.compile(r"[a-z][a-z0-9_]{0,59}")
_PAGE_NAME = re.compile(r"[\w.-]+")
_FRONT = ("www", "m", "wap", "mobile")
_COUNTRY = ("cn", "hk", "tw", "mo")
_KIND = ("com", "net", "org", "example", "localhost")
_MAX_LINE = 140


@dataclass(frozen=True, slots=True)
class Tried:
    """What a new parser reads on one frozen page, and the generic parser with it.

    Attributes:
        own: The new parser's article, or why it refuses the page.
        general: The same of the generic parser.
    """

    page: FrozenPage
    own: Article | PageError
    general: Article | PageError


@dataclass(frozen=True, slots=True)
class NewParser:
    """A parser module that was written, and how it does on the frozen pages of its host."""

    name: str
    path: Path
    suggestion: Suggestion
    tried: tuple[Tried, ...]


def make_parser(host: str, pages: Path, parsers: Path, name: str | None = None) -> NewParser:
    """Write a parser module for a host from its frozen pages.

    Args:
        host: The host, as addresses write it.
        pages: Folder of frozen pages; those of the host lie in a folder named by it.
        parsers: Folder of parser modules.
        name: Name of the module; made of the host when None.

    Raises:
        UsageError: Host or name cannot be one, no page is frozen, a parser is there already, the pages have too little in common.
    """
    host = host.strip().lower()
    if not _HOST.fullmatch(host):
        raise UsageError(f"{host!r} is no host; expected a name without scheme, port and path, such as www.example.com")
    module_name = module_name_of(host) if name is None else name
    if not _MODULE.fullmatch(module_name) or keyword.iskeyword(module_name):
        raise UsageError(f"--name {module_name!r}: expected a module's name: small letters, digits and _")
    path = parsers / f"{module_name}.py"
    if other := parsers_by_host().get(host):
        raise UsageError(f"{host} is read by the parser {other} already: edit {parsers / other}.py, or take the host out of its HOSTS")
    if path.exists() or module_name in find_parsers():
        raise UsageError(f"there is a parser {module_name} already; choose another name with --name")
    frozen = frozen_pages(pages, host) if (pages / host).is_dir() else []
    if not frozen:
        raise UsageError(f"no frozen page of {host} in {pages / host}; first: healthnews freeze URL")
    suggestion = suggest([Page(page.raw) for page in frozen], find_parsers()[GENERIC].parse)
    code = render_module(module_name, host, suggestion, [page.path.stem for page in frozen])
    tried = try_module(code, module_name, frozen)
    try:
        parsers.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
    except OSError as error:
        raise cannot_write(parsers, error) from error
    return NewParser(module_name, path, suggestion, tried)


def module_name_of(host: str) -> str:
    """Name of a module for a host: www.kepu.gov.cn → kepu_gov, m.health.example.com.cn → health_example, 127.0.0.1 → site_127_0_0_1."""
    labels = host.split(".")
    if not _is_address(host):
        labels = labels[1:] if len(labels) > 2 and labels[0] in _FRONT else labels
        labels = labels[:-1] if len(labels) > 1 and labels[-1] in _COUNTRY else labels
        labels = labels[:-1] if len(labels) > 1 and labels[-1] in _KIND else labels
    name = re.sub(r"[^a-z0-9]+", "_", "_".join(labels)).strip("_")
    return name if name[:1].isalpha() else f"site_{name}"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def render_module(name: str, host: str, found: Suggestion, seen: Sequence[str]) -> str:
    """The source of a parser module; it runs as it is, and is there to be read and edited.

    Args:
        name: Its name.
        host: The host that it reads.
        found: Where the parts of its pages are.
        seen: Names of the pages that this was seen on.
    """
    today = utc_now()
    pages = [page for page in seen if _PAGE_NAME.fullmatch(page)]
    functions = ["lines_of", "take_disclaimer", "text_of"]
    functions += ["meta_dates"] if found.date_meta else ["read_dates"] if found.date else []
    functions += ["read_names"] if found.names else []
    functions += ["related_items"] if found.related else []
    without = ", without=page.all(_WITHOUT)" if found.without else ""
    title = f"text_of(page.one({_literal(found.title)}))" if found.title else 'page.metadata.get("og:title", "")'
    if found.title is None:
        functions.remove("text_of")
    return "\n".join(
        [
            f'"""{host}: pages like {", ".join(pages[:3])}{" and others" if len(pages) > 3 else ""}, as seen in {today:%Y-%m}."""',
            "",
            "from healthnews.extract.article import Parts, build_article",
            f"from healthnews.extract.nodes import {', '.join(sorted(functions))}",
            "from healthnews.extract.page import Page",
            "from healthnews.records import Article",
            "",
            f'VERSION = "{today:%Y.%m}"',
            f"HOSTS = ({_literal(host)},)",
            f"_BODY = {_literal(found.body)}",
            *_without_lines(found.without),
            "",
            "",
            "def parse(page: Page) -> Article:",
            '    """The Article of a page.',
            "",
            "    Raises:",
            "        ParseError: A part of the page is not where it was.",
            '    """',
            f"    lines, disclaimer = take_disclaimer(lines_of(page.one(_BODY){without}))",
            "    parts = Parts(",
            f"        title={title},",
            "        lines=lines,",
            "        disclaimer=disclaimer,",
            *_field_lines(found),
            "    )",
            f"    return build_article(page.address, parts, parser={_literal(name)}, version=VERSION)",
            "",
        ]
    )


def _field_lines(found: Suggestion) -> list[str]:
    """Arguments of Parts for what only some sites show."""
    lines = [f"        dates=read_dates(page, {_literal(found.date)}),"] if found.date else []
    lines += [f"        dates=meta_dates(page, {_literal(found.date_meta)}),"] if found.date_meta else []
    lines += _names_lines(found.names)
    lines += [f"        related=related_items(page.links({_literal(found.related)})),"] if found.related else []
    return lines


def _names_lines(selectors: Sequence[str]) -> list[str]:
    if not selectors:
        return []
    nodes = [f"page.maybe({_literal(selector)})" for selector in selectors]
    line = f"        names=read_names({', '.join(nodes)}),"
    if len(line) <= _MAX_LINE:
        return [line]
    return ["        names=read_names(", *(f"            {node}," for node in nodes), "        ),"]


def _without_lines(selectors: Sequence[str]) -> list[str]:
    if not selectors:
        return []
    note = "# Inside the element of the text, and no part of it."
    line = f"_WITHOUT = {_literal(', '.join(selectors))}"
    if len(line) <= _MAX_LINE:
        return [note, line]
    parts = [f"    {_literal(selector + ', ')}" for selector in selectors[:-1]]
    return [note, "_WITHOUT = (", *parts, f"    {_literal(selectors[-1])}", ")"]


def _literal(text: str | None) -> str:
    """A string as ruff would format it."""
    value = text or ""
    return f'"{value}"' if '"' not in value and "\\" not in value else repr(value)


def try_module(code: str, name: str, frozen: Sequence[FrozenPage]) -> tuple[Tried, ...]:
    """What a parser module and the generic parser read on frozen pages."""
    module = ModuleType(name)
    exec(compile(ast.parse(code), f"{name}.py", "exec"), module.__dict__)
    general = find_parsers()[GENERIC]
    return tuple(Tried(page, _read(module, page), _read(general, page)) for page in frozen)


def _read(parser: object, page: FrozenPage) -> Article | PageError:
    try:
        article: Article = parser.parse(Page(page.raw))  # type: ignore[attr-defined]
    except ParseError as error:
        return error
    return article
