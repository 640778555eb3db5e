"""Duplicates of a data folder: brought up to date page by page, killed in the middle, recomputed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from healthnews.claims.contradictions import compare_all
from healthnews.dataset.store import Store
from healthnews.duplicates.index import DuplicateIndex
from healthnews.pipeline.analysis import analyze, statements_of_variants
from healthnews.pipeline.copies import read_copies
from healthnews.pipeline.deduplication import recommendations
from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from healthnews.pipeline.queries import Dataset

TEXT = (
    "职工医保个人账户里的钱归本人所有\uff0c余额到了年底不会清零\uff0c会结转到下一年继续使用。参保人可以用它支付门诊费、药店买药的费用\uff0c"
    "也可以为配偶、父母和子女缴纳居民医保的保费。退休人员按定额划入\uff0c每月到账的时间各地不同\uff0c可以在手机上查询。"
    "如果换了工作\uff0c账户随本人转移。"
)
TITLE = "个人账户年底会清零吗"
TABLES = ("duplicates", "clusters", "duplicate_edges")


def page(url: str, title: str, text: str, **more: Any) -> dict[str, Any]:
    return {"url": url, "title": title, "text": text, **more}


PAGES = [
    page("https://a.example/1", TITLE, TEXT, published_at="2025-01-01"),
    page("https://b.example/1", TITLE, TEXT.replace("手机上", "网上") + "转给家人看看。"),
    page("https://c.example/1", TITLE, TEXT.replace("不会清零", "会清零"), published_at="2025-02-01"),
    page("https://d.example/1", "个人账户年底会不会清零", TEXT, related=[{"title": TITLE, "url": "https://b.example/1"}]),
]


CITIES = ("菏泽", "聊城", "济南", "青岛", "烟台")
OF_CITIES = [page(f"https://x.example/{n}", f"{city}医保在哪里查", f"{city}的{TEXT}") for n, city in enumerate(CITIES)]


def put(where: Path, *pages: dict[str, Any]) -> str:
    path = where / f"{len(list(where.iterdir()))}.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in pages), encoding="utf-8")
    return str(path)


def rows(folder: DataFolder) -> list[list[Any]]:
    return [Dataset(folder).rows(name) for name in TABLES]


def test_page_by_page_is_the_same_as_all_at_once_and_as_a_full_recomputation(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    for one in PAGES:
        ingest(folder, [put(tmp_path, one)])
    found = rows(folder)
    assert {row.kind for row in found[0]} == {"exact", "near", "same_question"}
    shutil.rmtree(folder.duplicate_index)
    analyze(folder)
    assert rows(folder) == found
    assert not analyze(folder).changed
    assert analyze(folder, full=True).claimed == len(Dataset(folder).articles())
    assert rows(folder) == found


def test_a_template_grows_page_by_page_and_what_titles_retell_of_it_is_not_shown(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    for one in OF_CITIES:
        ingest(folder, [put(tmp_path, one)])
    found = rows(folder)
    by_basis = {row.basis: row for row in found[1]}
    assert sorted(by_basis) == ["text", "title"]
    assert {row.members for row in by_basis.values()} == {len(CITIES)}
    assert [view.cluster.basis for view in read_copies(Dataset(folder)).clusters] == ["text"]
    shutil.rmtree(folder.duplicate_index)
    analyze(folder)
    assert rows(folder) == found
    ingest(folder, [put(tmp_path, page("https://x.example/9", "潍坊医保在哪里查", "拨打电话问一问就知道了\uff0c工作日都有人接听。" * 3))])
    assert [(view.cluster.basis, view.cluster.members) for view in read_copies(Dataset(folder)).clusters] == [("title", 6), ("text", 5)]


def test_a_run_that_stops_before_its_index_is_written_is_made_up_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = DataFolder(tmp_path / "data")
    ingest(folder, [put(tmp_path, *PAGES[:2])])

    def killed(*_: object, **__: object) -> bool:
        raise KeyboardInterrupt

    for place, more in (("commit", PAGES[2]), ("update", PAGES[3])):
        with monkeypatch.context() as patch:
            patch.setattr(DuplicateIndex, place, killed)
            with pytest.raises(KeyboardInterrupt):
                ingest(folder, [put(tmp_path, more)])
        analyze(folder)
        assert more["url"] in {row.url for row in rows(folder)[0]}
    found = rows(folder)
    analyze(folder, full=True)
    assert rows(folder) == found


def test_variants_are_shown_and_their_statements_compared(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    ingest(folder, [put(tmp_path, *PAGES)])
    dataset = Dataset(folder)
    view = read_copies(dataset, kinds=["variant"])
    assert not view.clusters
    shown = view.variants[0].differences[0]
    assert (shown.kind, {shown.a.words, shown.b.words}) == ("polarity", {"", "不"})
    assert "余额到了年底" in shown.a.before
    claims = list(dataset.claims().values())
    wanted = statements_of_variants(dataset.rows("duplicate_edges"), claims)
    sentences = {claim.statement_id: claim.sentence for claim in claims}
    assert any({"不会清零" in sentences[a], "不会清零" in sentences[b]} == {True, False} for a, b in wanted)
    assert all(pair in {(row.a_statement_id, row.b_statement_id) for row in compare_all(claims, {}, wanted=[pair]).rows} for pair in wanted)


def test_the_journal_tells_what_became_of_clusters(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    other = "看牙要先挂口腔科的号\uff0c医生检查以后再拍片子\uff0c种植牙的费用各家医院不同\uff0c集采以后便宜了一半\uff0c公立医院都能做。"
    ingest(folder, [put(tmp_path, *PAGES[:2], page("https://e.example/1", "种牙", other), page("https://f.example/1", "种牙", other))])
    assert Dataset(folder).cluster_changes() == []
    ingest(folder, [put(tmp_path, page("https://e.example/1", TITLE, TEXT), page("https://f.example/1", TITLE, TEXT))])
    changes, clusters = Dataset(folder).cluster_changes(), {row.cluster_id for row in Dataset(folder).rows("clusters")}
    assert changes
    assert all(row.cluster_id not in clusters and clusters.issuperset(row.other_ids) for row in changes)


def test_recommended_pages_are_counted_once_for_each_page_that_recommends_them(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    ingest(folder, [put(tmp_path, *PAGES)])
    counts = recommendations(Store(folder.tables))
    target = next(key for key, article in Dataset(folder).articles().items() if article.url == "https://b.example/1")
    assert counts == {target: 1}
