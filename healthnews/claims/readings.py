"""What was read in a claim, in words: in a few of them beside a sentence, or column by column."""

from __future__ import annotations

import dataclasses

from healthnews.claims.cues import DUAL_MODALITY
from healthnews.claims.figures import PREDICATE as FREE_FIGURE
from healthnews.claims.free import PREDICATE as FREE_ACT
from healthnews.claims.wording import (
    Lang,
    bearer_name,
    field_name,
    frame_name,
    manner_names,
    modality_name,
    party_name,
    period_text,
    quantifier_name,
    quantity_text,
    say,
    scope_value_name,
    topic_name,
    word_name,
)
from healthnews.language.concepts import Lexicon
from healthnews.language.regions import NATIONWIDE, SOME_REGIONS, display_region
from healthnews.records import ClaimRow, Scope

SCOPE_DIMENSIONS = tuple(f.name for f in dataclasses.fields(Scope))
"""The dimensions of a scope, in order."""


def cue_of(claim: ClaimRow) -> str:
    """The words that carry a claim, verbatim."""
    return claim.sentence[max(0, claim.cue_start - claim.start) : max(0, claim.cue_end - claim.start)]


def is_act(claim: ClaimRow, lexicon: Lexicon) -> bool:
    """Whether a claim's modality is what is compared."""
    concept = lexicon.concepts.get(claim.predicate)
    return claim.modality is not None and (claim.predicate == FREE_ACT or (concept is not None and concept.kind == "act"))


def is_list(claim: ClaimRow, lexicon: Lexicon) -> bool:
    """Whether a claim lists members."""
    concept = lexicon.concepts.get(claim.predicate)
    return concept is not None and concept.kind == "members"


def has_free_object(claim: ClaimRow, lexicon: Lexicon) -> bool:
    """Whether a claim's item is free text, not the name of a thing."""
    concept = lexicon.concepts.get(claim.predicate)
    return claim.predicate in (FREE_ACT, FREE_FIGURE) or (concept is not None and concept.is_open)


def scope_value(claim: ClaimRow, dimension: str, lang: Lang, lexicon: Lexicon) -> str:
    """What a claim's scope holds in a dimension, empty for nothing; regions, things and conditions stay as they are written."""
    value = getattr(claim.scope, dimension, None)
    if not value:
        return ""
    if dimension == "region":
        if lang == "zh":
            return display_region(value)
        unnamed = {SOME_REGIONS: "some regions", NATIONWIDE: "nationwide"}
        return ", ".join(unnamed.get(part, display_region(part)) for part in value.split("+"))
    if dimension == "period":
        return period_text(value, lang)
    if dimension == "condition":
        return str(value)
    return say(lang, "、", ", ").join(_value_name(part, claim, lang, lexicon) for part in value.split("+"))


def _value_name(value: str, claim: ClaimRow, lang: Lang, lexicon: Lexicon) -> str:
    if lang == "en":
        return scope_value_name(value)
    concept = lexicon.concepts.get(claim.predicate)
    if concept is not None and value in concept.members:
        return concept.members[value][0]
    return lexicon.labels.get(value) or value


def reading_text(claim: ClaimRow, lang: Lang, lexicon: Lexicon) -> str:
    """What was read, in a few words: 一律否, 不超过500元, 必须, 单位缴费→统筹账户."""
    notes = [frame_name(claim.frame, lang)] if claim.frame in ("debunked", "past") else []
    notes += [say(lang, "不确定", "hedged")] if claim.hedge else []
    told = say(lang, "、", ", ").join(notes)
    return _said(claim, lang, lexicon) + (say(lang, f"({told})", f" ({told})") if told else "")


def _said(claim: ClaimRow, lang: Lang, lexicon: Lexicon) -> str:
    only = claim.quantifier == "only"
    if claim.pool:
        return f"{party_name(claim.payer or '', lang)}→{party_name(claim.pool, lang)}" + (say(lang, "(仅此)", " (only)") if only else "")
    if claim.quantity is not None:
        return (say(lang, "只限", "only ") if only else "") + quantity_text(claim.quantity, lang)
    if claim.payer:
        bearer = bearer_name(claim.payer, lang)
        if claim.stance > 0:
            return say(lang, f"由{bearer}承担", f"paid by {bearer}")
        return say(lang, f"不由{bearer}承担", f"not paid by {bearer}")
    if is_act(claim, lexicon):
        return modality_name(_of_its_words(claim), lang)
    if is_list(claim, lexicon) and claim.scope.item:
        holds = say(lang, "包括", "includes ") if claim.stance > 0 else say(lang, "不包括", "excludes ")
        return (say(lang, "仅限", "only ") if only else holds) + scope_value(claim, "item", lang, lexicon)
    answer = say(lang, "是", "yes") if claim.stance > 0 else say(lang, "否", "no")
    return f"{quantifier_name(claim.quantifier, lang)}{say(lang, '', ': ')}{answer}" if claim.quantifier else answer


def _of_its_words(claim: ClaimRow) -> str:
    """Modality of the words that are quoted; a row keeps that of the concept, for which 应前倾 forbids 仰头."""
    modality = claim.modality or ""
    return DUAL_MODALITY[modality] if claim.pole == "negative" and modality in DUAL_MODALITY else modality


def claim_fields(claim: ClaimRow, lang: Lang, lexicon: Lexicon) -> dict[str, str]:
    """Everything that was read in a claim: column → words; what it does not say is empty, what it quotes is verbatim."""
    comma, yes = say(lang, "、", ", "), say(lang, "是", "yes")
    return {
        "words": cue_of(claim),
        "topic": topic_name(claim, lang),
        "predicate": claim.predicate,
        "reading": reading_text(claim, lang, lexicon),
        "subject": comma.join((party_name(part, lang) if claim.pool else part) for part in claim.subject.split("+")),
        "pole": word_name(claim.pole, lang),
        "polarity": word_name(claim.polarity, lang),
        "modality": modality_name(claim.modality, lang) if claim.modality else "",
        "quantifier": quantifier_name(claim.quantifier, lang) if claim.quantifier else "",
        "hedge": yes if claim.hedge else "",
        "quantity": quantity_text(claim.quantity, lang) if claim.quantity else "",
        "frame": frame_name(claim.frame, lang),
        "payer": bearer_name(claim.payer, lang) if claim.payer else "",
        "pool": party_name(claim.pool, lang) if claim.pool else "",
        **{name: scope_value(claim, name, lang, lexicon) for name in SCOPE_DIMENSIONS},
        "manner": manner_names(claim.manner, lang),
        "published_at": claim.published_at.date().isoformat() if claim.published_at else "",
        "inherited": comma.join(field_name(name, lang) for name in claim.inherited.split("+") if name),
        "is_weak": yes if claim.is_weak else "",
        "anchored": word_name(claim.anchored, lang),
        "sentence": claim.sentence,
    }
