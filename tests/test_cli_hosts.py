"""How `status` shows the hosts of a crawl on a terminal, and `doctor` what it looked at."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from rich.cells import cell_len

from healthnews.cli.finding_lines import finding_lines
from healthnews.cli.host_lines import host_lines
from healthnews.pipeline.health import Finding
from healthnews.pipeline.host_status import HostStatus

FAILED = Counter({"http_404": 12, "robots": 3, "robots_unreachable": 1, "not_an_article": 3, "blocked_address": 1, "unsupported_type": 2})
HOSTS = [
    HostStatus("a.example", due=1_234_567, fetched=12, failed=FAILED, last_success_at=datetime(2026, 3, 1, 8, 5, tzinfo=UTC)),
    HostStatus("www.a-very-long-name-of-a-health-site.example:8080", quarantined=2),
    HostStatus("xn--ruqw5f.xn--fiqs8s", unchanged=7),
]


@pytest.mark.parametrize("width", [80, 100, 140])
def test_each_host_has_its_counts_in_columns_and_no_word_is_broken(width: int) -> None:
    heading, *lines = host_lines(HOSTS, width)
    assert max(cell_len(line) for line in lines) <= width
    text = "\n".join(lines)
    assert all(f"{reason} {count}" in text for reason, count in FAILED.items())
    assert all(host in text for host in ("a.example", "www.a-very-long-name-of-a-health-site.example:8080", "\u533b\u4fdd.\u4e2d\u56fd"))
    ends = {cell_len(line) for line in lines if line.endswith(("never", "08:05"))}
    assert ends == {len(heading.removeprefix("# "))}, "the columns stand under their names"


def test_reasons_stand_under_their_host_the_most_frequent_first() -> None:
    lines = list(host_lines(HOSTS[:1], 200))
    assert lines[2].strip().startswith("http_404 12, not_an_article 3, robots 3, unsupported_type 2")


def test_no_host_is_a_heading_alone() -> None:
    assert len(list(host_lines([], 80))) == 1


def test_what_is_wrong_is_marked_and_what_to_do_stands_under_it() -> None:
    findings = [Finding("disk", True, "9.0 GB free at /data"), Finding("archive", False, "a record is damaged", "put back a copy")]
    assert list(finding_lines(findings)) == [
        "ok     disk     9.0 GB free at /data",
        "WRONG  archive  a record is damaged",
        "                \u2192 put back a copy",
    ]
