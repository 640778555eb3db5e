"""The steps of docs/add-a-site.md are run as they stand, in a copy of the checkout, on a site of our own on loopback."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from tests.web import Reply, Site

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "add-a-site.md"
HOST, MODULE = "www.health-site.example", "health_site"
_STEP = re.compile(r"<!-- (?P<kind>run|patch|file)(?:: (?P<what>[^\n]*?))? -->\n```\w+\n(?P<text>.*?)```", re.DOTALL)


class Step(NamedTuple):
    """A marked block of the guide."""

    kind: str
    what: str
    text: str


def steps() -> list[Step]:
    return [Step(m["kind"], m["what"] or "", m["text"]) for m in _STEP.finditer(GUIDE.read_text(encoding="utf-8"))]


def answer(number: int, title: str, paragraphs: list[str]) -> bytes:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    html = f"""<html><head><meta charset="gbk"><title>{title}_健康站</title></head><body>
<div class="top"><a href="/">首页</a> <a href="/answers/">问答</a></div>
<div class="main"><h1 class="t">{title}</h1><div class="by">来源:健康站 作者:王宁 2026-02-{number:02} 10:20</div>
<div class="answer">{text}<div class="share"><a href="#">分享到微信</a> <a href="#">收藏</a></div></div>
<div class="tags"><a href="/tag/yibao/">医保</a> <a href="/tag/{number}/">问答{number}</a></div></div>
<div class="foot">健康站 版权所有</div></body></html>"""
    return html.encode("gb18030")


PAGES = {
    "/answers/1001.html": answer(
        1,
        "新生儿什么时候参加医保",
        ["出生后九十天以内参保,从出生那天起就能报销。", "超过九十天再参保,从缴费的下个月起才能报销,以前的费用由家里承担。"],
    ),
    "/answers/1002.html": answer(
        2,
        "住院押金一般交多少",
        ["押金由医院按病情估算,医保病人只预交自己要付的那一部分。", "出院结算时多退少补。", "急诊可以先救治后交费。"],
    ),
}
LIST = "<html><body><h1>问答</h1><ul>{}</ul></body></html>".format(
    "".join(f'<li><a href="/answers/{n}.html">常见问题第{n}个:怎么参保和报销</a></li>' for n in (1001, 1002, 1003, 1004, 1005, 1006))
)


@pytest.fixture
def site() -> Iterator[Site]:
    gbk = (("Content-Type", "text/html; charset=gbk"),)
    routes = {path: Reply(body, headers=gbk) for path, body in PAGES.items()}
    with Site({**routes, "/answers/": Reply(LIST.encode())}) as served:
        yield served


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The folders that the steps need, in the layout of a clone, and the two commands they call."""
    copy = tmp_path / "clone"
    ignore = shutil.ignore_patterns("__pycache__", "ruff.toml")
    shutil.copytree(ROOT / "healthnews", copy / "healthnews", ignore=ignore)
    shutil.copytree(ROOT / "parsers", copy / "parsers", ignore=ignore)
    (copy / "healthnews" / "parsers").symlink_to(copy / "parsers")  # what an editable install does in its own way
    (copy / "tests").mkdir()
    shutil.copy(ROOT / "pyproject.toml", copy)
    shutil.copy(ROOT / "tests" / "test_golden.py", copy / "tests")
    commands = tmp_path / "bin"
    commands.mkdir()
    for name, start in (("healthnews", f'"{sys.executable}" -m healthnews'), ("python", f'"{sys.executable}"')):
        (commands / name).write_text(f'#!/bin/sh\nexec {start} "$@"\n')
        (commands / name).chmod(0o755)
    return copy


def local(text: str, site: Site) -> str:
    """The guide's text for the site on loopback, which has no name and a port."""
    text = text.replace(f"https://{HOST}", site.url("").rstrip("/")).replace(f'host = "{HOST}"', f'host = "{site.host}"')
    text = text.replace(HOST, "127.0.0.1").replace(MODULE, "site_127_0_0_1")
    return re.sub(r"^(healthnews (?:freeze|crawl))\b", r"\1 --allow-address 127.0.0.0/8", text, flags=re.MULTILINE)


def run(commands: str, checkout: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HEALTHNEWS_", "PYTEST_"))}
    environment["PATH"] = f"{checkout.parent / 'bin'}{os.pathsep}{environment['PATH']}"
    environment |= {"HEALTHNEWS_CRAWL_DELAY_SECONDS": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=checkout,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def apply(patch: str, path: Path) -> None:
    """Change a file as a diff says that keeps its first line: the lines with + come behind it."""
    lines = patch.splitlines()
    before = "\n".join(line[1:] for line in lines if line[0] in " -")
    after = "\n".join(line[1:] for line in lines if line[0] in " +")
    code = path.read_text(encoding="utf-8")
    assert code.count(before) == 1, code
    path.write_text(code.replace(before, after), encoding="utf-8")


def test_the_steps_of_the_guide_lead_to_a_parser_with_reviewed_pages(checkout: Path, site: Site) -> None:
    done = [follow(step, checkout, site) for step in steps()]
    assert [step.kind for step in steps()] == ["run", "run", "patch", "run", "run", "file", "run"]
    made = next(out for out in done if "site_127_0_0_1" in out and "generic" in out)
    assert "新生儿什么时候参加医保" in made
    assert "住院押金一般交多少" in made
    golden = json.loads((checkout / "tests" / "pages" / "127.0.0.1" / "1001.json").read_text(encoding="utf-8"))
    article = golden["article"]
    assert golden["reviewed"] is True
    assert (article["parser"], article["title"]) == ("site_127_0_0_1", "新生儿什么时候参加医保")
    assert (article["source"], article["author"], article["published_at"]) == ("健康站", "王宁", "2026-02-01T10:20+08:00")
    assert article["tags"] == ["医保", "问答1"]
    assert article["body"].count("\n") == 1
    assert (checkout / "tests" / "pages" / "127.0.0.1" / "1001.html").read_bytes() == PAGES["/answers/1001.html"]
    articles = pd.read_parquet(checkout / "data" / "clean" / "latest" / "articles.parquet")
    assert set(articles["parser"]) == {"site_127_0_0_1"}
    assert set(articles["title"]) == {"新生儿什么时候参加医保", "住院押金一般交多少"}


def follow(step: Step, checkout: Path, site: Site) -> str:
    """What a step printed; a step that should fail does, with what the guide says."""
    text, what = local(step.text, site), local(step.what, site)
    if step.kind == "file":
        (checkout / what).write_text(text, encoding="utf-8")
        return ""
    if step.kind == "patch":
        apply(text, checkout / what)
        return ""
    done = run(text, checkout)
    said = done.stdout + done.stderr
    expected = re.fullmatch(r'fails with "(.+)"', what)
    assert (done.returncode != 0) == bool(expected), said
    assert expected is None or expected[1] in said, said
    return said
