"""Every frozen page is read as was reviewed: tests/pages/<host>/<name>.html with its .meta, and the golden file .json.

A page without a golden file gets one; the test then fails until somebody has reviewed it. docs/add-a-site.md tells how.
"""

from pathlib import Path

import pytest

from healthnews.pipeline.freezing import read_frozen
from healthnews.pipeline.golden import check_golden

ROOT = Path(__file__).parents[1]
FROZEN = [path.relative_to(ROOT) for path in sorted((ROOT / "tests" / "pages").rglob("*.html"))]


@pytest.mark.parametrize("path", FROZEN, ids=[f"{path.parent.name}/{path.stem}" for path in FROZEN])
def test_a_frozen_page_is_read_as_was_reviewed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    if message := check_golden(read_frozen(path)):
        pytest.fail(message, pytrace=False)
