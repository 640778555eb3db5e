"""The four real pages, from dump to contradictions, through the whole pipeline; they stay outside the project."""

import shutil
from itertools import pairwise
from pathlib import Path

import pytest

from healthnews.pipeline.folder import DataFolder
from healthnews.pipeline.ingestion import ingest
from healthnews.pipeline.queries import Dataset
from healthnews.records import ArticleRow, ContradictionRow, RelatedLinkRow
from tests.claims_seeds import SEEDS
from tests.markups import require_seeds


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    require_seeds()
    folder = DataFolder(tmp_path_factory.mktemp("seeds") / "data")
    summary = ingest(folder, [str(SEEDS)])
    assert summary.failures == []
    return Dataset(folder)


@pytest.fixture(scope="module")
def pages(dataset: Dataset) -> list[ArticleRow]:
    """The four pages in the order of their files."""
    captures = {row.capture_id: row.url for row in dataset.rows("captures")}
    return sorted((row for row in dataset.rows("articles") if row.record == "page"), key=lambda row: captures[row.capture_id])


def test_four_pages_and_eighty_stubs_make_eighty_four_articles(dataset: Dataset) -> None:
    kinds = [row.record for row in dataset.rows("articles")]
    assert (kinds.count("page"), kinds.count("stub"), len(kinds)) == (4, 80, 84)


def test_eighty_related_links_have_title_snippet_tag_and_date(dataset: Dataset) -> None:
    links: list[RelatedLinkRow] = dataset.rows("related_links")
    assert len(links) == 80
    assert all(link.title and link.snippet and link.tag == "健康新闻" for link in links)
    assert sorted({str(link.published_at)[:10] for link in links}) == ["2025-04-19", "2025-04-22"]
    positions = [[link.position for link in links if link.article_id == key] for key in {link.article_id for link in links}]
    assert all(list(found) == list(range(1, 21)) for found in positions)


def test_leads_are_those_that_sum_up_the_answer(pages: list[ArticleRow]) -> None:
    first_blocks = [(page.body or "").split("\n")[0] for page in pages]
    assert [page.lead for page in pages] == ["未参保、账户冻结、政策差异", first_blocks[1], None, first_blocks[3]]


def test_sections_have_level_and_heading(pages: list[ArticleRow]) -> None:
    headings = {(section.level, section.heading) for section in pages[0].sections}
    assert {(1, "参保类型与待遇差异"), (2, "灵活就业人员参保"), (1, "解决建议")} <= headings
    for page in pages:
        found = "\n".join(section.text for section in page.sections)
        assert all(
            block in found or any(block.endswith(s.heading or "\0") for s in page.sections) for block in (page.body or "").split("\n")
        )


def test_the_disclaimer_is_noted_and_off_the_body(pages: list[ArticleRow]) -> None:
    for page in pages:
        assert (page.disclaimer or "").startswith("提示")
        assert "提示:" not in (page.body or "")


def test_not_a_character_of_related_text_is_in_a_body(dataset: Dataset, pages: list[ArticleRow]) -> None:
    for page in pages:
        dump = next(
            path.read_text(encoding="utf-8") for path in SEEDS.glob("*.txt") if path.read_text(encoding="utf-8").startswith(page.title)
        )
        own = "".join(dump.split("提示:")[0].split())
        assert "".join(f"{page.title}{page.body}".split()) == own


def test_the_four_pages_have_no_date_and_the_stubs_have_their_own(dataset: Dataset, pages: list[ArticleRow]) -> None:
    assert [(page.published_at, page.published_at_source) for page in pages] == [(None, "not_in_page")] * 4
    stubs = [row for row in dataset.rows("articles") if row.record == "stub"]
    assert {row.published_at_source for row in stubs} == {"related_block"}


def test_equal_questions_are_found_over_all_titles(dataset: Dataset) -> None:
    titles = dataset.titles()
    found = {titles[row.article_id] for row in dataset.duplicates() if row.kind == "same_question"}
    assert found == {"怎样取消医保家庭共济账户", "怎么取消医保家庭共济账户"}


def clash(dataset: Dataset, one: str, other: str) -> list[ContradictionRow]:
    """Flagged contradictions of which one sentence has the first words and the other the second."""
    return [
        row
        for row in dataset.contradictions()
        if any(one in a and other in b for a, b in pairwise((row.a_sentence, row.b_sentence, row.a_sentence)))
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("部分地区存在年底清零现象", "均不会年底清零"),
        ("如年度清零", "均不会年底清零"),
        ("单位缴费进入统筹账户", "划入个人账户"),
        ("退休前个人账户不享受待遇", "按比例一次性划入"),
    ],
)
def test_statements_that_cannot_both_be_true_are_flagged(dataset: Dataset, one: str, other: str) -> None:
    assert clash(dataset, one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("说法不实", "均不会年底清零"),
        ("累计缴费满25年", "武汉"),
        ("说法不实", "不因当年未使用而清零"),
        ("居民医保本身不设个人账户", "职工"),
        ("均不会年底清零", "可结转"),
    ],
)
def test_statements_that_agree_or_differ_in_scope_are_not_flagged(dataset: Dataset, one: str, other: str) -> None:
    assert not clash(dataset, one, other)


def test_a_change_of_a_rule_does_not_contradict_itself(dataset: Dataset) -> None:
    assert not [row for row in dataset.contradictions() if "2.5%" in row.a_sentence and "2.5%" in row.b_sentence]


def test_offsets_give_back_every_sentence(dataset: Dataset) -> None:
    articles = dataset.articles()
    for claim in dataset.claims().values():
        text = getattr(articles[claim.article_id], claim.origin)
        assert text[claim.start : claim.end] == claim.sentence
        assert claim.start <= claim.cue_start <= claim.cue_end <= claim.end


def test_the_order_of_ingestion_does_not_change_the_analysis(dataset: Dataset, tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    for number, path in enumerate(sorted(SEEDS.glob("*.txt"), reverse=True)):
        copy = tmp_path / f"{number}.txt"
        shutil.copy(path, copy)
        ingest(folder, [str(copy)], with_analysis=number == 3, with_release=False)
    assert Dataset(folder).rows("contradictions") == dataset.rows("contradictions")
    assert Dataset(folder).rows("duplicates") == dataset.rows("duplicates")


def test_a_stub_met_again_as_page_is_one_row_with_its_first_id(dataset: Dataset, tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    (first, *_) = sorted(SEEDS.glob("*.txt"))
    ingest(folder, [str(first)], with_analysis=False)
    stub = next(row for row in Dataset(folder).rows("articles") if row.record == "stub")
    page = tmp_path / "page.jsonl"
    text = f"{stub.snippet}等情况。\\n其余按当地规定办理。"
    page.write_text(f'{{"url": "https://m.example/health/1.html", "title": "{stub.title}", "text": "{text}"}}\n', encoding="utf-8")
    ingest(folder, [str(page)], with_analysis=False)
    (row,) = (row for row in Dataset(folder).rows("articles") if row.title == stub.title)
    assert (row.article_id, row.record, row.url) == (stub.article_id, "page", "https://m.example/health/1.html")
    assert len(Dataset(folder).rows("articles")) == 21
