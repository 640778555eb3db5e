"""Fit the weights of a clash's evidence on our own labelled sets, and show how well the scores hold on concepts left out.

python benchmarks/calibration.py [--write] [--json]

`--write` puts the weights into healthnews/claims/calibration.toml and the figures and the diagram into docs/.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.labelled import LabelledSet, judge_pages, read_labelled, sentence_of
from benchmarks.report import Measure, print_measures
from healthnews.claims.compare import compare_claims, evidence_of
from healthnews.claims.confidence import FLAG_THRESHOLD
from healthnews.claims.extract import extract_claims
from healthnews.claims.pairs import claims_of_sentence
from healthnews.language.concepts import Lexicon, load_lexicon
from healthnews.records import ClaimRow
from healthnews.verdicts import wilson_interval
from tests.claims_own_pairs import PAIRS

ROOT = Path(__file__).parents[1]
SETS = ("insurance", "health", "everyday")
RIDGE = 2.0
"""Pull of every weight towards zero: with some hundred clashes, one that shows in three of them is not to decide."""
RIDGE_OF_TYPES = 4.0
"""The same for the types: of some of them there are a handful of clashes."""
FOLDS = 10
MAX_STEPS = 50
BINS = 8


class Clash(NamedTuple):
    """A clash that the engine found on labelled text, and whether it is one.

    Attributes:
        evidence: As `confidence.evidence` gives it.
        is_true: By the labels.
        type: Type of clash.
        rule: Type and concept: those of one rule are left out together.
    """

    evidence: dict[str, float]
    is_true: bool
    type: str
    rule: str


def clashes_of_pairs(labelled: LabelledSet, lexicon: Lexicon) -> Iterator[Clash]:
    """The surest clash of every labelled pair that has one."""
    for row in labelled.pairs:
        a_claims, b_claims = (claims_of_sentence(sentence_of(row[side]), side, lexicon) for side in "ab")
        found = [clash for a in a_claims for b in b_claims if (clash := _clash(a, b, row["label"] == "contradict", lexicon))]
        if found:
            yield max(found, key=lambda clash: (-clash.evidence.get("open", 0.0), clash.rule))


def clashes_of_pages(labelled: LabelledSet, lexicon: Lexicon) -> Iterator[Clash]:
    """Every clash on the labelled pages, whatever its score."""
    claims = {claim.claim_id: claim for article in labelled.articles.values() for claim in extract_claims(article, lexicon)}
    result = judge_pages(labelled, lexicon, threshold=0.0)
    for rows, is_true in ((result.right, True), (result.wrong, False)):
        for row in rows:
            clash = _clash(claims[row.a_claim_id], claims[row.b_claim_id], is_true, lexicon, is_sought=True)
            if clash is not None:
                yield clash


def _clash(a: ClaimRow, b: ClaimRow, is_true: bool, lexicon: Lexicon, *, is_sought: bool = False) -> Clash | None:
    finding = compare_claims(a, b, lexicon)
    if finding is None or finding.label != "contradict":
        return None
    return Clash(
        evidence_of(a, b, finding.type, finding.scope, lexicon, is_sought=is_sought), is_true, finding.type, f"{finding.type}:{a.predicate}"
    )


def fit(clashes: Sequence[Clash], names: Sequence[str]) -> NDArray[np.float64]:
    """Weights by ridge logistic regression; the first is the base and is not pulled to zero. Source: Newton's method (IRLS)."""
    x = matrix(clashes, names)
    y = np.array([clash.is_true for clash in clashes], dtype=np.float64)
    pull = np.array([1e-6, *(RIDGE_OF_TYPES if name.startswith("type_") else RIDGE for name in names)])
    weights = np.zeros(x.shape[1])
    for _ in range(MAX_STEPS):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (y - p) - pull * weights
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(pull)
        step = np.linalg.solve(hessian, gradient)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def matrix(clashes: Sequence[Clash], names: Sequence[str]) -> NDArray[np.float64]:
    """Rows of evidence (len(clashes), 1 + len(names)), a leading one in each."""
    return np.array([[1.0, *(clash.evidence.get(name, 0.0) for name in names)] for clash in clashes])


def held_out(clashes: Sequence[Clash], names: Sequence[str]) -> NDArray[np.float64]:
    """The score of every clash by weights fitted without any clash of its rule."""
    rules = sorted({clash.rule for clash in clashes})
    fold_of = {rule: i % FOLDS for i, rule in enumerate(rules)}
    folds = np.array([fold_of[clash.rule] for clash in clashes])
    scores = np.zeros(len(clashes))
    for fold in range(FOLDS):
        inside = [clash for clash, own in zip(clashes, folds, strict=True) if own != fold]
        weights = fit(inside, names)
        scores[folds == fold] = 1 / (
            1 + np.exp(-matrix([c for c, own in zip(clashes, folds, strict=True) if own == fold], names) @ weights)
        )
    return scores


def reliability(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """Mean score, share of true clashes and their number, in bins of about equal size."""
    order = np.argsort(scores)
    return [(float(scores[part].mean()), float(truth[part].mean()), len(part)) for part in np.array_split(order, BINS) if len(part)]


def calibration_error(scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> float:
    """Expected calibration error. Source: Naeini, Cooper and Hauskrecht 2015, with bins of equal size."""
    return sum(abs(mean - share) * count for mean, share, count in reliability(scores, truth)) / max(1, len(scores))


def diagram(bins: list[tuple[float, float, int]]) -> str:
    """The reliability diagram as SVG: score against share of true clashes, with 95 % intervals."""
    size, margin = 320, 40

    def x(value: float) -> float:
        return margin + value * size

    def y(value: float) -> float:
        return margin + (1 - value) * size

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size + 2 * margin} {size + 2 * margin}"'
        ' font-family="sans-serif" font-size="11">',
        "<title>Score of a clash against the share that are contradictions, on rules left out of the fit</title>",
        f'<rect width="{size + 2 * margin}" height="{size + 2 * margin}" fill="#fff"/>',
        f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}" stroke="#bbb" stroke-dasharray="4 3"/>',
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts += [
            f'<line x1="{x(tick)}" y1="{y(0)}" x2="{x(tick)}" y2="{y(0) + 4}" stroke="#444"/>',
            f'<text x="{x(tick)}" y="{y(0) + 16}" text-anchor="middle">{tick:g}</text>',
            f'<line x1="{x(0) - 4}" y1="{y(tick)}" x2="{x(0)}" y2="{y(tick)}" stroke="#444"/>',
            f'<text x="{x(0) - 7}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>',
        ]
    parts.append(f'<rect x="{x(0)}" y="{y(1)}" width="{size}" height="{size}" fill="none" stroke="#444"/>')
    for mean, share, count in bins:
        low, high = wilson_interval(round(share * count), count)
        parts += [
            f'<line x1="{x(mean):.1f}" y1="{y(low):.1f}" x2="{x(mean):.1f}" y2="{y(high):.1f}" stroke="#2b6cb0"/>',
            f'<circle cx="{x(mean):.1f}" cy="{y(share):.1f}" r="4" fill="#2b6cb0"><title>{share:.2f} of {count}</title></circle>',
        ]
    parts += [
        f'<line x1="{x(FLAG_THRESHOLD)}" y1="{y(0)}" x2="{x(FLAG_THRESHOLD)}" y2="{y(1)}" stroke="#c05621" stroke-dasharray="2 3"/>',
        f'<text x="{x(0.5)}" y="{size + 2 * margin - 6}" text-anchor="middle">score</text>',
        f'<text x="{x(0)}" y="{margin - 12}">share of contradictions</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def report(clashes: Sequence[Clash], scores: NDArray[np.float64], truth: NDArray[np.bool_]) -> str:
    """docs/calibration.md."""
    lines = [
        "# How sure is a score?",
        "",
        "Written by `python benchmarks/calibration.py --write`; do not edit by hand.",
        "",
        "The score of a clash is a logistic regression over its evidence (`healthnews/claims/confidence.py`),",
        f"fitted on {len(clashes)} clashes that the engine found in our own labelled pairs and pages (`benchmarks/claims_dev`).",
        "Below, every clash is scored by weights that were fitted without any clash of its rule (type and concept).",
        "Engine and lexicon were mended on these texts: on others fewer clashes are contradictions (`claims.md`, the blind set).",
        "",
        "![Reliability diagram](calibration.svg)",
        "",
        f"Expected calibration error {calibration_error(scores, truth):.3f}; Brier score {float(((scores - truth) ** 2).mean()):.3f}"
        f" (always the mean: {float(truth.mean() * (1 - truth.mean())):.3f}).",
        "",
        "| type | clashes | contradictions | mean score | calibration error |",
        "|---|---|---|---|---|",
    ]
    types = np.array([clash.type for clash in clashes])
    for name in sorted(set(types)):
        own = types == name
        lines.append(
            f"| {name} | {own.sum()} | {truth[own].mean():.2f} | {scores[own].mean():.2f} |"
            f" {calibration_error(scores[own], truth[own]):.2f} |"
        )
    lines += [
        "",
        f"Flagged is what scores {FLAG_THRESHOLD:g} or more. At other thresholds, of these clashes:",
        "",
        "| threshold | flagged | precision | 95 % | of the contradictions |",
        "|---|---|---|---|---|",
    ]
    for threshold in (0.4, 0.5, 0.6, 0.7, 0.8):
        flagged = scores >= threshold
        hits = int(truth[flagged].sum())
        low, high = wilson_interval(hits, int(flagged.sum()))
        lines.append(
            f"| {threshold:g} | {flagged.sum()} | {hits / max(1, flagged.sum()):.2f} | {low:.2f}–{high:.2f} |"
            f" {hits / max(1, truth.sum()):.2f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write weights and docs")
    parser.add_argument("--quick", action="store_true", help="accepted for uniformity: the fit is quick")
    parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
    options = parser.parse_args()
    lexicon = load_lexicon()
    clashes: list[Clash] = []
    for name in SETS:
        labelled = read_labelled(ROOT / "benchmarks" / "claims_dev" / name)
        clashes += [*clashes_of_pairs(labelled, lexicon), *clashes_of_pages(labelled, lexicon)]
    own = [{"a": {"text": a}, "b": {"text": b}, "label": label} for label, a, b in PAIRS]
    clashes += clashes_of_pairs(LabelledSet(own, {}, [], [], []), lexicon)
    names = sorted({name for clash in clashes for name in clash.evidence})
    truth = np.array([clash.is_true for clash in clashes])
    scores = held_out(clashes, names)
    text = report(clashes, scores, truth)
    print(text)
    weights = fit(clashes, names)
    for name, weight in zip(("base", *names), weights, strict=True):
        print(f"{name:24} {weight:+.2f}")
    if options.write:
        rows = "\n".join(f"{name} = {weight:.3f}" for name, weight in zip(("base", *names), weights, strict=True))
        (ROOT / "healthnews/claims/calibration.toml").write_text(
            f"# Fitted by benchmarks/calibration.py --write; do not edit by hand.\n[weights]\n{rows}\n", "utf-8"
        )
        (ROOT / "docs/calibration.md").write_text(text, "utf-8")
        (ROOT / "docs/calibration.svg").write_text(diagram(reliability(scores, truth)), "utf-8")
    error = calibration_error(scores, truth)
    always = float(np.abs(truth.mean() - truth).mean())
    print_measures(
        {"calibration_error": Measure(error, "always the mean score", always, error / always, "<= 0.1", error <= 0.1)}, as_json=options.json
    )


if __name__ == "__main__":
    main()
