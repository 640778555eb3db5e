"""The guide for analysts runs as it stands, over a release of the sample texts."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from healthnews.pipeline.publication import publish, publish_options
from tests.conftest import write_dumps

GUIDE = Path(__file__).parents[1] / "docs" / "analyst-guide.md"


@pytest.mark.parametrize("text", ["full", "excerpt"])
def test_every_block_of_the_guide_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    folder = DataFolder(tmp_path / "data")
    ingest(folder, [str(write_dumps(tmp_path / "dumps", 2))])
    ingest(folder, [str(write_dumps(tmp_path / "more", 6))], with_release=False)
    publish(folder, publish_options(formats="csv", text=text))
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"<!-- run(?:: (.*?))? -->\n```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 13
    names: dict[str, object] = {}
    for needs, code in blocks:
        if needs not in ("duckdb", "polars") or find_spec(needs) is not None:
            exec(compile(code, f"{GUIDE.name}: {needs or code[:40]!r}", "exec"), names)
    printed = capsys.readouterr().out
    assert re.search("  A 职工医保个人账户的余额.*\n    第.*会怎样 无网址 no address\n  B 职工医保", printed)
    assert re.search(r"flagged\s+\d", printed)
    assert "cff-version: 1.2.0" in printed
    assert re.search(r"articles\s+ADD\s+\d", printed)
