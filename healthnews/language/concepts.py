"""The lexicon: concepts with two poles, things that statements are about, and words of scope, read from the TOML files beside it."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from importlib import resources
from itertools import chain, product
from operator import or_
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from ahocorasick_rs import AhoCorasick

from healthnews.errors import HealthnewsError

Kind = Literal["state", "act", "amount", "members", "payer"]
Pole = Literal["positive", "negative", "waived"]

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
        kind: state (two poles), act (its modality is compared), amount (its quantity is compared), members (a list of uses)
            or payer (who bears a cost is compared).
        subject: What it is about when the text names no item.
        anchors: Lists of words; of each list one must stand in clause, sentence, heading or title. None means it always counts.
        positive: Word patterns of the one pole; `…` is up to eight characters without punctuation, `(a|b)` is either.
        negative: Word patterns of the other pole; of an act, words of its opposite (停药 for taking a drug).
        waived: For kind act: words that say by themselves that it need not be done.
        never: Words that silence the concept when they stand in the sentence up to its words.
        items: Classes of things that tell two statements apart (a drug, a food): they are compared only for the same thing.
        units: Units that an amount takes.
        insurance: Insurance type that the concept itself implies.
        implies: Values of scope that the concept holds in itself (女性 for 产假): named or not, they set no two claims apart.
        is_open: The object is free text, and must be alike on both sides.
        has_payer: An amount that differs by who pays it: two are compared only for one payer that both name.
        members: For kind members: member → words.
        examples: Own sentences with the pole they show.
    """

    id: str
    topic: str
    kind: Kind = "state"
    subject: str = ""
    anchors: tuple[tuple[str, ...], ...] = ()
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    insurance: str | None = None
    implies: frozenset[str] = frozenset()
    is_open: bool = False
    has_payer: bool = False
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()


class Word(NamedTuple, Generic[Payload]):
    """A word found in a text, half-open, with what it stands for."""

    start: int
    end: int
    payload: Payload


def _by_place(word: Word[Any]) -> tuple[int, int]:
    return word.start, -word.end


class WordIndex(Generic[Payload]):
    """Finds thousands of words in one pass over a text."""

    def __init__(self, words: Mapping[str, Sequence[Payload]]) -> None:
        """Index words; an empty one is refused, for it is in every text."""
        if "" in words:
            raise HealthnewsError("the lexicon has an empty word")
        ordered = sorted(words)
        self._automaton = AhoCorasick(ordered)
        self._payloads = [tuple(words[word]) for word in ordered]
        self._firsts = [payloads[0] for payloads in self._payloads]

    def find(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Word[Payload]]:
        """Every word that stands in `text[start:end]`, the longest first at each place."""
        if start or end is not None:
            text = text[start:end]
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        if len(found) > 1:
            found.sort(key=lambda match: (match[1], -match[2]))
        for number, begin, stop in found:
            for payload in self._payloads[number]:
                yield Word(start + begin, start + stop, payload)

    def matches(self, text: str) -> Iterator[tuple[int, int, Payload]]:
        """Every word of a text with the first thing it stands for, in no order: the quick way for words that stand for one."""
        firsts = self._firsts
        return ((begin, stop, firsts[number]) for number, begin, stop in self._automaton.find_matches_as_indexes(text, overlapping=True))


class Cue(NamedTuple):
    """A pattern of a concept: `rest` is its whole form (`pattern_of`) when the indexed word is only a part, `others` are the other parts.

    Without a concept it is a word in which no other one counts: there is no eating in 吃力.
    """

    concept: str
    pole: Pole
    rest: str | None
    others: tuple[str, ...] = ()


class Thing(NamedTuple):
    """Something that statements are about: a drug, a food, a vaccine."""

    group: str
    name: str


NO_THING = Thing("", "")
"""What a word stands for in which no other one counts."""


class ScopeWord(NamedTuple):
    """A value of a scope dimension; values of one facet exclude each other."""

    dimension: str
    facet: str
    value: str


class Meanings(NamedTuple):
    """All that one word stands for.

    Attributes:
        cues: Its cues by the lists of anchors that their concepts ask for, as bits.
        gate: One of these bits of each; 0 when some ask for none. A text without any of them has no use for the cues.
        anchors: Lists of anchors that it is in, as bits.
        scopes: Values of scope that it names.
        things: Things that it names.
    """

    cues: tuple[tuple[int, tuple[Cue, ...]], ...] = ()
    gate: int = 0
    anchors: int = 0
    scopes: tuple[ScopeWord, ...] = ()
    things: tuple[Thing, ...] = ()


class FoundWords(NamedTuple):
    """The words of a text: those with cues in no order, scopes and things in order of place, the longest first at each."""

    cues: list[tuple[int, int, Meanings]]
    anchors: int
    scopes: list[Word[ScopeWord]]
    things: list[Word[Thing]]


@dataclass(frozen=True, eq=False)
class Lexicon:
    """All word knowledge of the claims engine, immutable, and the hash of the files it came from."""

    version: str
    concepts: Mapping[str, Concept]
    cues: WordIndex[Cue]
    things: WordIndex[Thing]
    scopes: WordIndex[ScopeWord]
    anchors: Mapping[str, tuple[str, ...]]
    words: WordIndex[Meanings]
    """Every word once, with all its meanings: what a sentence is searched for in one pass."""
    never: Mapping[str, re.Pattern[str]]
    """Words that silence a concept when they stand before its own."""
    facets: Mapping[str, str]
    labels: Mapping[str, str]
    implied: Mapping[str, frozenset[ScopeWord]]
    """Settings that a concept's own anchors and subject name: they are its matter, not where it holds."""
    own_facets: Mapping[str, frozenset[tuple[str, str]]]
    """Facets that a concept's own words name (饭前, 饭后): what it says of them is its pole, not its scope."""
    own_things: Mapping[str, frozenset[str]]
    """Things that a concept's own words, anchors and subject name."""
    within: Mapping[str, frozenset[str]]
    """Wider things that a thing is one of: 螃蟹 is 海鲜."""
    groups: Mapping[str, frozenset[str]]
    """Classes that a thing is in, by its name."""
    defaults: frozenset[str]
    """Values of scope that go without saying: a rule for adults is a rule."""
    entails: Mapping[str, frozenset[str]]
    """Values of scope that another one holds in itself: 孕妇 are 女性."""

    def find_words(self, text: str) -> FoundWords:
        """Words of every kind in a text, in one pass."""
        cues: list[tuple[int, int, Meanings]] = []
        scopes: list[Word[ScopeWord]] = []
        things: list[Word[Thing]] = []
        anchors = 0
        for begin, stop, meanings in self.words.matches(text):
            found_cues, _, lists, found_scopes, found_things = meanings
            if lists:
                anchors |= lists
            if found_cues:
                cues.append((begin, stop, meanings))
            if found_scopes:
                scopes += [Word(begin, stop, one) for one in found_scopes]
            if found_things:
                things += [Word(begin, stop, one) for one in found_things]
        if len(scopes) > 1:
            scopes.sort(key=_by_place)
        if len(things) > 1:
            things.sort(key=_by_place)
        return FoundWords(cues, anchors, scopes, things)


@cache
def pattern_of(source: str) -> re.Pattern[str]:
    """The pattern of a cue with gaps or of anchors, made when a text first needs it: to make all 14,000 takes two seconds."""
    return re.compile(source)


def expand(pattern: str) -> list[str]:
    """A pattern without its `(a|b)` groups: every combination, `…` left in place."""
    pieces = _GROUP.split(pattern)
    options = [piece.split("|") if i % 2 else [piece] for i, piece in enumerate(pieces)]
    return ["".join(choice) for choice in product(*options)]


def _runs(plain: str) -> tuple[str, ...]:
    """The parts of a plain pattern between its gaps."""
    return tuple(run for run in plain.split("…") if run)


def _index_cues(plain_words: Iterable[tuple[str, Pole, str]]) -> dict[str, list[Cue]]:
    """Cues by the word that leads to them: of a pattern with gaps its rarest part, so that 报销 need not try hundreds of them."""
    known = [(concept, pole, _runs(plain)) for concept, pole, plain in plain_words]
    counts = Counter(run for _, _, runs in known for run in runs)
    words: dict[str, list[Cue]] = defaultdict(list)
    for concept, pole, runs in known:
        word = min(runs, key=lambda run: (counts[run], -len(run), run))
        rest = _GAP.join(map(re.escape, runs)) if len(runs) > 1 else None
        words[word].append(Cue(concept, pole, rest, tuple(run for run in runs if run != word)))
    return words


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
        "waived",
        "items",
        "units",
        "insurance",
        "implies",
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
    if "implies" in values:
        values["implies"] = frozenset(values["implies"])
    if values.get("anchors"):
        anchors = values["anchors"]
        values["anchors"] = tuple(tuple(words) for words in (anchors if isinstance(anchors[0], list) else (anchors,)))
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
def lexicon_version() -> str:
    """Digest of the lexicon's files; no entry is read for it, which would take seconds."""
    digest = hashlib.sha256()
    for name, text in _files():
        digest.update(f"{name}\n{text}\n".encode())
    return digest.hexdigest()[:16]


@cache
def load_lexicon() -> Lexicon:
    """The lexicon of the package, read once.

    Raises:
        HealthnewsError: A file of it cannot be read as TOML, or an entry is malformed.
    """
    concepts: dict[str, Concept] = {}
    plain_words: list[tuple[str, Pole, str]] = []
    things: dict[str, list[Thing]] = defaultdict(list)
    scopes: dict[str, list[ScopeWord]] = defaultdict(list)
    labels: dict[str, str] = {}
    entails: dict[str, frozenset[str]] = {}
    defaults: set[str] = set()
    within: dict[str, set[str]] = defaultdict(set)
    for name, text in _files():
        try:
            content = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise HealthnewsError(f"lexicon file {name}: {error}") from error
        for entry in content.get("concept", []):
            concept = read_concept(entry)
            if concept.id in concepts:
                raise HealthnewsError(f"lexicon file {name}: concept {concept.id} is defined twice")
            concepts[concept.id] = concept
            plain_words += ((concept.id, pole, plain) for pole, plain in sorted(_plain_words(concept)))
        for word in content.get("skip", []):
            plain_words.append(("", "positive", word))
            things[word].append(NO_THING)
        for group, names in content.get("thing", {}).items():
            for synonyms in names:
                canonical, *_ = every = synonyms.split("=")
                for word in every:
                    things[word].append(Thing(group, canonical))
        for wider, names in content.get("within", {}).items():
            for name in names:
                within[name].add(wider)
        for entry in content.get("scope", []):
            labels[entry["value"]] = entry["label"]
            entails[entry["value"]] = frozenset(entry.get("entails", ()))
            defaults |= {entry["value"]} if entry.get("default") else set()
            for word in entry["words"]:
                scopes[word].append(ScopeWord(entry["dimension"], entry["facet"], entry["value"]))
    words = _index_cues(plain_words)
    for cues in words.values():
        cues.sort(key=lambda cue: (cue.concept, cue.pole, cue.rest or ""))
    facets = {scope.value: scope.facet for found in scopes.values() for scope in found}
    anchors = {c.id: tuple("|".join(map(re.escape, words)) for words in c.anchors) for c in concepts.values() if c.anchors}
    scope_index, thing_index = WordIndex(scopes), WordIndex(things)
    return Lexicon(
        version=lexicon_version(),
        concepts=concepts,
        cues=WordIndex(words),
        things=thing_index,
        scopes=scope_index,
        anchors=anchors,
        words=WordIndex(_join_meanings(words, concepts.values(), scopes, things)),
        never={c.id: re.compile("|".join(map(re.escape, c.never))) for c in concepts.values() if c.never},
        facets=facets,
        labels=labels,
        implied={c.id: _implied(c, scope_index) for c in concepts.values()},
        own_facets={c.id: _own_facets(c, scope_index) for c in concepts.values()},
        own_things={c.id: _own_things(c, thing_index) for c in concepts.values()},
        within={name: frozenset(wider) for name, wider in within.items()},
        groups=_groups(things.values()),
        defaults=frozenset(defaults),
        entails={value: entailed for value, entailed in entails.items() if entailed},
    )


def _join_meanings(
    cues: Mapping[str, list[Cue]], concepts: Iterable[Concept], scopes: Mapping[str, list[ScopeWord]], things: Mapping[str, list[Thing]]
) -> dict[str, tuple[Meanings]]:
    anchors, needs = _number_anchors(concepts)
    every = {*cues, *anchors, *scopes, *things}
    return {
        word: (
            Meanings(
                *_group_cues(cues.get(word, ()), needs), anchors.get(word, 0), tuple(scopes.get(word, ())), tuple(things.get(word, ()))
            ),
        )
        for word in every
    }


def _group_cues(cues: Iterable[Cue], needs: Mapping[str, int]) -> tuple[tuple[tuple[int, tuple[Cue, ...]], ...], int]:
    """Cues by what their concepts ask for, and the lowest bit of each: most words are of no use to most texts."""
    groups: dict[int, list[Cue]] = {}
    for cue in cues:
        groups.setdefault(needs.get(cue.concept, 0), []).append(cue)
    gate = 0 if 0 in groups else reduce(or_, (bits & -bits for bits in groups), 0)
    return tuple((bits, tuple(group)) for bits, group in groups.items()), gate


def _number_anchors(concepts: Iterable[Concept]) -> tuple[dict[str, int], dict[str, int]]:
    """Bits of the lists that each anchor word is in, and of those that each concept asks for."""
    numbers: dict[tuple[str, ...], int] = {}
    words: dict[str, int] = {}
    needs: dict[str, int] = {}
    for concept in concepts:
        for anchors in concept.anchors:
            bit = 1 << numbers.setdefault(anchors, len(numbers))
            needs[concept.id] = needs.get(concept.id, 0) | bit
            for word in anchors:
                words[word] = words.get(word, 0) | bit
    return words, needs


def _groups(found: Iterable[Sequence[Thing]]) -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for thing in (thing for things in found for thing in things if thing != NO_THING):
        groups[thing.name].add(thing.group)
    return {name: frozenset(classes) for name, classes in groups.items()}


def _plain_words(concept: Concept) -> set[tuple[Pole, str]]:
    """Every word pattern of a concept without groups, with the pole it names."""
    patterns: tuple[tuple[Pole, tuple[str, ...]], ...] = (
        ("positive", concept.positive),
        ("negative", concept.negative),
        ("waived", concept.waived),
    )
    return {(pole, plain) for pole, found in patterns for pattern in found for plain in expand(pattern)}


def _short_words(lexicon: Lexicon) -> list[str]:
    """Words of one character that would be in every text: one may name an act, and that only where anchors or things are asked for."""
    problems = []
    for concept in lexicon.concepts.values():
        if concept.kind == "act" and (concept.anchors or concept.items or concept.is_open):
            continue
        words = {max(_runs(plain), key=len) for _, plain in _plain_words(concept)}
        problems += [f"{concept.id}: the word {word} has one character, expected two or more" for word in sorted(words) if len(word) < 2]
    return problems


def _own_facets(concept: Concept, scopes: WordIndex[ScopeWord]) -> frozenset[tuple[str, str]]:
    said = "▁".join(plain for _, plain in sorted(_plain_words(concept)))
    return frozenset((word.payload.dimension, word.payload.facet) for word in scopes.find(said) if word.payload.dimension == "setting")


def _own_things(concept: Concept, things: WordIndex[Thing]) -> frozenset[str]:
    said = "▁".join((concept.subject, *chain(*concept.anchors), *(plain for _, plain in sorted(_plain_words(concept)))))
    return frozenset(word.payload.name for word in things.find(said) if word.payload != NO_THING)


def _implied(concept: Concept, scopes: WordIndex[ScopeWord]) -> frozenset[ScopeWord]:
    named = {
        word.payload for word in scopes.find("▁".join((concept.subject, *chain(*concept.anchors)))) if word.payload.dimension == "setting"
    }
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
        for pattern in (*concept.positive, *concept.negative, *concept.waived):
            sample = expand(pattern)[0].replace("…", "")
            if not any(found.payload.concept == concept.id for found in lexicon.cues.find(sample)):
                problems.append(f"{concept.id}: pattern {pattern} cannot match")
        for example in concept.examples:
            # An act is denied as well by its negation (不能接种) as by its opposite (停药).
            if not any(find_cue(lexicon, example.text, concept.id, None if concept.kind == "act" else example.pole)):
                problems.append(f"{concept.id}: its {example.pole} example does not fire: {example.text}")
        if not concept.examples:
            problems.append(f"{concept.id}: no example")
    return problems + _short_words(lexicon) + _unknown_things(lexicon) + _clashing_things()


def find_cue(lexicon: Lexicon, text: str, concept: str, pole: Pole | None = None) -> Iterator[tuple[int, int]]:
    """Places where words of one concept stand in a text."""
    for found in lexicon.cues.find(text):
        if found.payload.concept == concept and pole in (None, found.payload.pole):
            if found.payload.rest is None:
                yield found.start, found.end
            else:
                yield from ((match.start(), match.end()) for match in pattern_of(found.payload.rest).finditer(text))


def _unknown_things(lexicon: Lexicon) -> list[str]:
    """Names in `within` that are no thing's canonical name."""
    named = {name for part, wider in lexicon.within.items() for name in (part, *wider)}
    return [f"within: {name} is not the name of a thing" for name in sorted(named - lexicon.groups.keys())]


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
