"""The lexicon: concepts with two poles, things that statements are about, and words of scope, read from the TOML files beside it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import product
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from healthnews.errors import HealthnewsError

Kind = Literal["state", "act", "amount", "members"]
Pole = Literal["positive", "negative"]

_GAP = "([^,。;!?:、]{0,8}?)"
_GROUP = re.compile(r"\(([^()]*)\)")
Payload = TypeVar("Payload")


class Example(NamedTuple):
    """A sentence of our own that a concept must read with the given pole."""

    text: str
    pole: Pole


@dataclass(frozen=True, slots=True)
class Concept:
    """One predicate of the field.

    Attributes:
        id: Stable name, printed as `predicate`.
        topic: The question it answers, in words.
        kind: state (two poles), act (its modality is compared), amount (its quantity is compared) or members (a list of uses).
        subject: What it is about when the text names no item.
        anchors: Words of which one must stand in clause, sentence, heading or title; none means it always counts.
        positive: Word patterns of the one pole; `…` is up to eight characters without punctuation, `(a|b)` is either.
        negative: Word patterns of the other pole.
        never: Words that silence the concept when they stand in the sentence up to its words.
        items: Classes of things that tell two statements apart (a drug, a food): they are compared only for the same thing.
        units: Units that an amount takes.
        insurance: Insurance type that the concept itself implies.
        is_open: The object is free text, and must be alike on both sides.
        has_payer: An amount that differs by who pays it: two are compared only for one payer that both name.
        members: For kind members: member → words.
        examples: Own sentences with the pole they show.
    """

    id: str
    topic: str
    kind: Kind = "state"
    subject: str = ""
    anchors: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    insurance: str | None = None
    is_open: bool = False
    has_payer: bool = False
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()


class Word(NamedTuple, Generic[Payload]):
    """A word found in a text, half-open, with what it stands for."""

    start: int
    end: int
    payload: Payload


class WordIndex(Generic[Payload]):
    """Finds thousands of words in one pass: words are kept by their first two characters."""

    def __init__(self, words: Mapping[str, Sequence[Payload]]) -> None:
        """Index words of two or more characters; shorter ones are refused, for they are in every text."""
        heads: dict[str, list[tuple[str, Sequence[Payload]]]] = defaultdict(list)
        for word in sorted(words, key=lambda w: (-len(w), w)):
            if len(word) < 2:
                raise HealthnewsError(f"the lexicon word {word!r} has one character, expected two or more")
            heads[word[:2]].append((word, words[word]))
        self._heads = dict(heads)

    def find(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Word[Payload]]:
        """Every word that stands in `text[start:end]`, the longest first at each place."""
        end = len(text) if end is None else end
        heads = self._heads
        for i in range(start, end - 1):
            bucket = heads.get(text[i : i + 2])
            if bucket is None:
                continue
            for word, payloads in bucket:
                if text.startswith(word, i) and i + len(word) <= end:
                    for payload in payloads:
                        yield Word(i, i + len(word), payload)


class Cue(NamedTuple):
    """A pattern of a concept: `rest` is its whole form when the indexed word is only a part of it."""

    concept: str
    pole: Pole
    rest: re.Pattern[str] | None


class Thing(NamedTuple):
    """Something that statements are about: a drug, a food, a vaccine."""

    group: str
    name: str


class ScopeWord(NamedTuple):
    """A value of a scope dimension; values of one facet exclude each other."""

    dimension: str
    facet: str
    value: str


@dataclass(frozen=True)
class Lexicon:
    """All word knowledge of the claims engine, immutable, and the hash of the files it came from."""

    version: str
    concepts: Mapping[str, Concept]
    cues: WordIndex[Cue]
    things: WordIndex[Thing]
    scopes: WordIndex[ScopeWord]
    anchors: Mapping[str, re.Pattern[str]]
    facets: Mapping[str, str]
    labels: Mapping[str, str]
    implied: Mapping[str, frozenset[ScopeWord]]
    """Settings that a concept's own anchors and subject name: they are its matter, not where it holds."""


def expand(pattern: str) -> list[str]:
    """A pattern without its `(a|b)` groups: every combination, `…` left in place."""
    pieces = _GROUP.split(pattern)
    options = [piece.split("|") if i % 2 else [piece] for i, piece in enumerate(pieces)]
    return ["".join(choice) for choice in product(*options)]


def _cue(concept: str, pole: Pole, plain: str) -> tuple[str, Cue]:
    """The indexed word of a plain pattern (its longest run) and the cue it leads to."""
    runs = [run for run in plain.split("…") if run]
    word = max(runs, key=len)
    rest = re.compile(_GAP.join(map(re.escape, runs))) if len(runs) > 1 else None
    return word, Cue(concept, pole, rest)


def read_concept(entry: Mapping[str, Any]) -> Concept:
    """A concept from its TOML table.

    Raises:
        HealthnewsError: A key is unknown or missing.
    """
    known = {
        "id",
        "topic",
        "kind",
        "subject",
        "anchors",
        "never",
        "positive",
        "negative",
        "items",
        "units",
        "insurance",
        "open",
        "payer",
        "members",
    }
    unknown = set(entry) - known - {"example", "counter_example"}
    if unknown or not {"id", "topic"} <= set(entry):
        raise HealthnewsError(f"concept {entry.get('id')!r}: unknown keys {sorted(unknown)}, or id or topic missing")
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in entry.items()
        if key in known - {"open", "payer", "members"}
    }
    members = {name: tuple(words) for name, words in entry.get("members", {}).items()}
    examples = [Example(entry["example"], "positive")] if "example" in entry else []
    examples += [Example(entry["counter_example"], "negative")] if "counter_example" in entry else []
    return Concept(
        **values,
        is_open=bool(entry.get("open", False)),
        has_payer=bool(entry.get("payer", False)),
        members=members,
        examples=tuple(examples),
    )


@cache
def _files() -> tuple[tuple[str, str], ...]:
    folder = resources.files("healthnews.language.lexicon")
    found = sorted((path.name, path.read_text("utf-8")) for path in folder.iterdir() if path.name.endswith(".toml"))
    return tuple(found)


@cache
def load_lexicon() -> Lexicon:
    """The lexicon of the package, read once.

    Raises:
        HealthnewsError: A file of it cannot be read as TOML, or an entry is malformed.
    """
    concepts: dict[str, Concept] = {}
    words: dict[str, list[Cue]] = defaultdict(list)
    things: dict[str, list[Thing]] = defaultdict(list)
    scopes: dict[str, list[ScopeWord]] = defaultdict(list)
    labels: dict[str, str] = {}
    digest = hashlib.sha256()
    for name, text in _files():
        digest.update(f"{name}\n{text}\n".encode())
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise HealthnewsError(f"lexicon file {name}: {error}") from error
        for entry in content.get("concept", []):
            concept = read_concept(entry)
            if concept.id in concepts:
                raise HealthnewsError(f"lexicon file {name}: concept {concept.id} is defined twice")
            concepts[concept.id] = concept
            for pole, patterns in (("positive", concept.positive), ("negative", concept.negative)):
                for plain in {plain for pattern in patterns for plain in expand(pattern)}:
                    word, cue = _cue(concept.id, pole, plain)  # type: ignore[arg-type]
                    words[word].append(cue)
        for group, names in content.get("thing", {}).items():
            for synonyms in names:
                canonical, *_ = every = synonyms.split("=")
                for word in every:
                    things[word].append(Thing(group, canonical))
        for entry in content.get("scope", []):
            labels[entry["value"]] = entry["label"]
            for word in entry["words"]:
                scopes[word].append(ScopeWord(entry["dimension"], entry["facet"], entry["value"]))
    for cues in words.values():
        cues.sort(key=lambda cue: (cue.concept, cue.pole, cue.rest.pattern if cue.rest else ""))
    facets = {scope.value: scope.facet for found in scopes.values() for scope in found}
    anchors = {c.id: re.compile("|".join(map(re.escape, c.anchors))) for c in concepts.values() if c.anchors}
    scope_index = WordIndex(scopes)
    return Lexicon(
        version=digest.hexdigest()[:16],
        concepts=concepts,
        cues=WordIndex(words),
        things=WordIndex(things),
        scopes=scope_index,
        anchors=anchors,
        facets=facets,
        labels=labels,
        implied={c.id: _implied(c, scope_index) for c in concepts.values()},
    )


def _implied(concept: Concept, scopes: WordIndex[ScopeWord]) -> frozenset[ScopeWord]:
    named = {word.payload for word in scopes.find("▁".join((concept.subject, *concept.anchors))) if word.payload.dimension == "setting"}
    return frozenset(one for one in named if not any(other.facet == one.facet and other != one for other in named))


def check_lexicon() -> list[str]:
    """What is wrong with the lexicon, a sentence each; empty when all is well.

    Found are: a word in both poles of a concept, a name of two things in one class, a pattern that cannot match its own words,
    and an example that its own concept does not read.
    """
    lexicon = load_lexicon()
    problems: list[str] = []
    for concept in lexicon.concepts.values():
        both = {p for pattern in concept.positive for p in expand(pattern)} & {p for pattern in concept.negative for p in expand(pattern)}
        problems += [f"{concept.id}: {word} stands in both poles" for word in sorted(both)]
        for pattern in (*concept.positive, *concept.negative):
            sample = expand(pattern)[0].replace("…", "")
            if not any(found.payload.concept == concept.id for found in lexicon.cues.find(sample)):
                problems.append(f"{concept.id}: pattern {pattern} cannot match")
        for example in concept.examples:
            if not any(find_cue(lexicon, example.text, concept.id, example.pole)):
                problems.append(f"{concept.id}: its {example.pole} example does not fire: {example.text}")
        if not concept.examples:
            problems.append(f"{concept.id}: no example")
    return problems + _clashing_things()


def find_cue(lexicon: Lexicon, text: str, concept: str, pole: Pole | None = None) -> Iterator[tuple[int, int]]:
    """Places where words of one concept stand in a text."""
    for found in lexicon.cues.find(text):
        if found.payload.concept == concept and pole in (None, found.payload.pole):
            if found.payload.rest is None:
                yield found.start, found.end
            else:
                yield from ((match.start(), match.end()) for match in found.payload.rest.finditer(text))


def _clashing_things() -> list[str]:
    seen: dict[tuple[str, str], str] = {}
    problems = []
    for name, text in _files():
        for group, names in tomllib.loads(text).get("thing", {}).items():
            for synonyms in names:
                canonical, *_ = every = synonyms.split("=")
                for word in every:
                    other = seen.setdefault((group, word), canonical)
                    if other != canonical:
                        problems.append(f"{name}: {word} names both {other} and {canonical} in {group}")
    return problems
