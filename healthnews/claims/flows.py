"""Claims about money: whose contribution goes to which account (单位缴费 → 统筹账户)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from healthnews.claims.clauses import Clause, SentenceView
from healthnews.claims.drafts import Draft, manner_of, scope_of
from healthnews.language.negation import polarity_over
from healthnews.language.patterns import compile_led

PREDICATE = "money_flow"
TOPIC = "缴费去向"

_PAYERS = {
    "employer": r"用人单位|(?<!工作)单位|企业缴",
    "individual": r"个人(?:所)?(?:缴|交)(?:费|纳|的)?|个人(?=和单位|与单位|和政府)|职工个人"
    r"|参保人(?:员)?(?:每月|按|缴|交|从工资|个人)|本人缴|自己(?:缴|交)|自缴|工资[中里]?(?:扣|代扣)|个人$|个人(?=按|每月|所)|人员(?=按|缴|每月)",
    "government": r"政府(?=补|财|缴|还|的?补贴|和)|财政(?:补|投)|国家补贴|(?<=或)政府|政府(?=或)",
}
_PAYER = compile_led("|".join(f"(?P<{name}>{words})" for name, words in _PAYERS.items()))
_PERSONAL = r"个人(?:的)?(?:医保)?账户|医保卡(?:里|内)?的?(?:余额|钱|资金)|医保卡余额"
_POOLED = r"统筹(?:账户|基金)|统筹金"
_POOL = compile_led(f"(?P<personal_account>{_PERSONAL})|(?P<pooled_fund>{_POOLED})")
_INTO = compile_led(r"进入|划入|计入|归入|存入|纳入|划到|划拨(?:到|至|进)|记入|打入|注入|拨入|转入|流入|划账|划至|返还到")
_FROM = compile_led(
    r"来源于|来自于?|由[^,。;]{0,40}?(?:组成|构成|划入|划拨|形成|而来)|(?:分为|包括|构成):|[一二两三四五几]部分(?:构成|组成)|组成|"
    r"构成|来源(?:之一)?是"
)
_ONLY_OWN = compile_led(r"(?:仅|只|全部)(?:显示|包括|包含|来自|来源于|由|有|是)?[^,。]{0,3}?(?P<payer>个人(?:缴|交)|自缴|自己缴)")
_RELATED = re.compile(r"(?:共济|绑定|转账|授权|亲属|家庭|家人|报销|退费|退回|退款|提取)")


def find_payers(text: str) -> list[str]:
    """Who pays, in order of place, each once: employer, individual, government."""
    found = [str(match.lastgroup) for match in _PAYER.finditer(text)]
    return list(dict.fromkeys(found))


def may_tell_flow(sentence: str) -> bool:
    """Whether a sentence names an account or a contribution and says that something goes into it or comes of it."""
    if "账" not in sentence and "医保卡" not in sentence and "基金" not in sentence and "缴" not in sentence:
        return False
    return bool(_INTO.search(sentence) or _FROM.search(sentence) or _ONLY_OWN.search(sentence))


def read_flows(view: SentenceView) -> Iterator[Draft]:
    """Claims that a payer's contribution goes to an account, or that an account is fed by a payer."""
    if not may_tell_flow(view.text):
        return
    payers: list[str] = []
    for i, clause in enumerate(view.clauses):
        own = find_payers(clause.text)
        payers = own or payers
        only = _ONLY_OWN.search(clause.text)
        if only:
            pool = _pool_of(clause.text, view, i)
            if pool:
                yield _draft(clause, only.start(), only.end(), "individual", pool, view, "only")
            continue
        yield from _read_clause(clause, i, payers, view)


def _read_clause(clause: Clause, index: int, payers: list[str], view: SentenceView) -> Iterator[Draft]:
    into = _INTO.search(clause.text)
    source = _FROM.search(clause.text)
    if into is not None and payers:
        pools = {str(m.lastgroup) for m in _POOL.finditer(clause.text, into.end())}
        if not pools and source is None and clause.text.startswith("由"):
            pools = {pool for pool in [_pool_of(clause.text, view, index)] if pool}
        if len(pools) == 1 and not _RELATED.search(clause.text[into.end() :]):
            polarity = polarity_over(clause.text, into.start(), into.end())
            if not polarity.negated:
                for payer in payers:
                    yield _draft(clause, into.start(), into.end(), payer, next(iter(pools)), view)
            return
    if source is not None:
        subject = _POOL.search(clause.text, 0, source.start() + 1)
        listed = find_payers(",".join(c.text for c in view.clauses[index:])[:60])
        if subject and listed:
            for payer in listed:
                yield _draft(clause, source.start(), source.end(), payer, str(subject.lastgroup), view)


def _pool_of(clause: str, view: SentenceView, index: int) -> str | None:
    """The account a clause is about: named in it, in the sentence before it, in the heading or the title; None when both or none."""
    before = ",".join(c.text for c in view.clauses[:index])
    for words in (clause, before, view.context.heading.split(" ")[-1], view.context.title):
        pools = {str(match.lastgroup) for match in _POOL.finditer(words)}
        if pools:
            return pools.pop() if len(pools) == 1 else None
    return None


def _draft(clause: Clause, start: int, end: int, payer: str, pool: str, view: SentenceView, quantifier: str | None = None) -> Draft:
    # Only employee insurance has employers that pay and accounts that are fed: such a sentence is about it unless it says otherwise.
    names_account = "个人账户" in view.text
    manner = manner_of(clause)
    insurance = "employee" if pool == "personal_account" or payer == "employer" or names_account else None
    return Draft(
        start=clause.start + start,
        end=clause.start + end,
        subject=payer,
        predicate=PREDICATE,
        topic=TOPIC,
        pole=pool,
        is_negated=False,
        stance=0,
        frame=clause.frame_at(start),
        scope=scope_of(clause, condition=clause.condition, insurance=insurance),
        payer=payer,
        pool=pool,
        **{**manner, "quantifier": quantifier or manner["quantifier"]},  # type: ignore[arg-type]
    )
