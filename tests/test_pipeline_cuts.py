"""What a topic in too many articles leaves out is told, and a pair that was judged is never left out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from healthnews.claims import contradictions
from healthnews.dataset import work
from healthnews.dataset.store import Store
from healthnews.pipeline.analysis import analyze
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from healthnews.pipeline.judging import judge


@pytest.fixture
def crowded(folder: DataFolder, tmp_path: Path) -> DataFolder:
    """A hundred pages say yes and a hundred say no, all in other words: more than one block compares."""
    pages = tmp_path / "pages.jsonl"
    rows = [
        {
            "url": f"https://a.example/{number}",
            "title": f"窗口答复{number}",
            "text": f"第{number}号窗口说账户余额{'不' if number % 2 else ''}会清零\uff0c编号{number}。",
        }
        for number in range(200)
    ]
    pages.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    ingest(folder, [str(pages)])
    return folder


def test_analysis_tells_what_it_left_out(crowded: DataFolder) -> None:
    summary = analyze(crowded, full=True)
    assert summary.large_topics == ("年底清零",)
    assert summary.not_compared == 100 * 100 - 40 * 40
    assert summary.not_listed > 0
    command = [sys.executable, "-m", "healthnews", "analyze", "--data", str(crowded.root)]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    assert f"pairs_not_compared\t{summary.not_compared}" in done.stdout.decode()
    assert "1 topics have too many statements to compare all (年底清零)" in done.stderr.decode()


def test_a_judged_pair_stays_listed_when_its_topic_becomes_too_large(crowded: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(crowded.tables)
    judged, *others = [row for row in work.read(store, "contradictions") if row.status == "flagged"]
    assert others
    judge(crowded, judged.contradiction_id, "accept", reason=None, judged_by="tester")
    monkeypatch.setattr(contradictions, "MAX_BLOCK_ROWS", {"flagged": 0, "possible": 0, "scope_difference": 0})
    summary = analyze(crowded)
    assert work.read(store, "contradictions") == [judged]
    assert summary.contradictions == {"accepted": 1}
