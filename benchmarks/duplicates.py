"""Duplicates: how quick, how small and how right, beside the libraries that others use.

python benchmarks/duplicates.py [--quick] [--json] [--shared DIR] [--keep DIR]

Times are CPU times. The answers are made, so that their clusters are known: by the generator of `../shared` where it is at hand,
else by rule (`duplicates_answers`). A million answers of 445 characters are searched in a process of its own. Peers that are not
installed are left out.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.duplicates_answers import LONGEST, PART, SHORTEST, write_answers
from benchmarks.duplicates_flips import flip_number, flip_polarity, with_slips
from benchmarks.duplicates_peers import SIGNATURES, datasketch_pairs, missing, quickest
from benchmarks.report import Measure, print_measures
from healthnews.duplicates.columns import AnswerColumns
from healthnews.duplicates.folded import FoldedTexts
from healthnews.duplicates.groups import join_all
from healthnews.duplicates.near import Answer, NearFindings, find_near
from healthnews.duplicates.signatures import sign

ROOT = Path(__file__).parents[1]
SEEDS = (1, 2, 3)
MOST_SECONDS_A_MILLION, MOST_GB, MOST_STARS, MOST_GROWTH = 90.0, 4.0, 1.5, 11.0
LEAST_PRECISION, LEAST_RECALL, MOST_SIBLINGS = 0.995, 0.99, 0.002
LEAST_END_TO_END, MOST_ADDING = 5.0, 1.5
_MILLION = 1_000_000
_SIGNED = 10_000
"""Texts that ours signs; peers are given some of them."""
_TRUTH_LENGTHS = (150, 1_500)
"""Characters of the answers that clusters are counted on."""
Labels = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many answers each part takes, and how often the slowest of them is repeated."""

    signed: int
    end_to_end: int
    truth: int
    flips: int
    small: int
    large: int
    added: int
    rounds: int


FULL = Sizes(signed=4_000, end_to_end=100_000, truth=100_000, flips=10_000, small=100_000, large=_MILLION, added=10_000, rounds=2)
QUICK = Sizes(signed=1_000, end_to_end=5_000, truth=10_000, flips=1_000, small=20_000, large=100_000, added=1_000, rounds=1)


class Answers:
    """Files of generated answers, each made once."""

    def __init__(self, where: Path, shared: Path) -> None:
        """Keep them in a folder."""
        self._where, self._shared = where, shared
        where.mkdir(parents=True, exist_ok=True)

    def paths(self, count: int, seed: int, lengths: tuple[int, int]) -> list[Path]:
        """Files that hold `count` answers together; every part of them by another seed."""
        made = []
        for number, start in enumerate(range(0, count, PART)):
            size = min(PART, count - start)
            path = self._where / f"{size}_{seed + number}_{lengths[0]}_{lengths[1]}.parquet"
            if not path.exists():
                partial = path.with_suffix(".partial")
                write_answers(partial, size, seed + number, self._shared, lengths)
                partial.rename(path)
            made.append(path)
        return made

    def table(self, count: int, seed: int, lengths: tuple[int, int] = (SHORTEST, LONGEST)) -> pa.Table:
        """The same, read."""
        return pa.concat_tables([pq.read_table(path) for path in self.paths(count, seed, lengths)])


# --- beside the peers ---------------------------------------------------------------------------------------------


def measure_signatures(answers: Answers, sizes: Sizes) -> dict[str, Measure]:
    """CPU microseconds from a text to its band keys."""
    texts: list[str] = answers.table(sizes.small, 11)["text"].slice(0, _SIGNED).to_pylist()
    sign(texts[: max(2_000, sizes.signed)])
    _, ours = quickest({"ours": lambda: sign(texts)}, len(texts), 10)
    folded = FoldedTexts(texts[: sizes.signed])
    given = [folded.shown(number) for number in range(sizes.signed)]
    measures = {}
    for peer, (ways, packages, least) in SIGNATURES.items():
        if package := missing(*packages):
            print(f"{peer} is left out: {package} is not installed")
            continue
        name, theirs = quickest(ways(given), len(given), 3)
        measures[f"signature_us_{peer}"] = Measure(ours, f"{peer} {name}", theirs, theirs / ours, f">= {least:g} x", theirs / ours >= least)
    return measures


def measure_end_to_end(answers: Answers, sizes: Sizes) -> dict[str, Measure]:
    """CPU seconds from texts to pairs that are verified, and the recall of both."""
    if package := missing("datasketch", "xxhash"):
        print(f"datasketch is left out: {package} is not installed")
        return {}
    table = answers.table(sizes.end_to_end, 1, _TRUTH_LENGTHS)
    clusters = np.asarray(table["cluster"])
    columns = AnswerColumns(table["title"], table["text"])
    given = [answer.text for answer in columns[:]]
    find_near(columns[:3_000])
    begun = time.process_time()
    found = find_near(AnswerColumns(table["title"], table["text"]))
    ours = time.process_time() - begun
    folded = FoldedTexts(given)
    texts = [folded.shown(number) for number in range(len(given))]
    begun = time.process_time()
    pairs = np.array(datasketch_pairs(texts), np.int64).reshape(-1, 2)
    theirs = time.process_time() - begun
    recall, their_recall = (
        count_pairs(clusters, labels)[2] for labels in (labels_of(found, len(texts)), join_all(len(texts), *pairs.T)[0])
    )
    ratio = theirs / ours
    return {
        "end_to_end_seconds": Measure(ours, "datasketch", theirs, ratio, f">= {LEAST_END_TO_END:g} x", ratio >= LEAST_END_TO_END),
        "end_to_end_recall": Measure(recall, "datasketch", their_recall, recall / their_recall, "", None),
    }


# --- at a million -------------------------------------------------------------------------------------------------


def measure_scale(answers: Answers, sizes: Sizes) -> dict[str, Measure]:
    """Time, memory and edges of many answers, and the time beside that of a tenth of them."""
    runs = {}
    for count in (sizes.small, sizes.large):
        paths = answers.paths(count, 11, (SHORTEST, LONGEST))
        runs[count] = min((run_script("duplicates_run.py", *paths) for _ in range(sizes.rounds)), key=lambda figures: figures["seconds"])
    small, large = runs.values()
    seconds = large["seconds"] * _MILLION / sizes.large
    growth = (large["seconds"] / small["seconds"]) ** (1 / math.log10(sizes.large / sizes.small))
    an_answer = (large["peak_gb"] - small["peak_gb"]) / (sizes.large - sizes.small)
    gb = large["peak_gb"] + (_MILLION - sizes.large) * an_answer
    return {
        "cpu_seconds_a_million": _at_most(seconds, MOST_SECONDS_A_MILLION),
        "peak_gb_a_million": _at_most(gb, MOST_GB),
        "star_edges_an_answer": _at_most(large["stars"], MOST_STARS),
        "growth_by_ten_times_the_answers": _at_most(growth, MOST_GROWTH),
    }


def measure_adding(answers: Answers, sizes: Sizes) -> dict[str, Measure]:
    """CPU seconds that the same documents take when they are added to an index of few and of many."""
    few = answers.paths(sizes.small, 11, (SHORTEST, LONGEST))
    others = answers.paths(sizes.large - sizes.small, 12, (SHORTEST, LONGEST))
    small, large = (run_script("duplicates_adding.py", sizes.added, *files) for files in (few, [*few, *others]))
    ratio = large["seconds"] / small["seconds"]
    name = f"adding_{sizes.added}_to_{sizes.large}_seconds"
    peer = f"to {sizes.small}"
    return {name: Measure(large["seconds"], peer, small["seconds"], ratio, f"<= {MOST_ADDING:g} x", ratio <= MOST_ADDING)}


def run_script(name: str, *arguments: object) -> dict[str, float]:
    """Figures that a script of this folder prints, in a process of its own."""
    command = [sys.executable, str(ROOT / "benchmarks" / name), *map(str, arguments)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


# --- against the truth --------------------------------------------------------------------------------------------


def measure_truth(answers: Answers, sizes: Sizes) -> dict[str, Measure]:
    """The worst of three seeds: pairs found that are reposts, reposts that are found, siblings of one template merged."""
    counted = []
    for seed in SEEDS:
        table = answers.table(sizes.truth, seed, _TRUTH_LENGTHS)
        found = find_near(AnswerColumns(table["title"], table["text"]))
        clusters, families = np.asarray(table["cluster"]), np.asarray(table["family"])
        labels = labels_of(found, len(clusters))
        _, precision, recall = count_pairs(clusters, labels)
        counted.append((precision, recall, share_merged(families, clusters, labels)))
    precision, recall, siblings = (pick(column) for pick, column in zip((min, min, max), zip(*counted, strict=True), strict=True))
    return {
        "pair_precision": _at_least(precision, LEAST_PRECISION),
        "pair_recall": _at_least(recall, LEAST_RECALL),
        "siblings_merged": _at_most(siblings, MOST_SIBLINGS),
    }


def labels_of(found: NearFindings, count: int) -> Labels:
    """A number for each answer, equal for those of one group."""
    labels = np.arange(count, dtype=np.int64)
    for group in found.groups:
        labels[group] = group[0]
    return labels


def count_pairs(clusters: Labels, labels: Labels) -> tuple[int, float, float]:
    """Pairs that are together in truth and as found; their share of those found, and of those in truth."""
    both = _pairs(np.stack([clusters, labels], axis=1))
    return both, both / max(_pairs(labels), 1), both / max(_pairs(clusters), 1)


def share_merged(families: Labels, clusters: Labels, labels: Labels) -> float:
    """Share of the pairs of siblings, reposts of one another aside, that are in one group."""
    inside = families >= 0
    family, cluster, label = families[inside], clusters[inside], labels[inside]
    together = _pairs(np.stack([family, label], axis=1)) - _pairs(np.stack([family, cluster, label], axis=1))
    return together / max(_pairs(family) - _pairs(np.stack([family, cluster], axis=1)), 1)


def _pairs(labels: Labels) -> int:
    counts = np.unique(labels, return_counts=True, axis=0)[1]
    return int((counts * (counts - 1) // 2).sum())


def measure_flips(answers: Answers, sizes: Sizes) -> dict[str, Measure]:
    """Pairs that differ in one polarity or number and were merged; and, for information, when the other one has slips as well."""
    table = answers.table(sizes.truth, SEEDS[0], _TRUTH_LENGTHS)
    columns = AnswerColumns(table["title"], table["text"])
    modes = table["mode"].to_pylist()
    pool = [columns[place] for place in random.Random(1).sample(range(len(modes)), len(modes)) if modes[place] == "base"]
    merged, slipped = (count_merged(pool, sizes.flips, slips=slips) for slips in (False, True))
    return {
        f"flips_merged_of_{sizes.flips}": _at_most(float(merged), 0.0),
        "flips_merged_among_slips_share": Measure(slipped / sizes.flips, "", 0.0, 0.0, "", None),
    }


def count_merged(pool: Sequence[Answer], count: int, *, slips: bool) -> int:
    """How many of so many pairs of an answer and the same with a flip are in one group."""
    rng = random.Random(2)
    pairs: list[Answer] = []
    for answer in pool:
        flip = rng.choice((flip_polarity, flip_number))
        if len(pairs) < 2 * count and (flipped := flip(answer.text.rstrip(), rng)) is not None:
            pairs += [answer, Answer(answer.title, with_slips(flipped, rng) if slips else flipped)]
    if len(pairs) < 2 * count:
        raise ValueError(f"only {len(pairs) // 2} answers of {len(pool)} can be flipped, {count} are wanted")
    group_of: dict[int, int] = defaultdict(lambda: -1)
    for number, group in enumerate(find_near(pairs).groups):
        group_of |= dict.fromkeys(group, number)
    return sum(group_of[place] == group_of[place + 1] >= 0 for place in range(0, len(pairs), 2))


def _at_most(value: float, most: float) -> Measure:
    return Measure(value, "target", most, value / most if most else 0.0, f"<= {most:g}", value <= most)


def _at_least(value: float, least: float) -> Measure:
    return Measure(value, "target", least, value / least, f">= {least:g}", value >= least)


PARTS = (measure_signatures, measure_end_to_end, measure_scale, measure_adding, measure_truth, measure_flips)
"""What is measured, one after the other."""


def main() -> None:
    """Measure all and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, within 60 s")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder with benchmarks/duplicates/generate.py")
    parser.add_argument("--keep", type=Path, help="folder that keeps the generated answers for the next run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        answers, sizes = Answers(options.keep or Path(folder), options.shared), QUICK if options.quick else FULL
        measures: dict[str, Measure] = {}
        for part in PARTS:
            measures |= part(answers, sizes)
    print_measures(measures, as_json=options.json)


if __name__ == "__main__":
    main()
