"""The three functions of the package, as an analyst calls them."""

import subprocess
import sys

import healthnews

PAGE = "<html><body><h1>医保账户的钱怎么用</h1><p>账户的钱可以付门诊的费用,也可以在药店买药。</p></body></html>"


def test_extract_reads_text_and_bytes_as_often_as_wanted() -> None:
    assert healthnews.extract(PAGE).title == "医保账户的钱怎么用"
    assert healthnews.extract(PAGE.encode("gb18030"), "https://a.example/1").url == "https://a.example/1"


def test_extract_is_a_function_whatever_was_imported_before() -> None:
    imports = "import healthnews.extract.registry, healthnews.pipeline.ingestion, healthnews"
    code = f"{imports}; healthnews.extract({PAGE!r}); healthnews.extract({PAGE!r})"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_extract_survives_a_lone_surrogate() -> None:
    assert healthnews.extract(PAGE.replace("可以付", "可以\ud800付")).title == "医保账户的钱怎么用"


def test_compare_gives_a_verdict() -> None:
    verdict = healthnews.compare("职工医保个人账户余额年底一律清零。", "职工医保个人账户余额年底不会清零。")
    assert (verdict.label, verdict.type) == ("contradict", "negation")
