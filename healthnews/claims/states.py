"""Claims from lexicon concepts: states with two poles, acts with a modality, and lists of uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from healthnews.claims.acts import value_of
from healthnews.claims.clauses import Clause, SentenceView
from healthnews.claims.cues import condition_before, find_modal, is_wish
from healthnews.claims.drafts import Draft, manner_of, scope_of_hit
from healthnews.claims.hits import Hit
from healthnews.claims.manner import find_manners
from healthnews.claims.marks import NO_MARKS, PEOPLE_GROUPS, near_things, things_of
from healthnews.claims.objects import named_object
from healthnews.claims.payers import find_payers
from healthnews.language.concepts import Concept, Lexicon, pattern_of
from healthnews.language.negation import Polarity, polarity_over
from healthnews.language.patterns import compile_led
from healthnews.records import Scope

Anchored = Literal["clause", "sentence", "heading", "title", "concept"]
_NOMINAL_AFTER = compile_led(
    r"医疗|药(?!店|房)|项目|部分|费用|支出|比例|金额|范围(?!之?[内外])|政策|流程|材料|待遇|条件|方式|手续|规定|标准|额度|"
    r"渠道|记录|系统|失败|问题|功能|服务"
)
_COPULA = re.compile(r"属于?|纳入|在|列入|进入|不|无法|可|能|会|应|须|需|是|将")
_TRANSITIVE = re.compile(r"(?:享受|领取)$")
_CAUSE = compile_led(r"会?(?:导致|引发|引起|造成|使得|致使)")
_FILLER = re.compile(r"[\s“”\"‘’()、的了等这种些该此类人者]+")
MAX_OBJECT_CHARS = 14
"""Free objects are compared on so many characters: more is the next phrase."""


def find_anchor(hit: Hit, clause: Clause, view: SentenceView, lexicon: Lexicon) -> Anchored | None:
    """Where a concept finds its subject, nearest first; None when nowhere, and then it says nothing here.

    A clause with a subject of its own (起付线累计到年底清零) does not take that of heading or title.
    """
    sources = lexicon.anchors.get(hit.concept.id)
    if sources is None:
        return "concept"
    places = [_place_of(pattern_of(source), clause, view) for source in sources]
    found = max(places)
    if found >= _NOWHERE:
        return None
    level = _PLACES[found]
    # Before an act stand those who do it; before a state or an amount, what it is said of.
    if _PLACES[min(places)] in _OUTSIDE and hit.concept.kind != "act":
        # A run-in heading names the matter, not the subject.
        opening = next((one.start for one in view.clauses if one.frame != "label"), view.start)
        before = view.text[opening - view.start : clause.start - view.start + hit.start]
        if has_own_subject(clause.text[: hit.start], lexicon) or has_own_subject(before, lexicon, most=MAX_SENTENCE_SUBJECT_CHARS):
            return None
    return level


_PLACES: tuple[Anchored, ...] = ("clause", "sentence", "heading", "title")
_NOWHERE = len(_PLACES)
_OUTSIDE = frozenset({"heading", "title"})


def _place_of(pattern: re.Pattern[str], clause: Clause, view: SentenceView) -> int:
    if pattern.search(clause.text):
        return 0
    for place, words in ((1, view.text), (2, view.context.heading), (3, view.context.title)):
        if words and pattern.search(words):
            return place
    return _NOWHERE


_NO_SUBJECT = re.compile(
    r"发作|急性|平稳|稳定|缓解|期|最好|好|尽量|千万|务必|一起|同时|适量|少量|大量|放心|吃|喝|服用?|用|打|做|人|孩子|宝宝|男|女|老|岁|年龄|阶段|早期|晚期|饮食|生活|平时|平日|日常|那么|真相|正解|答案?|[一二三四五六七八九十]|"
    r"[^\u4e00-\u9fff]|到了?|年[底末终初]|每年|当年|次年|今年|明年|目前|现在|如今|一般|通常|往往|原则上?|基本上?|全部|都|均|也|还|就|才|则|便|将|会|能|可以?|不|没有?|无|未|并|绝|"
    r"需要?|必须|应该?|应当|要|得|可能|或许|是|为|属于|被|把|给|对|在|从|自|由|于|以|按|其|它们?|他们?|她们?|您|你|我们?|这|那|此|该|些|种|笔|个|项|类|部分|钱|"
    r"因为?|所以|因此|但是?|不过|而且?|且|或者?|和|与|及|并且|同时|另外|此外|其实|实际上|事实上|直接|回答|答案?|简单|来说|说|总之|总体|具体|根据|按照|依据|规定|政策|国家|"
    r"已经?|曾|正|仍然?|依然|继续|再|又|只|仅|最|更|很|较|比较|非常|十分|完全|一律|一概|只要|只有|如果|若|虽然|尽管|无论|不管|了|的|地|着|过|后|前|时|期间|之|内|外|上|下|中|里|"
    r"情况|问题|方面|人员?|人们|患者|参保|医保|大家|多数|大多|少数|有些?|某些|各地|地区|部门|机构|医院|自动|统一|一次|一定|正常|及时|尽快|建议|记得|注意|请|即|等|使用|办理|享受|进行|随时"
)
MAX_SUBJECTLESS_CHARS = 2
"""More characters than these before a predicate, once function words are gone, are a subject of its own (seed and own pages)."""


MAX_SENTENCE_SUBJECT_CHARS = 6
"""The same for all of the sentence before the predicate."""
MAX_SHORT_CLAUSE_CHARS = 4


def has_own_subject(before: str, lexicon: Lexicon, *, is_item: bool = False, most: int = MAX_SUBJECTLESS_CHARS) -> bool:
    """Whether the words before a predicate name what it is said of, besides whom, where and when.

    Where a thing is asked for, one character is enough at the head of a clause (肉可以吃).
    """
    is_short = is_item and len(before.strip()) <= MAX_SHORT_CLAUSE_CHARS
    for word in lexicon.scopes.find(before):
        before = before[: word.start] + "▁" * (word.end - word.start) + before[word.end :]
    return len(_NO_SUBJECT.sub("", before)) > (0 if is_short else most)


def read_states(view: SentenceView, lexicon: Lexicon) -> Iterator[Draft]:
    """Claims of every state, act, list and payer concept in a sentence."""
    for i, clause in enumerate(view.clauses):
        found: dict[str, list[Draft]] = {}
        for hit in clause.hits:
            if hit.concept.kind == "amount" or _lacks_item(hit.concept, clause):
                continue
            anchored = find_anchor(hit, clause, view, lexicon)
            if anchored is not None and not is_silenced(hit, i, view, lexicon) and not is_wish(clause.text, hit.start):
                found.setdefault(hit.concept.id, []).extend(_read_hit(hit, i, view, anchored, lexicon))
        for drafts in found.values():
            yield from _one_voice(drafts)


def _lacks_item(concept: Concept, clause: Clause) -> bool:
    """Whether an act asks for things of which the text names none, and so cannot be one; most hits of 吃 and 用 end here."""
    if concept.kind != "act" or not concept.items or concept.subject or concept.is_open or {"food", "drug"} & set(concept.items):
        return False
    return not any(group in clause.marks.things for group in concept.items)


def _read_hit(hit: Hit, index: int, view: SentenceView, anchored: Anchored, lexicon: Lexicon) -> Iterator[Draft]:
    draft: Draft | None
    if hit.concept.kind == "payer":
        yield from _read_payers(hit, index, view, anchored, lexicon)
        return
    if hit.concept.kind == "members":
        draft = _read_members(hit, index, view, anchored, lexicon)
    elif hit.concept.kind == "act":
        draft = _read_act(hit, index, view, anchored, lexicon)
    else:
        draft = _read_state(hit, _without_cue(view.clauses[index], hit, lexicon), anchored, lexicon)
    if draft is not None:
        yield draft


def _one_voice(drafts: list[Draft]) -> list[Draft]:
    """Of what one clause says of one question of one thing, the last word: a Chinese predicate ends its clause (统筹基金不予报销)."""
    last = {(draft.subject, draft.scope.item): draft.stance for draft in drafts}
    return [draft for draft in drafts if draft.stance == last[draft.subject, draft.scope.item]]


def _read_state(hit: Hit, clause: Clause, anchored: Anchored, lexicon: Lexicon) -> Draft | None:
    concept = hit.concept
    polarity = _polarity_of(clause, hit)
    negated = polarity.negated != hit.is_gap_negated
    if not hit.has_gap and _is_nominal(clause.text, hit.start, hit.end):
        return None
    frame = clause.frame_at(hit.start)
    stance = (1 if hit.pole == "positive" else -1) * (-1 if negated else 1) * (-1 if frame == "debunked" else 1)
    other = _other_object(hit, clause)
    item = _item_of(clause, concept, clause.text[: hit.start], lexicon) if not other else None
    if concept.is_open:
        item = free_object(clause.text, hit.start, hit.end)
        if item is None:
            return None
    subject = other or item or (subject_of(concept, clause, hit.start) if not concept.items or concept.is_open else "")
    if not subject and not concept.subject and not concept.is_open:
        return None
    modal = find_modal(clause.text, hit.start)
    return Draft(
        start=clause.start + polarity.start,
        end=clause.start + hit.end,
        subject=concept.subject or subject,
        predicate=concept.id,
        topic=concept.topic,
        pole=hit.pole,
        is_negated=negated,
        stance=stance,
        frame=frame,
        scope=scope_of_hit(clause, hit, lexicon, item=item, condition=_condition_of(clause, hit, lexicon)),
        modality=modal[0] if modal else None,
        is_start=clause.marks.period is not None and clause.marks.period.is_start,
        anchored=anchored,
        **manner_of(clause, weak=polarity.weak),  # type: ignore[arg-type]
    )


def _polarity_of(clause: Clause, hit: Hit) -> Polarity:
    """Polarity of a hit; what a text declares untrue is not denied once more by the words that declare it (不要误以为…)."""
    start = max((0, *(span.start for span in clause.debunked if span.start <= hit.start < span.end)))
    found = polarity_over("▁" * start + clause.text[start:], hit.start, hit.end)
    if _WITH.search(clause.text, start, hit.start) and _UNRELATED.match(clause.text, hit.end):
        return found._replace(negated=not found.negated)
    return found


_WITH = re.compile(r"(?:与|和|跟|同)[^,。;]{0,12}$")
_UNRELATED = re.compile(r"[^,。;]{0,6}?(?:无关|没有?(?:直接|任何|必然|什么)?(?:关系|联系|关联)|不相关|毫无关系|扯不上)")
"""与不孕无关 denies what it names."""


def _item_of(clause: Clause, concept: Concept, before: str, lexicon: Lexicon) -> str | None:
    """The things that the concept asks for; those of heading and title only where the clause names none and has no subject (肉可以吃)."""
    if not concept.items:
        return None
    near = near_things(clause.own, clause.before, concept.items)
    if near or has_own_subject(before, lexicon, is_item=True) or set(clause.own.things) - PEOPLE_GROUPS:
        return near
    return things_of(clause.marks, concept.items)


def _other_object(hit: Hit, clause: Clause) -> str | None:
    """What the clause says a concept of foods or drugs of, when the lexicon does not know it: nothing is then inherited from outside."""
    if hit.concept.subject or things_of(clause.own, hit.concept.items) or not {"food", "drug"} & set(hit.concept.items):
        return None
    return named_object(clause.text, hit.start, hit.end)


def _without_cue(clause: Clause, hit: Hit, lexicon: Lexicon) -> Clause:
    """The clause without the scope that the concept's own words name: in 饭后服用 the meal is what is said, not where it holds."""
    concept = hit.concept
    inside = [word.payload for word in lexicon.scopes.find(clause.text, hit.start, hit.end)]
    implied, own = lexicon.implied[concept.id], lexicon.own_facets[concept.id]
    if not inside and not implied and not own and not concept.implies:
        return clause
    outside = set()
    if inside:
        outside = {word.payload for word in lexicon.scopes.find(f"{clause.text[: hit.start]}▁{clause.text[hit.end :]}")}
    facets = {key: values for key, values in clause.marks.facets.items() if key not in own}
    facets = {key: values - concept.implies for key, values in facets.items()}
    for word in (set(inside) - outside) | implied:
        key = (word.dimension, word.facet)
        facets[key] = facets.get(key, frozenset()) - {word.value}
    return replace(clause, narrowed=replace(clause.marks, facets={key: values for key, values in facets.items() if values}))


def is_silenced(hit: Hit, index: int, view: SentenceView, lexicon: Lexicon) -> bool:
    """Whether words that silence the concept stand in the sentence up to its own."""
    pattern = lexicon.never.get(hit.concept.id)
    return pattern is not None and pattern.search(view.text, 0, view.clauses[index].start - view.start + hit.end) is not None


def _is_nominal(clause: str, start: int, end: int) -> bool:
    """Whether a cue only names a thing (报销比例, 自费项目) and states nothing of it; 享受 states it of its object (享受待遇)."""
    if _TRANSITIVE.search(clause, start, end):
        return False
    return bool(_NOMINAL_AFTER.match(clause, end)) and not _COPULA.search(clause[max(0, start - 8) : start])


def _condition_of(clause: Clause, hit: Hit, lexicon: Lexicon) -> str | None:
    """The condition of a claim: that of its sentence, or what its own clause says before it; not its mere matter (如果被烫伤了)."""
    condition = clause.condition or condition_before(clause.text, hit.start) or cause_before(clause.text, hit.start)
    if condition is None:
        condition = clause.context.situation
    return None if condition is None or _names_matter(condition, hit.concept, lexicon) else condition


_SUPPOSITION = compile_led(
    r"如果|假如|要是|若是?|一旦|当|万一|只要|的?时候?|的话|之?后|以后|期间|情况下|的情况|被|了|在|不慎|不小心|发生|出现|遇到|有|是|您|你|孩子|宝宝|大人|患者|的?人|的|者|想要?|需要?|进行|做|职工|居民|医保|参保|[,\s]"
)
_TELLING = re.compile(r"[又再断停未超欠误错满]|重复|同时|多缴|多交|没有?")
"""Words that make more of a condition than its matter, whatever is left beside them."""
MAX_MATTER_REST = 1


def _names_matter(condition: str, concept: Concept, lexicon: Lexicon) -> bool:
    """Whether a condition holds nothing but what the concept is about anyway."""
    patterns = [pattern_of(source) for source in lexicon.anchors.get(concept.id, ())]
    if _TELLING.search(condition) or not any(pattern.search(condition) for pattern in patterns):
        return False
    rest = condition
    for pattern in patterns:
        rest = pattern.sub("", rest)
    return len(_SUPPOSITION.sub("", rest)) <= MAX_MATTER_REST


def cause_before(clause: str, position: int) -> str | None:
    """What a clause names as the cause of what stands at a position (信息错误会导致…): a condition of it."""
    cause = _CAUSE.search(clause, 0, position)
    return clause[: cause.start()].strip() or None if cause else None


def subject_of(concept: Concept, clause: Clause, position: int) -> str:
    """What the claim is about: the concept's subject, or the things it is asked of, or the words before it that name something."""
    if concept.subject:
        return concept.subject
    groups = concept.items or tuple(sorted(clause.marks.things))
    named = things_of(clause.marks, groups)
    if named:
        return named
    words = _NO_SUBJECT.sub("", clause.text[:position])[-MAX_OBJECT_CHARS:]
    return words if len(words) >= MIN_SUBJECT_CHARS else ""


MIN_SUBJECT_CHARS = 2


def _read_act(hit: Hit, index: int, view: SentenceView, anchored: Anchored, lexicon: Lexicon) -> Draft | None:
    """An act counts only with what is said of it: 需备案, 无需备案, 备案是多余的; the bare word says nothing."""
    concept = hit.concept
    value = value_of(view, index, hit)
    if value is None:
        return None
    clause = _without_cue(view.clauses[index], hit, lexicon)
    matter = _matter_of_act(hit, clause, lexicon)
    if matter is None:
        return None
    subject, item = matter
    if value.is_weak and item and not near_things(clause.own, clause.before, concept.items):
        # 最好蒸着吃 on a page about something: how to do it, not whether.
        return None
    negated = value.modality in ("need_not", "forbidden")
    return Draft(
        start=clause.start + min(value.start, hit.start),
        end=clause.start + hit.end,
        subject=subject,
        predicate=concept.id,
        topic=concept.topic,
        pole=hit.pole,
        is_negated=negated,
        stance=-1 if negated else 1,
        frame=clause.frame_at(hit.start),
        scope=scope_of_hit(clause, hit, lexicon, item=item, condition=_condition_of(clause, hit, lexicon)),
        modality=value.modality,
        anchored=anchored,
        is_weak=value.is_weak,
        manner=_manners(view, index, hit, item),
        **manner_of(clause),  # type: ignore[arg-type]
    )


def _matter_of_act(hit: Hit, clause: Clause, lexicon: Lexicon) -> tuple[str, str | None] | None:
    """Subject and item of an act: the things that its concept asks for, or for an open act all things and its object as written."""
    concept = hit.concept
    if concept.is_open:
        groups = tuple(sorted(set(clause.marks.things) - PEOPLE_GROUPS))
        return things_of(clause.marks, groups) or "", free_object(clause.text, hit.start, hit.end)
    other = _other_object(hit, clause)
    item = _item_of(clause, concept, clause.text[: hit.start], lexicon) if not other else None
    if concept.items and not concept.subject and item is None and other is None:
        return None
    return concept.subject or other or item or "", item


MAX_MANNER_CHARS = 8
"""Manner stands so near the act: 不能长期大量地服用."""


def _manners(view: SentenceView, index: int, hit: Hit, item: str | None) -> frozenset[str]:
    """Manners of an act, those of its thing among them where the clause before names that (油炸的红薯,最好别碰); none of leaving it."""
    if hit.pole != "positive":
        return frozenset()
    clause = view.clauses[index]
    found = manner_of_act(clause.text, hit)
    if index and item and not near_things(clause.own, NO_MARKS, hit.concept.items):
        before = view.clauses[index - 1].text
        found |= find_manners(before, 0, len(before))
    return found


_NEXT_ACT = re.compile(r"就|则|便|才|可|能|会|后|再|、")
"""Here the next act begins, whose manner is its own (无需备案就可直接结算)."""


def manner_of_act(clause: str, hit: Hit) -> frozenset[str]:
    """Manners beside the act, without those that its own words name."""
    turn = _NEXT_ACT.search(clause, hit.end)
    stop = min(turn.start() if turn else len(clause), hit.end + MAX_MANNER_CHARS)
    return find_manners(clause, max(0, hit.start - MAX_MANNER_CHARS), stop) - find_manners(clause, hit.start, hit.end)


def _read_payers(hit: Hit, index: int, view: SentenceView, anchored: Anchored, lexicon: Lexicon) -> Iterator[Draft]:
    """Who bears the cost that the concept names, in the clause that names it or in the next one."""
    concept = hit.concept
    for clause in view.clauses[index : index + 2]:
        found = list(find_payers(view, clause))
        for start, end, who, negated in found:
            yield Draft(
                start=clause.start + start,
                end=clause.start + end,
                subject=concept.subject or concept.topic,
                predicate=concept.id,
                topic=concept.topic,
                pole=who,
                is_negated=negated,
                stance=-1 if negated else 1,
                frame=clause.frame_at(start),
                scope=scope_of_hit(clause, hit, lexicon, condition=clause.condition),
                payer=who,
                anchored=anchored,
                **manner_of(clause),  # type: ignore[arg-type]
            )
        if found:
            return


def _read_members(hit: Hit, index: int, view: SentenceView, anchored: Anchored, lexicon: Lexicon) -> Draft | None:
    """A list of uses after the verb, with the examples in the brackets that follow."""
    clause, concept = view.clauses[index], hit.concept
    words = clause.text[hit.end :]
    for later in view.clauses[index + 1 : index + 4]:
        if not re.match(r"\s*(?:包括|如|含|例如|比如|以及|、|的)", later.text):
            break
        words += later.text
    members = sorted(name for name, names in concept.members.items() if any(word in words for word in names))
    if not members:
        return None
    polarity = _polarity_of(clause, hit)
    negated = polarity.negated or hit.pole == "negative"
    frame = clause.frame_at(hit.start)
    return Draft(
        start=clause.start + polarity.start,
        end=clause.start + hit.end,
        subject=concept.subject,
        predicate=concept.id,
        topic=concept.topic,
        pole=hit.pole,
        is_negated=negated,
        stance=(-1 if negated else 1) * (-1 if frame == "debunked" else 1),
        frame=frame,
        scope=_without_setting(scope_of_hit(clause, hit, lexicon, item="+".join(members), condition=clause.condition)),
        anchored=anchored,
        **manner_of(clause, weak=polarity.weak),  # type: ignore[arg-type]
    )


def _without_setting(scope: Scope) -> Scope:
    """The uses themselves name settings (门诊, 药店): here they are members, not scope."""
    return Scope(
        region=scope.region,
        period=scope.period,
        insurance=scope.insurance,
        population=scope.population,
        condition=scope.condition,
        item=scope.item,
    )


def free_object(clause: str, start: int, end: int) -> str | None:
    """The object of a predicate: what follows it in the clause, or else what stands before it; None when there is neither."""
    after = _FILLER.sub("", clause[end:])[:MAX_OBJECT_CHARS]
    if len(after) >= 2:
        return after
    before = _FILLER.sub("", clause[:start])[-MAX_OBJECT_CHARS:]
    return before if len(before) >= 2 else None
