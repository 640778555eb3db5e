"""Freezing pages, golden files, and parsers made from frozen pages."""

import ast
import gzip
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from healthnews.cli import run
from healthnews.errors import PageError, ParseError, UsageError
from healthnews.extract.page import Page
from healthnews.extract.registry import find_parsers, parse_page
from healthnews.pipeline.crawl_options import CrawlOptions
from healthnews.pipeline.freezing import FrozenPage, fetch_page, freeze, name_of, read_frozen, read_local_page
from healthnews.pipeline.golden import check_golden
from healthnews.pipeline.parser_making import make_parser, module_name_of, render_module
from healthnews.pipeline.site_parsers import assigned_parsers
from healthnews.pipeline.suggestions import Suggestion, suggest
from healthnews.records import Article, RawPage
from tests.web import LOOPBACK, Reply, Site, redirect

PAGES = Path(__file__).parent / "pages"
OWN = PAGES / "www.own-health.example"
POLITE = CrawlOptions(delay_seconds=0.0, allow_addresses=LOOPBACK, user_agent="healthnews/0 (+https://our.example/)")
HTML = "<html><head><title>断缴怎么办</title></head><body><h1>断缴怎么办</h1><p>三个月以内可以补缴,不影响待遇。</p></body></html>"


def raw(html: str = HTML, url: str = "https://www.a.example/n/1.html", content_type: str = "text/html; charset=utf-8") -> RawPage:
    moment = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
    return RawPage(url=url, content_type=content_type, payload=html.encode(), fetched_at=moment)


# --- freezing -----------------------------------------------------------------------------------------------------------


def test_a_frozen_page_has_the_bytes_as_served_and_where_they_are_from(tmp_path: Path) -> None:
    page = replace(raw(url="https://www.a.example/n/1.html?id=3", content_type="text/html; charset=gb2312"), payload=HTML.encode("gb18030"))
    frozen = freeze(page, tmp_path)
    assert frozen.path == tmp_path / "www.a.example" / "1-id-3.html"
    assert (frozen.path.read_bytes(), frozen.is_new) == (page.payload, True)
    assert json.loads(frozen.meta.read_text(encoding="utf-8")) == {
        "url": page.url, "content_type": "text/html; charset=gb2312", "fetched_at": "2026-03-01T08:00:00+00:00"
    }  # fmt: skip
    assert read_frozen(frozen.path).raw == page
    again = freeze(page, tmp_path)
    assert (again.is_new, again.raw) == (False, page)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://a.example/", "page"),
        ("https://a.example", "page"),
        ("https://a.example/n/4651.htm", "4651"),
        ("https://a.example/医保/", "page"),
        ("https://a.example/r/rumordetail?id=agqQ", "rumordetail-id-agqQ"),
        ("https://a.example/../../etc/passwd", "passwd"),
        ("https://a.example/" + "x" * 500, "x" * 60),
    ],
)
def test_a_page_is_named_by_its_address(url: str, name: str) -> None:
    assert name_of(url) == name


def test_other_bytes_under_a_name_are_never_overwritten(tmp_path: Path) -> None:
    freeze(raw(), tmp_path, "one")
    with pytest.raises(UsageError, match="holds another page"):
        freeze(raw(HTML.replace("三", "六")), tmp_path, "one")
    for name in ("../one", "", "a/b", ".x", "one.html"):
        with pytest.raises(UsageError, match="--name"):
            freeze(raw(), tmp_path, name)


@pytest.mark.parametrize(("content_type", "payload"), [("image/png", b"\x89PNG"), ("application/pdf", b"%PDF-1.7"), ("text/html", b"")])
def test_what_is_no_page_is_not_frozen(tmp_path: Path, content_type: str, payload: bytes) -> None:
    page = RawPage(url="https://a.example/1", content_type=content_type, payload=payload, fetched_at=raw().fetched_at)
    with pytest.raises(PageError):
        freeze(page, tmp_path)
    assert list(tmp_path.rglob("*.*")) == []


@pytest.mark.parametrize(
    "meta", [None, "{", "[]", '{"url": "https://a.example/"}', '{"url":"x","content_type":"t","fetched_at":"2026-03-01T08:00"}']
)
def test_a_frozen_page_without_a_usable_meta_file_is_refused_by_name(tmp_path: Path, meta: str | None) -> None:
    path = freeze(raw(), tmp_path).path
    path.with_suffix(".meta").unlink() if meta is None else path.with_suffix(".meta").write_text(meta, encoding="utf-8")
    with pytest.raises(UsageError, match=r"1\.meta"):
        read_frozen(path)


def test_a_page_is_fetched_as_served_after_robots_was_asked() -> None:
    body = gzip.compress(HTML.encode("gb18030"))
    headers = (("Content-Type", "text/html; charset=gbk"), ("Content-Encoding", "gzip"))
    with Site({"/a.html": redirect("/b.html"), "/b.html": Reply(body, headers=headers)}) as site:
        page = fetch_page(site.url("/a.html"), POLITE)
        assert site.paths() == ["/robots.txt", "/a.html", "/b.html"]
        assert site.requests[0].headers["user-agent"] == POLITE.user_agent
        assert (page.url, page.content_type, page.payload) == (site.url("/b.html"), "text/html; charset=gbk", HTML.encode("gb18030"))


def test_what_robots_forbids_or_a_server_refuses_is_not_frozen() -> None:
    with Site({"/robots.txt": Reply(b"User-agent: *\nDisallow: /private/"), "/private/a.html": Reply(HTML.encode())}) as site:
        with pytest.raises(PageError) as caught:
            fetch_page(site.url("/private/a.html"), POLITE)
        assert caught.value.reason == "robots"
        assert site.paths() == ["/robots.txt"]
        with pytest.raises(PageError) as caught:
            fetch_page(site.url("/gone.html"), POLITE)
        assert caught.value.reason == "http_404"
    with pytest.raises(PageError) as caught:
        fetch_page("http://127.0.0.1:9/", CrawlOptions(delay_seconds=0.0))
    assert caught.value.reason == "blocked_address"
    with pytest.raises(UsageError, match="no web address"):
        fetch_page("ftp://a.example/", POLITE)


def test_a_saved_file_keeps_its_moment_and_needs_an_address(tmp_path: Path) -> None:
    path = tmp_path / "saved.html"
    path.write_text(HTML, encoding="utf-8")
    os.utime(path, (1_767_225_600, 1_767_225_600))
    assert read_local_page(path, "https://a.example/1").fetched_at == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(UsageError, match="--url"):
        read_local_page(path, None)
    path.write_text(HTML.replace("<title>", '<link rel="canonical" href="https://b.example/2"><title>'), encoding="utf-8")
    assert read_local_page(path, None).url == "https://b.example/2"
    with pytest.raises(UsageError, match="no such file"):
        read_local_page(tmp_path / "none.html", None)
    with pytest.raises(UsageError, match="unknown file type"):
        read_local_page(path.rename(tmp_path / "saved.pdf"), None)


# --- golden files -------------------------------------------------------------------------------------------------------


@pytest.fixture
def frozen(tmp_path: Path) -> FrozenPage:
    """A frozen page of our own, without its golden file."""
    for ending in (".html", ".meta"):
        shutil.copy(OWN / f"duanjiao{ending}", tmp_path)
    return read_frozen(tmp_path / "duanjiao.html")


def test_a_missing_golden_file_is_written_once_and_wants_review_until_it_is_reviewed(frozen: FrozenPage) -> None:
    golden = frozen.path.with_suffix(".json")
    assert "review me" in (check_golden(frozen) or "")
    written = golden.read_text(encoding="utf-8")
    assert json.loads(written)["reviewed"] is False
    assert json.loads(written)["article"]["title"] == "灵活就业人员断缴医保三个月怎么办"
    assert "review me" in (check_golden(frozen) or "")
    assert golden.read_text(encoding="utf-8") == written
    golden.write_text(written.replace('"reviewed": false', '"reviewed": true'), encoding="utf-8")
    assert check_golden(frozen) is None


def change_title(article: dict[str, Any]) -> None:
    article["title"] = "别的题目"


def change_line(article: dict[str, Any]) -> None:
    lines = article["body"].split("\n")
    lines[2] = "别的一行"
    article["body"] = "\n".join(lines)


def drop_line(article: dict[str, Any]) -> None:
    article["body"] = "\n".join(article["body"].split("\n")[:-1])


def change_related(article: dict[str, Any]) -> None:
    article["related"][1]["tag"] = "别的标签"


def drop_tag(article: dict[str, Any]) -> None:
    article["tags"] = article["tags"][1:]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (change_title, ["title", '"别的题目"', '"灵活就业人员断缴医保三个月怎么办"']),
        (change_line, ["body, line 3", "别的一行"]),
        (drop_line, ["body, line 9 is new"]),
        (change_related, ["related 2.tag", "别的标签"]),
        (drop_tag, ["tags 1 is new", "断缴"]),
    ],
)
@pytest.mark.parametrize("reviewed", [True, False])
def test_a_changed_result_is_told_field_by_field(
    frozen: FrozenPage, change: Callable[[dict[str, Any]], None], told: list[str], reviewed: bool
) -> None:
    golden = frozen.path.with_suffix(".json")
    check_golden(frozen)
    pinned = json.loads(golden.read_text(encoding="utf-8")) | {"reviewed": reviewed}
    change(pinned["article"])
    golden.write_text(json.dumps(pinned, ensure_ascii=False), encoding="utf-8")
    message = check_golden(frozen) or ""
    assert all(words in message for words in told), message
    assert ("delete it" in message) == (not reviewed)
    assert len(message.splitlines()) <= 5


def test_a_refused_page_has_a_golden_file_too_and_a_broken_one_is_told(frozen: FrozenPage, tmp_path: Path) -> None:
    listed = FrozenPage(tmp_path / "list.html", raw("<html><body></body></html>"))
    check_golden(listed)
    assert json.loads((tmp_path / "list.json").read_text(encoding="utf-8")) == {"reviewed": False, "refused": "not_an_article"}
    frozen.path.with_suffix(".json").write_text("[]", encoding="utf-8")
    assert "no golden file" in (check_golden(frozen) or "")


# --- making a parser ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("www.kepu.gov.cn", "kepu_gov"),
        ("piyao.kepuchina.cn", "piyao_kepuchina"),
        ("m.health.a.com.cn", "health_a"),
        ("www.zyyfy.com", "zyyfy"),
        ("39.net", "site_39"),
        ("127.0.0.1", "site_127_0_0_1"),
        ("localhost", "localhost"),
        ("xn--fiq228c.example", "xn_fiq228c"),
    ],
)
def test_a_module_is_named_by_its_host(host: str, name: str) -> None:
    assert module_name_of(host) == name


def freeze_answers(folder: Path) -> None:
    """Two pages in one markup: classes that help, an advertisement's number that does not, and a related block."""
    for number, extra in ((1, ""), (2, "<p>急诊可以先救治,后交费用。</p>")):
        html = f"""<html><head><title>第{number}个问题怎么办理_某站</title></head><body><div class="nav"><a href="/">首页</a></div>
<div class="wrap ad-8731{number}"><h2 class="headline">第{number}个问题怎么办理</h2>
<p class="by"><span>2026-02-0{number} 10:20</span> 来源:某健康站 编辑:李敏</p>
<div id="text{number}000"><p>带身份证和医保卡到窗口办理,当天就能办完第{number}项手续。</p>{extra}
<p>办完以后在手机上可以查到结果,不用再跑一趟。</p>
<div class="share">分享到:<a href="#">微信</a></div></div>
<div class="more"><h3>相关推荐</h3><ul><li><a href="/n/{number}1.html">补办医保卡要等几天</a></li>
<li><a href="/n/{number}2.html">口头挂失以后多久要补手续</a></li>
<li><a href="/n/{number}3.html">没有卡能用电子凭证看病吗</a></li></ul></div></div></body></html>"""
        freeze(raw(html, f"https://www.new-site.example/n/{number}.html"), folder)


def test_the_module_that_is_made_reads_every_frozen_page_of_its_host(tmp_path: Path) -> None:
    freeze_answers(tmp_path / "pages")
    made = make_parser("www.new-site.example", tmp_path / "pages", tmp_path / "parsers")
    assert made.path == tmp_path / "parsers" / "new_site.py"
    assert [tried.page.path.name for tried in made.tried] == ["1.html", "2.html"]
    for number, tried in enumerate(made.tried, 1):
        article = tried.own
        assert isinstance(article, Article)
        assert article.title == f"第{number}个问题怎么办理"
        assert article.published_at == datetime(2026, 2, number, 10, 20)
        assert (article.source, article.editor) == ("某健康站", "李敏")
        assert len(article.body.split("\n")) == number + 1 if article.body else False
        assert "分享" not in (article.body or "")
        assert [item.url for item in article.related] == [f"https://www.new-site.example/n/{number}{i}.html" for i in (1, 2, 3)]
    selectors = f"{made.suggestion}"
    assert "ad-8731" not in selectors
    assert "1000" not in selectors


def test_the_module_that_is_made_passes_the_project_checks(tmp_path: Path) -> None:
    freeze_answers(tmp_path / "pages")
    made = make_parser("www.new-site.example", tmp_path / "pages", tmp_path / "parsers")
    root = Path(__file__).parents[1]
    config = str(root / "parsers" / "ruff.toml")
    for check in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *check, "--config", config, str(made.path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(OWN.glob("*.html")), ids=lambda path: path.stem)
def test_a_page_of_any_markup_gives_a_module_that_runs(path: Path) -> None:
    page = read_frozen(path)
    found = suggest([Page(page.raw)], find_parsers()["generic"].parse)
    code = render_module("x", "www.x.example", found, [path.name])
    names = {node.name for node in ast.parse(code).body if isinstance(node, ast.FunctionDef)}
    assert names == {"parse"}
    try:
        general = parse_page(page.raw)
    except ParseError:
        return
    space: dict[str, Any] = {}
    exec(compile(code, "x.py", "exec"), space)
    article = space["parse"](Page(page.raw))
    assert (article.title, article.body) == (general.title, general.body)


def test_pages_with_nothing_in_common_are_refused(tmp_path: Path) -> None:
    freeze(raw(HTML, "https://www.new-site.example/1.html"), tmp_path)
    other = (
        "<body><table><tr><td id=q>另一种版面的题目</td></tr></table><div id=z>" + "完全不同的一篇文章,很长的一段话。" * 9 + "</div></body>"
    )
    freeze(raw(other, "https://www.new-site.example/2.html"), tmp_path)
    made: object = None
    try:
        made = make_parser("www.new-site.example", tmp_path, tmp_path / "parsers").suggestion.body
    except UsageError as error:
        made = str(error)
    assert made == "body" or "freeze pages of one kind only" in str(made)


@pytest.mark.parametrize(
    ("host", "name", "said"),
    [
        ("https://a.example/", None, "is no host"),
        ("www.nowhere.example", None, "healthnews freeze URL"),
        ("m.jiusongjiankang.com", None, "read by the parser jiusongjiankang already"),
        ("www.own-health.example", "generic", "choose another name"),
        ("www.own-health.example", "Own-Health", "a module's name"),
        ("www.own-health.example", "class", "a module's name"),
    ],
)
def test_what_no_parser_can_be_made_for_is_refused_with_what_to_do(tmp_path: Path, host: str, name: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make_parser(host, PAGES, tmp_path, name)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_rendered_for_what_the_pages_do_not_show() -> None:
    code = render_module("x", "www.x.example", Suggestion(title=None, body='div[id^="a"]'), ["1.html"])
    assert "og:title" in code
    assert "read_dates" not in code
    assert "_WITHOUT" not in code
    ast.parse(code)


# --- commands -----------------------------------------------------------------------------------------------------------


def test_freeze_and_new_parser_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Site({"/n/7.html": Reply((OWN / "duanjiao.html").read_bytes())}) as site:
        options = ["--pages", str(tmp_path / "pages"), "--json"]
        assert run(["freeze", site.url("/n/7.html"), *options, "--allow-address", "127.0.0.0/8", "--delay", "0"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["url"], told["new"], told["page"]) == (site.url("/n/7.html"), True, str(tmp_path / "pages" / "127.0.0.1" / "7.html"))
        assert run(["freeze", site.url("/none.html"), *options, "--allow-address", "127.0.0.0/8", "--delay", "0"]) == 3
        assert "http_404" in capsys.readouterr().err
    assert run(["freeze", "http://127.0.0.1:9/", *options, "--allow-address", "127.0.0.0/8", "--delay", "0"]) == 5
    assert run(["freeze", str(tmp_path / "none.html"), *options]) == 2
    capsys.readouterr()
    assert run(["new-parser", "127.0.0.1", "--parsers", str(tmp_path / "parsers"), *options]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["parser"], told["selectors"]["title"], len(told["pages"])) == ("site_127_0_0_1", "h1", 1)
    assert told["pages"][0]["read"] == told["pages"][0]["generic"]
    assert run(["new-parser", "127.0.0.1", "--parsers", str(tmp_path / "parsers"), *options]) == 2
    assert "choose another name" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["freeze", "https://a.example/"], ["new-parser", "a.example"]])
def test_outside_a_checkout_the_commands_say_what_to_do(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(command) == 2
    said = capsys.readouterr().err
    assert "not in a source checkout" in said
    assert "--pages DIR" in said


def test_a_site_of_the_settings_is_read_by_the_parser_that_they_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = tmp_path / "healthnews.toml"
    settings.write_text('[[sites]]\nhost = "sister.example"\nparser = "cbzw"\n', encoding="utf-8")
    assert assigned_parsers() == {"sister.example": "cbzw"}
    page = '<link rel="canonical" href="https://sister.example/1.html"><div class=vw><div class=h><h1 class=ph>断缴怎么办</h1>'
    page += (
        "<p class=xg1>发布: 2026-1-2 13:18 |来自: 报纸</p></div></div><table><tr><td id=article_content><p>可以补缴。</p></td></tr></table>"
    )
    (tmp_path / "a.html").write_text(page, encoding="utf-8")
    assert run(["extract", "a.html"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["parser"], told["source"], told["body"]) == ("cbzw", "报纸", "可以补缴。")
    settings.write_text('[[sites]]\nhost = "sister.example"\nparser = "nobody"\n', encoding="utf-8")
    assert run(["extract", "a.html"]) == 2
    assert "known are" in capsys.readouterr().err
    settings.write_text('[[sites]]\nhost = "sister.example"\nparser = "../x"\n', encoding="utf-8")
    assert run(["extract", "a.html"]) == 2
    assert "name of a module" in capsys.readouterr().err
