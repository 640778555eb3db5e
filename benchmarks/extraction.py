"""Extraction on the shared development pages: our extractor and the peers on the same pages in one run.

    python benchmarks/extraction.py [--quick] [--json] [--set DIR] [--memory-pages N] [--write]
    python benchmarks/extraction.py --alone [--worst N]

Title, date and body are scored by the set's own scorer, every extractor in a process of its own. Peers that are not installed
(`pip install -e .[bench]`) are shown with the figures that came with the set, marked "recorded". Speed is in CPU seconds: reading
and decoding are left out for the peers; ours is given both ways. `--alone` runs our extractor only, in seconds.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.extraction_figures import CHINESE, figures_table, measures_table, write_figures
from benchmarks.extraction_memory import COUNT as MEMORY_PAGES
from benchmarks.extraction_peers import PeerRun, installed_version, recorded_peers, run_peer, run_peers
from benchmarks.report import Measure, print_measures

FOLDER = Path(__file__).parent
DEFAULT_SET = FOLDER.parents[1] / "shared" / "benchmarks" / "extraction"
COLUMNS = ("n", "title=", "title~", "date", "wrong", "none", "author", "P", "R", "F1", "<.5", "charF1", "aebF1", "snip")
FIELD_OF = {
    "title=": "title",
    "title~": "title",
    "date": "date",
    "wrong": "date",
    "none": "date",
    "author": "author",
    "snip": "snippets_in",
}
"""What a page must be annotated with to count in a column; `body` in all others."""
SPEED_PEER = "trafilatura"
MIN_SPEED_RATIO, MIN_PAGES_PER_SECOND = 12.0, 300.0
OURS = "healthnews"
QUICK_SHARE, QUICK_MEMORY_PAGES = 3, 1_000
Row = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """One figure of the issue: a column over some sets."""

    name: str
    sets: tuple[str, ...]
    column: str
    bound: float
    at_least: bool = True


TARGETS = (
    Target("Chinese: title right", CHINESE, "title=", 0.90),
    Target("Chinese: date right", CHINESE, "date", 0.95),
    Target("Chinese: date wrong", CHINESE, "wrong", 0.03, at_least=False),
    Target("Chinese: body F1", ("zh",), "F1", 0.965),
    Target("Chinese: bodies below .5", ("zh",), "<.5", 0.03, at_least=False),
    Target("aeb: body aebF1", ("aeb",), "aebF1", 0.95),
    Target("wcxb: body F1", ("wcxb",), "F1", 0.94),
)


def load_scorer(folder: Path) -> ModuleType:
    """The set's own score.py."""
    spec = importlib.util.spec_from_file_location("extraction_score", folder / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_truths(part: Path) -> list[Row]:
    """The ground truth of a part, in its order."""
    return [json.loads(line) for line in (part / "ground-truth.jsonl").read_text("utf-8").splitlines() if line.strip()]


def make_quick_part(part: Path, folder: Path) -> Path:
    """A part of every third page of each set; its pages stay where they are."""
    seen: Counter[str] = Counter()
    chosen = []
    for truth in read_truths(part):
        if seen[truth["set"]] % QUICK_SHARE == 0:
            chosen.append(json.dumps(truth, ensure_ascii=False))
        seen[truth["set"]] += 1
    quick = folder / "dev"
    quick.mkdir()
    (quick / "ground-truth.jsonl").write_text("\n".join(chosen) + "\n", encoding="utf-8")
    (quick / "html").symlink_to(part.resolve() / "html")
    return quick


def run_script(name: str, *arguments: str) -> Row:
    """Run another benchmark script; its last line is a JSON object.

    Raises:
        RuntimeError: It failed.
    """
    command = [sys.executable, str(FOLDER / name), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr[-800:]}")
    row: Row = json.loads(done.stdout.splitlines()[-1])
    return row


def leave_out_absent(row: Row) -> Row:
    """A set's row without the columns of a field that the extractor never gives: it has no figure there, not a bad one."""
    absent: set[str] = set()
    if row.get("title~") == 0:
        absent |= {"title=", "title~"}
    if row.get("none") == 1:
        absent |= {"date", "wrong", "none"}
    if row.get("R") == 0:
        absent |= {"P", "R", "F1", "<.5", "charF1", "aebF1", "snip"}
    return {column: value for column, value in row.items() if column not in absent}


def score_sets(scorer: ModuleType, truths: list[Row], predictions: Row) -> dict[str, Row]:
    """The scorer's row of each set."""
    by_set: dict[str, list[Row]] = defaultdict(list)
    for page in scorer.score(truths, predictions).values():
        by_set[page["set"]].append(page)
    return {name: scorer.summarise(rows) for name, rows in sorted(by_set.items())}


def combine(scores: dict[str, Row], target: Target, annotated: Counter[tuple[str, str]]) -> float | None:
    """A column over several sets, each weighed by its annotated pages; None where a set has no figure."""
    field = FIELD_OF.get(target.column, "body")
    weights = {name: annotated[name, field] for name in target.sets}
    values: dict[str, float | None] = {name: scores.get(name, {}).get(target.column) for name in target.sets}
    given = {name: value for name, value in values.items() if value is not None}
    if len(given) < len(values) or not sum(weights.values()):
        return None
    return sum(given[name] * weights[name] for name in given) / sum(weights.values())


def count_annotated(truths: Iterable[Row]) -> Counter[tuple[str, str]]:
    """How many pages of a set are annotated with a field."""
    return Counter((truth["set"], field) for truth in truths for field, value in truth.items() if value)


def label(peer: str, run: PeerRun) -> str:
    return f"{peer} {run.version}" if run.version else f"{peer} (recorded)"


def compare(target: Target, scores: dict[str, dict[str, Row]], annotated: Counter[tuple[str, str]]) -> Measure | None:
    """Our figure beside that of the best peer; None where the pages have none."""
    ours = combine(scores[OURS], target, annotated)
    if ours is None:
        return None
    rivals = {name: value for name, rows in scores.items() if name != OURS and (value := combine(rows, target, annotated)) is not None}
    if not target.at_least:
        # A peer that gives no date is never wrong: only those that give one for most pages count.
        given = Target("", target.sets, "none" if target.column == "wrong" else "R", 0)
        rivals = {name: value for name, value in rivals.items() if _answers(combine(scores[name], given, annotated), target.column)}
    best = (max if target.at_least else min)(rivals, key=lambda name: rivals[name], default="none")
    theirs = rivals.get(best, 0.0)
    holds = ours >= target.bound if target.at_least else ours <= target.bound
    sign = ">=" if target.at_least else "<="
    return Measure(round(ours, 4), best, round(theirs, 4), round(ours / theirs, 3) if theirs else 0.0, f"{sign} {target.bound}", holds)


def _answers(figure: float | None, column: str) -> bool:
    return figure is not None and (figure < 0.2 if column == "wrong" else figure > 0.5)


def pages_per_second(ours: Row) -> float:
    """Our speed on the peers' terms: without reading, decoding and keywords."""
    return float(ours["pages"] / (ours["whole_seconds"] - ours["keyword_seconds"] - ours["decoding_seconds"]))


def measure_speed(ours: Row, peer: PeerRun) -> dict[str, Measure]:
    """Our speed, with and without what the peers' figures leave out, beside trafilatura's."""
    name, theirs = label(SPEED_PEER, peer), peer.pages_per_second
    with_decoding = ours["pages"] / (ours["whole_seconds"] - ours["keyword_seconds"])
    alone = pages_per_second(ours)
    whole = ours["pages"] / ours["whole_seconds"]
    ratio, least = f">= {MIN_SPEED_RATIO:g} x", MIN_PAGES_PER_SECOND
    return {
        "pages/CPU s, decoding left out": Measure(alone, name, theirs, alone / theirs, ratio, alone / theirs >= MIN_SPEED_RATIO),
        "pages/CPU s, decoding included": Measure(
            with_decoding, name, theirs, with_decoding / theirs, f">= {least:g}", with_decoding >= least
        ),
        "pages/CPU s, with keywords too": Measure(whole, name, theirs, whole / theirs, "", None),
    }


def print_scores(scores: dict[str, dict[str, Row]], sets: Iterable[str]) -> None:
    print(f"{'set':<10}{'extractor':<28}" + "".join(f"{column:>7}" for column in COLUMNS))
    for name in sets:
        for extractor, rows in scores.items():
            if row := rows.get(name):
                cells = (row["n"] if c == "n" else "-" if row.get(c) is None else f"{row[c]:.3f}" for c in COLUMNS)
                print(f"{name:<10}{extractor[:27]:<28}" + "".join(f"{cell:>7}" for cell in cells))


def print_speeds(ours: Row, peers: dict[str, PeerRun]) -> None:
    mean = ours["bytes"] / ours["pages"] / 1000
    print(f"\nCPU seconds of {ours['pages']} pages of {mean:.0f} KB (mean), best of several rounds for us and {SPEED_PEER}")
    print(f"{'extractor':<28}{'pages/s':>9}{'x bs4':>8}{'peak MB':>9}{'errors':>8}")
    print(f"{OURS:<28}{pages_per_second(ours):>9.1f}{'':>8}{ours['peak_rss_mb']:>9}{len(ours['failures']):>8}")
    for peer, run in sorted(peers.items(), key=lambda pair: -pair[1].pages_per_second):
        print(f"{label(peer, run)[:27]:<28}{run.pages_per_second:>9.1f}{run.times_reference:>8.2f}{run.peak_megabytes:>9}{run.errors:>8}")


def write_page(
    scores: dict[str, dict[str, Row]],
    annotated: Counter[tuple[str, str]],
    ours: Row,
    peers: dict[str, PeerRun],
    measures: dict[str, Measure],
) -> None:
    """Put the figures into docs/extraction.md."""
    speeds = {label(peer, run): run.pages_per_second for peer, run in peers.items()} | {OURS: pages_per_second(ours)}

    def figure(extractor: str, sets: tuple[str, ...], column: str) -> float | None:
        return combine(scores[extractor], Target("", sets, column, 0), annotated)

    write_figures([measures_table(measures), figures_table(list(scores), figure, speeds)])


def run_speed_pair(folder: Path, part: Path, work: Path, *, turns: int) -> tuple[Row, PeerRun | None]:
    """Ours and trafilatura by turns, nothing else beside them; of each the quickest turn."""
    ours: list[Row] = []
    theirs: list[PeerRun] = []
    for _ in range(turns):
        ours.append(run_script("extraction_ours.py", str(part), str(work / "ours.json")))
        if installed_version(SPEED_PEER):
            theirs.append(run_peer(SPEED_PEER, folder / "run_peers.py", part, work / f"{SPEED_PEER}.json"))
    # One turn is taken whole: its parts belong to each other.
    best = min(ours, key=lambda row: float(row["whole_seconds"]))
    return best, max(theirs, key=lambda run: run.pages_per_second, default=None)


def run_all(folder: Path, part: Path, work: Path, *, quick: bool) -> tuple[Row, dict[str, PeerRun]]:
    """Our run and those of the peers."""
    ours, speed_peer = run_speed_pair(folder, part, work, turns=1 if quick else 2)
    done = frozenset([SPEED_PEER]) if speed_peer else frozenset[str]()
    peers = run_peers(folder, part, work, processes=os.cpu_count() or 1, leave_out=done)
    return ours, peers | ({SPEED_PEER: speed_peer} if speed_peer else {})


def print_worst(scorer: ModuleType, truths: list[Row], predictions: Row, count: int) -> None:
    pages = scorer.score(truths, predictions)
    for identifier, page in sorted(((i, p) for i, p in pages.items() if "F1" in p), key=lambda pair: pair[1]["F1"])[:count]:
        print(f"{identifier:<16} F1 {page['F1']:.3f}  P {page['P']:.3f}  R {page['R']:.3f}")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="every third page, less memory, within 60 s")
    parser.add_argument("--json", action="store_true", help="the last line is one JSON object of measures")
    parser.add_argument("--set", type=Path, default=DEFAULT_SET, help="folder with dev/, score.py, run_peers.py and baselines.json")
    parser.add_argument("--alone", action="store_true", help="our extractor only, beside the recorded figures of all peers")
    parser.add_argument("--worst", type=int, default=0, help="list this many bodies with the lowest F1; implies --alone")
    parser.add_argument("--write", action="store_true", help="put the figures into docs/extraction.md")
    parser.add_argument("--memory-pages", type=int, help=f"pages of the memory measure (default {MEMORY_PAGES:,}), 0 for none")
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    if not (options.set / "score.py").exists():
        print(f"skipped: the development pages are not at {options.set}; name their folder with --set", file=sys.stderr)
        if options.json:
            print("{}")
        return 0
    alone = options.alone or options.worst > 0
    scorer = load_scorer(options.set)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        part = make_quick_part(options.set / "dev", work) if options.quick else options.set / "dev"
        if alone:
            ours = run_script("extraction_ours.py", str(part), str(work / "ours.json"))
            peers = recorded_peers(json.loads((options.set / "baselines.json").read_text("utf-8"))["dev"])
        else:
            ours, peers = run_all(options.set, part, work, quick=options.quick)
        truths = read_truths(part)
        predictions = json.loads((work / "ours.json").read_text("utf-8"))
    scores = {OURS: score_sets(scorer, truths, predictions)}
    for peer, run in peers.items():
        rows = run.scores if run.predictions is None else score_sets(scorer, truths, run.predictions)
        scores[label(peer, run)] = {name: leave_out_absent(row) for name, row in rows.items()}
    print_scores(scores, sorted({truth["set"] for truth in truths}))
    print_speeds(ours, peers)
    for failure in ours["failures"]:
        print(f"no article: {failure}")
    print_worst(scorer, truths, predictions, options.worst)
    annotated = count_annotated(truths)
    measures = {target.name: found for target in TARGETS if (found := compare(target, scores, annotated))}
    measures |= measure_speed(ours, peers[SPEED_PEER])
    pages = options.memory_pages if options.memory_pages is not None else QUICK_MEMORY_PAGES if options.quick else MEMORY_PAGES
    if pages and not alone:
        measures |= {name: Measure(**row) for name, row in run_script("extraction_memory.py", "--json", "--count", str(pages)).items()}
    if options.write:
        write_page(scores, annotated, ours, peers, measures)
    print()
    print_measures(measures, as_json=options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
