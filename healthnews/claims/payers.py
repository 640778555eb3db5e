"""Claims about who bears a cost: 生育津贴由生育保险基金支付, 费用由单位承担."""

from __future__ import annotations

from collections.abc import Iterator

from healthnews.claims.clauses import Clause, SentenceView
from healthnews.language.negation import polarity_over
from healthnews.language.patterns import compile_led

_WHO = {
    "third_party": r"第三人|第三方|肇事方|肇事司机|对方|责任方|责任人|加害人|侵权人",
    "insurer": r"保险公司|商业保险|商保|保险人",
    "school": r"学校|高校|校方",
    "employer": r"用人单位|(?<!工作)(?<!定点)单位|企业|公司(?!承保)|雇主|老板",
    "hospital": r"医院|医疗机构",
    "government": r"财政|政府|国家|民政(?:部门)?",
    "fund": r"(?:生育|工伤|医疗|大病|长护)?保险基金|医保基金|统筹(?:基金|账户)?|社保(?:基金)?|医保(?:部门|局)?|基金",
    "individual": r"个人|自己|本人|患者|参保人(?:员)?|职工(?!医保)|学生|家长|家属|家庭|产妇|女职工|老百姓|员工",
}
_NAMES = "|".join(f"(?P<{name}>{words})" for name, words in _WHO.items())
_PAYS = (
    r"(?:支付|承担|负担|买单|出(?:钱|资|这笔钱)?|付|发放|发(?:给|钱)?|代付|垫付|给付|缴纳?|交(?:钱)?|掏(?:腰包|"
    r"钱)?|报销|兜底|赔付?|赔偿|管)"
)
_BY = compile_led(
    rf"(?:由|是|归|需要?|要|须|得|靠|从)\s*(?:{_NAMES})(?:自己|自行|全额|全部|统一|按[^,。;]{{0,8}}|来|单独|直接|另外|先|代为|承担|里面?|中|统一)*{_PAYS}"
)
_DOES = compile_led(
    rf"(?:{_NAMES})(?:自己|自行|全额|全部|统一|按[^,。;]{{0,6}}|来|单独|直接|另外|不|不用|无需|无须|不需要?|不会|不能|没有|分文不|一分钱不用)*{_PAYS}"
)
_OWN = compile_led(r"自费|自掏腰包|自理|自行承担|自己掏|自己出")
_PART = compile_led(r"一部分|部分由|按比例|共同|分担|各自?(?=出|付|承|负|交|缴)|其余|剩余|剩下|超出|一半|\d+(?:\.\d+)?%|成(?!本|员|年)")


def find_payers(view: SentenceView, clause: Clause) -> Iterator[tuple[int, int, str, bool]]:
    """Start and end in the clause, payer, and whether that one is said not to pay; nothing where only a part is spoken of."""
    if _PART.search(view.text):
        return
    seen: set[str] = set()
    for pattern in (_BY, _DOES):
        for match in pattern.finditer(clause.text):
            who = str(match.lastgroup)
            if who in seen or clause.text.startswith("的", match.end()):
                continue
            seen.add(who)
            verb = match.end() - 1
            negated = polarity_over(clause.text, verb, match.end()).negated
            yield match.start(), match.end(), who, negated
    own = _OWN.search(clause.text)
    if own and "individual" not in seen:
        yield own.start(), own.end(), "individual", polarity_over(clause.text, own.start(), own.end()).negated
