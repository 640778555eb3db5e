"""Every table as a frozen record, in this one place; healthnews.schema makes Arrow schemas and the data dictionary of them."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal

Moment = Annotated[datetime, "UTC"]
"""An instant, aware, in UTC."""
WallTime = Annotated[datetime, "wall"]
"""What a page prints: naive, Asia/Shanghai unless a column beside it names another zone. Stored without one, so that a day stays
the same day in every tool."""

MAX_EXCERPT = 200
"""Characters of a body that a release of excerpts shows."""
MAX_EVIDENCE = 200
"""Characters of a page's words that evidence keeps."""
CHINA_ZONE = "Asia/Shanghai"
"""Zone of a wall-clock time that a Chinese page prints."""

Origin = Literal["body", "title", "snippet"]
"""The field of an article that offsets point into."""
Precision = Literal["day", "minute"]
RecordKind = Literal["page", "stub"]
Outcome = Literal["parsed", "unchanged", "quarantined", "failed"]
Verdict = Literal["accept", "reject", "unsure"]
ClusterKind = Literal["exact", "near", "same_question", "template"]


def column(description: str, *, key: bool = False, default: Any = dataclasses.MISSING) -> Any:
    """Declare a column: its description is what the data dictionary and the Parquet file print."""
    metadata = {"description": description, "key": key}
    if default is dataclasses.MISSING:
        return field(metadata=metadata)
    return field(default=default, metadata=metadata)


# --- parts of a row -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and the text under it, up to the next heading."""

    heading: str | None = column("Heading text without its number; null before the first heading.")
    level: int = column("1 for 一、, 2 for (一) or 1., 3 for a bullet; 0 before the first heading.")
    text: str = column("The text under the heading, one block a line.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferingSpan:
    """A stretch in which two alike articles differ; either side may be empty."""

    kind: Literal["polarity", "number", "date", "place", "insurance", "wording", "passage", "question"] = column(
        "What the difference amounts to. The first five and question make another statement; wording and passage do not."
    )
    origin: Origin = column("The field that the offsets point into, in both articles: body | title.")
    a_start: int = column("Start in the first article, in code points.")
    a_end: int = column("Its end, exclusive.")
    b_start: int = column("Start in the other.")
    b_end: int = column("Its end, exclusive.")
    a_text: str = column("The words there, 60 characters at most.")
    b_text: str = column("The words there in the other.")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityFlag:
    """Something about an article that a reader should know, with its place."""

    flag: str = column(
        "place_mismatch (title and answer name different places: one span in each) | prompt_residue (直接回答问题:, 作为AI,我…, **粗体**) |"
        " placeholder (XX省, [医院名称], 待补充) | impossible_figures (two figures that cannot both hold, a day that no calendar has) |"
        " injected_text (spam, search words, orders to AI readers, contacts, a paragraph in another language) | mojibake (wrongly decoded"
        " before it was saved) | truncated (the mark that shows it, else the end of the body) | mostly_boilerplate (the whole body)."
    )
    origin: Origin = column("Field that the span points into.")
    start: int = column("Start of the span, in code points.")
    end: int = column("End of the span, exclusive.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where a value of an article was read, with the words as the page has them."""

    field: str = column(
        "Column that it is about: title, published_at, modified_at, author, source, editor, reviewer, tags, or a field of a site's parser."
    )
    source: str = column(
        "json_ld | open_graph | microdata (time elements too) | meta | visible_text | url | headline | title_element | related_block."
    )
    text: str = column("The words as written, at most 200 characters.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number or range with its unit."""

    low: float | None = column("Lower end; null when open.", default=None)
    high: float | None = column("Upper end; null when open.", default=None)
    unit: str = column("Unit as normalised: %, 元, 年, 月, 日, 工作日, 岁, 次, …")
    bound: str = column("exact | about | at_least | at_most | more_than | less_than | range", default="exact")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where, when and for whom a claim is said to hold; null means not said."""

    region: str | None = column("Region as province/city/county, or `some_regions`.", default=None)
    period: str | None = column("ISO interval such as 2025-01-01/.., or `past`, `present`.", default=None)
    insurance: str | None = column("Insurance type: employee, resident, major_illness, maternity, commercial, …", default=None)
    population: str | None = column("Whom it is about: flexible_employment, retired, student, newborn, …", default=None)
    condition: str | None = column("The condition under which it is said to hold, as written.", default=None)
    setting: str | None = column("Setting: outpatient, inpatient, pharmacy, remote, …", default=None)
    item: str | None = column("The thing in question: a drug, an operation, a fee.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCount:
    """How much of one side is said of a region."""

    region: str | None = column("Region as in the scope of claims, one code; null where none is named.")
    statements: int = column("Distinct statements.")
    articles: int = column("Articles that make them, copies included.")


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthCount:
    """How much of one side was said in a month; a statement repeated in a later month counts there too."""

    month: str | None = column("YYYY-MM; null: statements none of whose articles has a date.")
    statements: int = column("Distinct statements made by articles of that month.")
    weakly_dated: int = column("Those of them that only a date of a related block puts there.", default=0)


# --- what parsers get and return ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RawPage:
    """One archived capture, as a parser gets it.

    Attributes:
        url: Address as asked; `file:NAME` or `stdin:` for a local source.
        content_type: Media type as served or as told by the file's name, with its charset parameter if it had one.
        payload: The bytes, content encoding (gzip) undone, character set untouched.
        fetched_at: When they were archived; relative dates are counted from here.
    """

    url: str
    content_type: str
    payload: bytes
    fetched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedItem:
    """One entry of a 相关推荐 block, as a parser saw it."""

    position: int = column("Place in the block, from 1.")
    title: str = column("Anchor title.")
    url: str | None = column("Absolute address; null in a text dump, and for a relative link of a page that has no address.", default=None)
    snippet: str | None = column("The beginning of the answer shown beside it, flattened and cut.", default=None)
    tag: str | None = column("Tag shown beside it.", default=None)
    published_at: WallTime | None = column("Date shown beside it; that of the recommended article, never of this page.", default=None)


MAX_PARTS = 50
"""Pages of one article at most: a higher number in an address is that of an article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePart:
    """Which page of an article of several pages was read."""

    number: int = column("Which one, from 1.")
    count: int | None = column("How many there are; null where the page does not say.", default=None)
    next_url: str | None = column("Address of the next page; null on the last.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is known of an article's content, whether from its own page or from a stub."""

    url: str | None = column("Address the content is known under; null for a text dump.", default=None)
    title: str = column("Title, without the site's name.")
    lead: str | None = column("The body's first block when that block sums up the answer; else null.", default=None)
    body: str | None = column("Plain text, a block a line, without title, disclaimer and related block; null for a stub.", default=None)
    snippet: str | None = column("What a related block showed of it, flattened and cut; null for a page never seen as stub.", default=None)
    sections: tuple[Section, ...] = column("Headings and their texts, in order.", default=())
    published_at: WallTime | None = column(
        "When it says it was published, wall-clock time of `published_at_zone`; null when unknown.", default=None
    )
    published_at_source: str | None = column(
        "Where the date was read: json_ld, open_graph, microdata (time elements too), meta, visible_text, url, related_block."
        " Or why there is none: not_in_page, only_in_related_block, future (after the capture), ambiguous (03/04/2024), unreadable.",
        default=None,
    )
    published_at_precision: Precision | None = column("day | minute", default=None)
    published_at_zone: str | None = column(
        "Offset as written, such as -05:00, or Asia/Shanghai: a Chinese page's time is China's; null where another page names none.",
        default=None,
    )
    published_at_confidence: float | None = column(
        "0 to 1: by place and words, higher where several sources agree, low for a date read from a related block.", default=None
    )
    modified_at: WallTime | None = column(
        "When it says it was last changed, wall-clock time of `modified_at_zone`; never before publication.", default=None
    )
    modified_at_source: str | None = column("Where that date was read; null without one.", default=None)
    modified_at_precision: Precision | None = column("day | minute", default=None)
    modified_at_zone: str | None = column("As for publication.", default=None)
    modified_at_confidence: float | None = column("0 to 1, as for publication.", default=None)
    author: str | None = column("Author named on the page; several are joined by a comma and a space.", default=None)
    source: str | None = column("Source (来源) named on the page.", default=None)
    editor: str | None = column("Editor (责编) named on the page.", default=None)
    reviewer: str | None = column("Medical reviewer (审核医生) named on the page.", default=None)
    tags: tuple[str, ...] = column("Tags the site gave.", default=())
    keywords: tuple[str, ...] = column("Keywords computed from title and body (jieba, TF-IDF), most telling first.", default=())
    disclaimer: str | None = column("The disclaimer taken off the body (提示:…).", default=None)
    ai_label: str | None = column(
        "Explicit AI-generation label, as written on the page or in its AIGC metadata; its absence proves nothing.", default=None
    )
    parser: str = column("Parser module that read it.")
    parser_version: str = column("Version of that parser.")
    quality: tuple[QualityFlag, ...] = column("What a reader should know about it, with spans.", default=())
    evidence: tuple[Evidence, ...] = column("Where title, dates, names and tags were read.", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Article(Content):
    """What a parser returns for a page: the content and the page's related block."""

    related: tuple[RelatedItem, ...] = column("Related links, in the order of the page.", default=())
    part: PagePart | None = column("Which page it is of an article of several pages; null for an article of one.", default=None)


# --- tables -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRow(Content):
    """Pages and stubs, one row each, the newest version."""

    article_id: str = column("Stable key: from the canonical URL, without one from host and normalised title.", key=True)
    record: RecordKind = column("page: parsed from its own page. stub: known only from a related block.")
    canonical_url: str | None = column("Canonical URL; null when no address is known.", default=None)
    host: str | None = column("Host of the canonical URL.", default=None)
    body_sha256: str | None = column("SHA-256 of the body in UTF-8.", default=None)
    excerpt: str | None = column(
        "Beginning of the body, 200 characters at most, in a release of excerpts, whose bodies are null; null in one with whole texts.",
        default=None,
    )
    capture_id: str = column("Capture that this version was read from.")
    first_seen_at: Moment = column("First capture in which the article was seen, as page or stub.")
    last_seen_at: Moment = column("Last capture in which it was seen.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasRow:
    """Other keys of an article: an upgraded or moved article keeps its first id."""

    alias_id: str = column("The key that the article would also have.", key=True)
    article_id: str = column("The article's id.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedLinkRow:
    """One entry of a page's related block (newest version of the page)."""

    article_id: str = column("The recommending article.", key=True)
    position: int = column("Place in the block, from 1.", key=True)
    target_id: str = column("The recommended article, a page or a stub.")
    title: str = column("Anchor title.")
    url: str | None = column("Absolute address; null in a text dump, and for a relative link of a page that has no address.", default=None)
    snippet: str | None = column("The beginning of the answer shown beside it, flattened and cut.", default=None)
    tag: str | None = column("Tag shown beside it.", default=None)
    published_at: WallTime | None = column("Date shown beside it, Asia/Shanghai.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureRow:
    """One row per capture: bytes archived at one moment, with their one final status."""

    capture_id: str = column("Stable key, from address, digest and place in the archive.", key=True)
    url: str = column("Address as asked; `file:NAME` for a local file, `stdin:` for standard input.")
    final_url: str = column("Address after redirects.")
    canonical_url: str | None = column("Canonical URL; null for a local file without one.", default=None)
    fetched_at: Moment = column("When the bytes were archived.")
    status: int | None = column("HTTP status; null for a local file.", default=None)
    content_type: str = column("Media type as served or as told by the file's name.")
    etag: str | None = column("ETag as served.", default=None)
    last_modified: str | None = column("Last-Modified as served.", default=None)
    sha256: str = column("SHA-256 of the decoded body.")
    warc_file: str = column("WARC file in data/raw.")
    warc_offset: int = column("Start of the record in it, in bytes.")
    noindex: bool = column("The page asks not to be indexed.", default=False)
    training_opt_out: bool = column(
        "The page asks not to be used for training models (noai, TDM-Reservation); of a robots.txt, that it asks so for its whole site"
        " (Content-Signal, Content-Usage, DisallowAITraining).",
        default=False,
    )
    outcome: Outcome = column("parsed | unchanged | quarantined | failed")
    parser: str | None = column(
        "Parser module that read it; `listing` for a page that only leads to others; null when none did.", default=None
    )
    charset: str | None = column("Charset that its text was read in, as Python names it; null where no text was read.", default=None)
    charset_evidence: str | None = column(
        "What spoke for it: bom | utf16_nuls | strict_utf8 | declared (named by header or page, and the best scored) | scored.",
        default=None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """What could not be used, and why; kept as history."""

    failure_id: str = column("Stable key, from address, stage, reason and digest.", key=True)
    url: str = column("The address asked.")
    stage: str = column("Stage that failed: fetch, archive, decode, parse.")
    reason: str = column(
        "Short stable code: missing, unreadable, unknown_type, too_large, too_deep, empty, binary, bad_encoding, bad_json, truncated,"
        " not_an_article, needs_rendering, parser_error, title_collision, layout_changed, missing_part, damaged_archive,"
        " bad_sitemap; of fetching: robots, robots_unreachable,"
        " blocked_address, other_site, postponed, dns, connection, timeout, deadline, tls, http_404 and other statuses, redirect_loop,"
        " unsupported_type, incomplete, internal_error, …"
    )
    detail: str = column("One sentence: what was found, what was expected.")
    failed_at: Moment = column("When.")
    attempts: int = column("How often it was tried.", default=1)
    sha256: str | None = column("SHA-256 of the archived bytes that it is about; null when there are none.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRow:
    """An article's place in a cluster of copies; variants are marked, never deleted. An article may stand in one cluster of each kind."""

    article_id: str = column("The article.", key=True)
    url: str | None = column("Its address.", default=None)
    cluster_id: str = column("Durable id of the cluster.", key=True)
    kind: ClusterKind = column(
        "exact: equal text, marks and spaces aside. near: one text with edits. same_question: one question in other words of asking,"
        " whatever the answers. template: one frame, another place or thing filled in."
    )
    representative_id: str = column("The article that stands for the cluster.")
    similarity: float = column(
        "exact, near and template: Jaccard similarity of the text to the representative's over character 3-grams, 0 to 1;"
        " 1 for equal questions and equal frames of titles."
    )
    reason: str = column("The rule that put it here, and why the representative was chosen.")
    filler: str | None = column("template: what its title has in the frame's place.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRow:
    """A cluster of duplicates as a whole."""

    cluster_id: str = column("From its kind and the member seen first: it stays when members are added.", key=True)
    kind: ClusterKind = column("exact | near | same_question | template")
    title: str = column("Title of the representative.")
    representative_id: str = column("The article that stands for the cluster.")
    representative_reason: str = column(
        "Why it stands for it: the only one whose page is known | earliest dated | most complete | most recommended | first seen."
    )
    members: int = column("Articles in it.")
    sources: int = column("Publishers among them; copies of one text are one source for what it says, however many publish it.")
    basis: Literal["text", "title"] | None = column(
        "What holds it together: text (exact, near, template) or title (same_question, template).", default=None
    )
    frame: str | None = column("template: what the titles share, … where they differ.", default=None)
    fillers: tuple[str, ...] = column("template: what is filled in, sorted, 20 at most.", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateEdgeRow:
    """The evidence for a pair: why two articles stand in one cluster, or why two alike ones do not."""

    edge_id: str = column("Stable key, from kind, articles and cluster.", key=True)
    kind: Literal["exact", "near", "same_question", "template", "variant"] = column(
        "As of the cluster that it holds together; variant: alike, but they say different things or answer different questions, and are"
        " never merged."
    )
    cluster_id: str | None = column("The cluster; null for variants.", default=None)
    a_article_id: str = column("The article that was seen first.")
    b_article_id: str = column("The other.")
    similarity: float = column("As in `duplicates`, of this pair.")
    rule: str = column("Why the pair is of this kind.")
    differences: tuple[DifferingSpan, ...] = column("Where they differ, in order, 20 at most.", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterChangeRow:
    """Work table: what became of a cluster whose members moved. A journal of the analyses, so it is in no release: a rebuild has none."""

    change_id: str = column("Stable key, from the moment, the cluster and what became of it.", key=True)
    changed_at: Moment = column("When the analysis found it.")
    cluster_id: str = column("The cluster as it was called before.")
    kind: ClusterKind = column("Its kind.")
    change: Literal["merged", "split", "renamed", "dissolved"] = column(
        "merged: all of it is in another now. split: some of it is. renamed: the member that it was named by has left."
        " dissolved: no two of it are together any more."
    )
    other_ids: tuple[str, ...] = column("The clusters its members are in now, sorted.", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """One statement of an article that can be true or false."""

    claim_id: str = column("Stable key, from article, origin, normalised sentence, predicate and occurrence.", key=True)
    article_id: str = column("The article that says it.")
    statement_id: str = column("From the normalised sentence and its scope: equal sentences support one statement.")
    sentence: str = column("The sentence, verbatim.")
    start: int = column("Start of the sentence in the field that `origin` names, in code points.")
    end: int = column("End of the sentence, exclusive.")
    origin: Origin = column("body | title | snippet")
    cue_start: int = column("Start of the words that carry the claim, in the same field.")
    cue_end: int = column("Their end, exclusive.")
    subject: str = column("Whom or what it is about, as a concept.")
    predicate: str = column("Predicate concept of the lexicon.")
    topic: str = column("Topic of the concept, in words.")
    pole: str = column("Which of the concept's two poles the words name.")
    polarity: Literal["affirmed", "negated"] = column("affirmed | negated: parity of the negators over the predicate.")
    stance: int = column("+1 or -1: pole and polarity together; 0 for a pure quantity.")
    modality: str | None = column("must | may | need_not | forbidden", default=None)
    quantifier: str | None = column("all | some | most | only", default=None)
    hedge: bool = column("The statement is hedged: 可能, 或许, 一般.", default=False)
    quantity: Quantity | None = column("The number it gives.", default=None)
    frame: str = column("asserted | reported | debunked | question | hypothetical | past", default="asserted")
    scope: Scope = column("Where, when and for whom it is said to hold.")
    payer: str | None = column("Who pays: employer, individual, government, fund.", default=None)
    pool: str | None = column("Where the money goes: personal_account, pooled_fund.", default=None)
    anchored: str = column("Where its subject was found: clause | sentence | heading | title | concept.", default="clause")
    is_start: bool = column("The scope's period is said to be when it began (自…起, …新增).", default=False)
    is_weak: bool = column("Read from a consequence or a manner (吃了会中毒), not from a word of duty or permission.", default=False)
    published_at: WallTime | None = column("When its article says it was published: an undated statement holds for that day.", default=None)
    manner: str = column("How an act is done, joined by +: excess, freely, lasting, together, fasting, …", default="")
    inherited: str = column("Dimensions of scope that only the heading or the title names, joined by +.", default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContradictionRow:
    """Two statements that cannot both be true, or that differ only by scope."""

    contradiction_id: str = column("Stable key, from the sorted pair of statements.", key=True)
    type: str = column("negation, antonym, numeric, modality, exclusivity, payer, existential_universal, time, debunk")
    rule: str = column("What found it: type and predicate concept, such as `negation:balance_cleared`.", default="")
    score: float = column("The engine's score, 0 to 1.")
    scope: str = column("same | overlapping | unknown | different: how the scopes relate.")
    topic: str = column("Topic, in words.")
    explanation: str = column("Why they clash, in Chinese.")
    a_claim_id: str = column("First claim.")
    b_claim_id: str = column("Second claim.")
    a_statement_id: str = column("Statement of the first claim: what a judgement is keyed by.", default="")
    b_statement_id: str = column("Statement of the second claim.", default="")
    a_sentence: str = column("First sentence, verbatim.")
    b_sentence: str = column("Second sentence, verbatim.")
    a_url: str | None = column("Address of the first.", default=None)
    b_url: str | None = column("Address of the second.", default=None)
    status: Literal["flagged", "possible", "scope_difference", "suppressed", "accepted", "rejected"] = column(
        "flagged | possible (below the threshold) | scope_difference | suppressed | accepted | rejected"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicRow:
    """One side of a question on which statements take sides; near-duplicate sentences support one statement, copies are one source."""

    topic: str = column("Topic, in words.", key=True)
    predicate: str = column("Predicate concept of the lexicon.", key=True)
    item: str = column("The thing the question is asked of (a drug, a food) where there is one; else empty.", key=True, default="")
    side: str = column("The side: 是 or 否, an amount, or the account that money goes to.", key=True)
    is_contested: bool = column("The question has two sides that cannot both hold within one scope.", default=False)
    statements: int = column("Distinct statements on this side: near-duplicate sentences are one.")
    sources: int = column("Independent sources: distinct publishers once copies are merged; pages without a host count as one.")
    articles: int = column("Articles on this side, copies included.", default=0)
    undated: int = column("Articles among them without a date.", default=0)
    weakly_dated: int = column("Articles among them dated only by a related block.", default=0)
    contradictions: int = column("Pairs of statements, one on this side, that a flagged or accepted contradiction joins.", default=0)
    self_contradicting: tuple[str, ...] = column("Articles on this side that contradict themselves on this question, by id.", default=())
    regions: tuple[RegionCount, ...] = column("Statements and articles by region, as said in them.", default=())
    months: tuple[MonthCount, ...] = column("Statements by month of the articles that make them, undated ones last.", default=())
    first_published_at: WallTime | None = column(
        "Earliest date among them; dates of a related block count only when there is no other.", default=None
    )
    last_published_at: WallTime | None = column("Latest date among them, likewise.", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a person decided of a pair of statements, as the file in data/judgements holds it; never rebuilt, never changed."""

    judgement_id: str = column("Stable key, from everything else that the judgement says.", key=True)
    contradiction_id: str = column("The contradiction as it was called when it was judged.")
    a_statement_id: str = column("The smaller of the two statement ids.")
    b_statement_id: str = column("The larger.")
    a_sentence: str = column("First sentence, as judged.")
    b_sentence: str = column("Second sentence, as judged.")
    verdict: Verdict = column("accept: they contradict each other | reject: they do not | unsure")
    reason: str | None = column("Why, in the judge's words.", default=None)
    judged_by: str = column("Who judged: a name, or what the system calls the user.")
    judged_at: Moment = column("When.")
    rule: str = column("Rule that had found the pair: type and predicate concept.")
    type: str = column("Type of contradiction, as found then.")
    topic: str = column("Topic, as found then.")


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgementRow(Judgement):
    """A human decision on a pair of statements, with what it does in this dataset; history is kept."""

    is_latest: bool = column("The newest judgement of its pair: the one that counts.")
    applies_to: str | None = column("The contradiction whose status it decides; null when a newer one does, or the pair is not found.")
    engine_status: str | None = column(
        "What the engine makes of that contradiction without any judgement: flagged | possible | scope_difference.", default=None
    )
    stale: bool = column("The statements are no longer in the dataset, and their sentences are no longer found as a pair.")


TABLES: Mapping[str, type[Any]] = MappingProxyType(
    {
        "articles": ArticleRow,
        "article_aliases": AliasRow,
        "related_links": RelatedLinkRow,
        "captures": CaptureRow,
        "failures": FailureRow,
        "duplicates": DuplicateRow,
        "clusters": ClusterRow,
        "duplicate_edges": DuplicateEdgeRow,
        "claims": ClaimRow,
        "contradictions": ContradictionRow,
        "topics": TopicRow,
        "judgements": JudgementRow,
    }
)
"""Every table of a release by name."""


def stable_id(prefix: str, *parts: str | int | None) -> str:
    """A key that depends on its parts alone: `prefix_` and 16 hex digits of SHA-256.

    64 bits: for ten million rows the chance of one collision is about 3 in a million.
    """
    joined = "\x1f".join("" if part is None else str(part) for part in parts)
    return f"{prefix}_{hashlib.sha256(joined.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def utc_now() -> datetime:
    """The present moment in UTC, to the second: what WARC-Date can hold."""
    return datetime.now(UTC).replace(microsecond=0)
