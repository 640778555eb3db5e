"""How a sentence says what it says: question, supposition, debunking, past; modality, quantifier and hedge of a clause."""

from __future__ import annotations

import re

from healthnews.language.segment import Span

_QUESTION_END = re.compile(r"\?”?\s*$|(?:吗|呢|么)[”)]?\s*$")
_QUESTION_WORDS = re.compile(
    r"是否|能否|可否|能不能|会不会|是不是|要不要|可不可以|有没有|多久|多少|怎么|怎样|如何|为什么|为何|哪些|哪里|哪家|哪个|"
    r"什么|谁来|几种|几次|何时|还是"
)
_ANNOUNCES = re.compile(
    r"(?:如下|以下|下列|包括|解析|分析|说明|原因|情况|方面|方法|步骤|要点)[^。;]{0,12}:\s*$|^以下是|"
    r"^关于[^,]{2,30}的?问题|^针对[^,]{2,30}(?:情况|问题|选择)|可能由以下|为几种情况"
)
_TITLE_QUESTION = re.compile(
    r"\?|吗|呢|是否|能否|可否|能不能|会不会|是不是|要不要|可不可以|有没有|多久|多少|怎么|怎样|如何|为什么|为何|哪|什么|咋|"
    r"几|谁|何时|还是|区别|方法|流程|意思"
)
_SUPPOSE = re.compile(
    r"^[\s“”\"]*(?:但是?|不过|而|且|此外|另外|同时|因此|所以|例如|比如|其中|注意|通常|一般|[^,。;]{0,4}人员?|[^,。;]{0,3}者)?[,\s]*"
    r"(?:如果|假如|倘若|假设|假使|要是|若是?|倘|如若|如需|如遇|如有|如未|如您?已|如您|如你|如因|如在|一旦|即使|即便|"
    r"哪怕|纵使|除非|只要|只有|当(?!地|前|年|月|日|天|事|中|选|场|时的)|万一|无论|不论|不管)"
)
_CONCESSIVE = re.compile(r"即使|即便|哪怕|纵使|无论|不论|不管")
_CONDITION_TAIL = re.compile(r"(?:时|(?<!”)的话|的情况下|情况下|之后|以后|后|的前提下|期间)$")
_CONSEQUENCE = re.compile(r"就(?![医诊业是近餐读])|则|才能?|便(?![利捷民秘宜携])|那么|即可|也(?=不|可|会|能)|都(?=不|可|会|能)|均|仍")
_JUDGEMENT = (
    r"(?:不实|错误的?|不准确|不正确|不科学|不成立|不靠谱|不可信|不可取|谣言|误解|误区|假的|片面的?|没有(?:科学|"
    r"任何)?(?:依据|根据|道理)|缺乏(?:科学)?依据|站不住脚|有误|不对|不属实|无稽之谈|以讹传讹|不攻自破)"
)
_DEBUNK = re.compile(
    rf"(?:说法|观点|传言|传闻|做法|认识|认知|理解|想法|看法|谣传|言论|观念|结论)[”\"]?(?:其实|完全|显然|确实|并)?(?:是|"
    rf"属于|属|都是|均属|纯属|存在|系|为|也是|皆)?(?:一种|一个|典型的?|常见的?)?\s*{_JUDGEMENT}"
    rf"|(?<=”)(?:其实|完全|显然|确实|并)?(?:是|属于|属|均属|纯属|系|为)?{_JUDGEMENT}"
    rf"|(?:是|属于|纯属|实为|系|属)(?:一种|一个|典型的?|常见的?|个)?(?:谣言|误区|误解|谬误|错误的|假的|不实|谣传|"
    rf"无稽之谈|伪科学|不科学的|不准确的|不对的)|并非如此|不是这样|并非事实|不是真的|事实并非|不可信|不足为信|"
    rf"没有科学依据|缺乏科学依据|无科学依据"
)
_DEBUNK_BEFORE = re.compile(
    r"误以为|误认为|错误地?认为|谣传|谎称|讹传|(?:常见)?(?<!走出)(?<!破除)(?<!打破)(?<!粉碎)(?<!澄清)(?<!纠正)(?<!告别)(?:误区|谣言|流言|传言|错误(?:认知|观念|认识|做法|"
    r"说法))[一二三四五六七八九十\d]*\s*:"
)
_RUMOUR = re.compile(
    r"网传|有传言|传言称|有人(?:说|认为|以为|觉得|担心)|(?:很多|不少|许多|部分|一些)(?:人|患者|家长|老人|市民|网友|"
    r"参保人)(?:都)?(?:以为|认为|觉得|担心|误)|听说|据说|据传|传闻|民间(?:说法|流传)|俗话说|老话说|所谓|声称|宣称|号称|"
    r"[网疯盛热风谣讹流在]传(?![播染统给达授送导感承真输递入出代])|"
    r"(?:截图|视频|帖子|网文|群里|网上|朋友圈|博主|自媒体)[^,。;]{0,4}?(?:说(?!明)|称|写着)"
)
_DISBELIEF = re.compile(
    r"(?:(?<![个特分区告类级辨识差])别|(?<!要)不要|(?<!能)不能|不可|不该|勿|莫|休要?)(?:再|都|全|轻易|盲目|随便|一味|完全)*"
    r"(?:相信|轻信|听信|迷信|误信|当真|信(?![用息号封函箱誉]|任(?!何)))|信不得|当不得真"
)
_DOUBTED_TITLE = re.compile(
    r"传言|流言|谣|不实|不可信|不靠谱|假消息|[是的]假的|真相|真假|是真的|不是真|别再?(?:转发|上当|被骗)|"
    r"不要再?(?:转发|上当)"
)
_QUOTED = re.compile(r"[“\"「『][^”\"」』]{2,60}[”\"」』]")
_TRUTH = ("其实", "实际上", "事实上", "正解", "真相", "但", "。")
"""Words at which a text turns from what it denies to what holds."""
_CALL = re.compile(
    r"(?:大家|各位|朋友们?|家长们?|老人家?|您|你们?|我们|咱们?|千万|可|都|也|请|快|就|还是|一定|统统|通通|的话|"
    r"[\s了啊呀哦吧呢它])+"
)
"""What a call not to believe is made of besides the call: it names nothing that is not to be believed."""
_CLAUSE_END = re.compile(r"[,。;:!?]")
_MODALS = re.compile(
    r"(?P<skip>可能|可见|可靠|可惜|可谓|功能|能力|能量|性能|技能|职能|智能|机能|节能|反应|相应|对应|供应|效应|适应|应用|"
    r"应急|应对|应收|响应|必需品|急需|所需|需求|便宜|避免|免疫|免费|减免|免责|难免|不免|无论|可怕|得到|获得|取得|觉得|"
    r"值得|认可|许可|"
    r"不可或缺|只能|才能|才可|方可|方能|就能|是否|能否|可否|能不能|可不可以|要不要)"
    r"|(?P<need_not>不需要|不需|不用|不必|无需|无须|毋需|毋须|没有?必要|不一定要|不一定需要|不要求|不强制|不是必须|"
    r"并非必须|免除|可不(?!以)|可以不|自愿(?!放弃))"
    r"|(?P<forbidden>不能够|不可以|不允许|不应该|不应当|不适合|不适宜|不建议|不推荐|不提倡|不主张|不得|不能|不可|不宜|"
    r"不要|不应|不该|不许|不让|禁止|严禁|切勿|切忌|勿|慎用|忌|禁用|避免|谨防|不再|别(?=吃|喝|用|打|做|去|让|把|急|乱|"
    r"轻易)|千万别|绝不能|最好不要)"
    r"|(?P<must>必须|务必|须要|一定要|需要|应该|应当|应(?!用|对)|须|需(?!求)|强制|要求|要(?=先|提前|每|在|尽|及时|坚持|按))"
    r"|(?P<may>可以|能够|允许|适合|适宜|建议|推荐|鼓励|支持|可(?!能)|能(?!量|力|源))"
)
_HEDGE = re.compile(
    r"可能|或许|也许|大概率|有望|疑似|似乎|恐怕|未必|不一定|不见得|取决于|视[^,。]{0,10}而定|因[^,。]{1,8}而异|不尽相同|"
    r"以[^,。]{1,12}为准|看情况|具体看|依据当地"
)
_ALL = re.compile(
    r"均(?!为|衡|匀|数|值|价|线)|都|一律|一概|全部|(?<!个人)(?<!归)所有|任何|凡是?|全都|统统|全国统一|无一例外|无论|不论|"
    r"完全|绝对|绝不|决不|从不|从未|全面(?:取消|实施|放开)|每(?:个|位|一)人"
)
_SOME = re.compile(
    r"(?:(?<!大)部分(?=可|能|地|城|省|市|统|人|患|医院|药|参|情|检|项|单位|产品|疾|群|品|孩|儿|老|病)|有些|有的|某些|"
    r"个别|一些|少数|少部分|极少数|偶尔|有时|一定情况下|特殊情况下|特定情况下)"
)
_MOST = re.compile(r"多数|大多|大部分|通常|一般|往往|原则上|主要|绝大")
_ONLY = re.compile(
    r"仅限于?|只限于?|仅能|只能|仅可|只可|仅用于|只用于|专用于|唯一|限于|仅支持|只支持|[只仅]适用|仅(?!供|为了|需|凭)|只有(?!在)|"
    r"才(?:可以|能|会|可)"
)


def is_question_title(title: str) -> bool:
    """Whether a title asks rather than tells."""
    return bool(_TITLE_QUESTION.search(title))


def is_question(sentence: str) -> bool:
    """Whether a whole sentence is a question."""
    return bool(_QUESTION_END.search(sentence))


def is_announcement(sentence: str) -> bool:
    """Whether a sentence only says that something follows (方式如下:, 以下是…)."""
    return bool(_ANNOUNCES.search(sentence))


def asks(clause: str) -> bool:
    """Whether a clause holds an indirect question (是否, 多少)."""
    return bool(_QUESTION_WORDS.search(clause))


def find_debunked(sentence: str, is_debunked_heading: bool = False) -> list[Span]:
    """Parts of a sentence that it declares untrue, in its own offsets.

    “年底会清零”的说法不实: up to the judgement, or the quoted part. 误区:…: all that follows. 网传…,别信: what is passed on.
    """
    spans = []
    for match in _DEBUNK.finditer(sentence):
        quoted = sentence.rfind("“", 0, match.start())
        cut = max((sentence.rfind(mark, 0, match.start()) for mark in ":;。"), default=-1)
        spans.append(Span(max(quoted, cut, 0), match.start()))
    spans += [Span(match.end(), _truth_after(sentence, match.end())) for match in _DEBUNK_BEFORE.finditer(sentence)]
    spans += [_disbelieved(sentence, match) for match in _DISBELIEF.finditer(sentence)]
    if is_debunked_heading:
        spans.append(Span(0, len(sentence)))
    return spans


def _truth_after(sentence: str, start: int) -> int:
    """Where the words after a place turn to what holds; the end when they do not."""
    return min((found for mark in _TRUTH if (found := sentence.find(mark, start)) >= 0), default=len(sentence))


def _disbelieved(sentence: str, call: re.Match[str]) -> Span:
    """What a call such as 别信 is about: its object, else what its clause names, else the rumour, the quotation or the clause before it."""
    end = _CLAUSE_END.search(sentence, call.end())
    stop = end.start() if end else len(sentence)
    quoted = _QUOTED.match(sentence, call.end())
    if quoted:
        return Span(*quoted.span())
    if _CALL.sub("", sentence[call.end() : stop]):
        return Span(call.end(), stop)
    opened = max((mark.end() for mark in _CLAUSE_END.finditer(sentence, 0, call.start())), default=0)
    if _CALL.sub("", sentence[opened : call.start()]):
        return Span(opened, call.start())
    rumour = _RUMOUR.search(sentence, 0, opened)
    quotes = [quote.start() for quote in _QUOTED.finditer(sentence, 0, opened)]
    if rumour:
        start = rumour.end()
    elif quotes:
        start = quotes[-1]
    else:
        start = max((mark.end() for mark in _CLAUSE_END.finditer(sentence, 0, max(0, opened - 1))), default=0)
    return Span(start, min(_truth_after(sentence, start), opened))


def is_doubted_title(title: str) -> bool:
    """Whether a title passes a rumour on, to deny it or to warn of it: what it says is then not what its page holds."""
    return bool(_DOUBTED_TITLE.search(title) or _RUMOUR.search(title) or _DISBELIEF.search(title))


def is_rumour(sentence: str) -> bool:
    """Whether a sentence only repeats what others say (网传, 有人认为)."""
    return bool(_RUMOUR.search(sentence))


def condition_of(clause: str, is_last: bool) -> tuple[str | None, int]:
    """The condition a clause states, and where its own consequence begins (its length when it has none).

    A concessive clause (即使…) states no condition: what follows holds with or without it.
    """
    opened = _SUPPOSE.match(clause)
    if opened:
        consequence = _CONSEQUENCE.search(clause, opened.end())
        end = consequence.start() if consequence else (0 if is_last and len(clause) > 20 else len(clause))
        return (None if _CONCESSIVE.search(opened[0]) else clause[:end].strip() or None), end
    words = clause.rstrip(" ")
    tail = _CONDITION_TAIL.search(words)
    if tail and not is_last and len(words) >= 6 and not _TIME_ONLY.search(words):
        return words.strip(), len(clause)
    return None, 0


_TIME_ONLY = re.compile(
    r"^(?:自|从)?\d{2,4}年|改革后$|^(?:多数|一般|通常|大多|特殊|正常|某些|有些|某种)[^,]{0,4}情况下?$|此时$|^在?(?:这|那|"
    r"此)[种样类些]?情况下$|同时$|退休后$"
)


def find_modal(clause: str, before: int, *, reach: int = 12) -> tuple[str, int] | None:
    """The nearest modality before a place in a clause, and where its word starts: must | may | need_not | forbidden."""
    for match in reversed(list(_MODALS.finditer(clause, 0, before))):
        if match.lastgroup == "skip":
            continue
        if before - match.end() > reach or _BARRIER.search(clause[match.end() : before]):
            return None
        return _modality(clause, match), match.start()
    return None


OPPOSITE_MODALITY = {"must": "need_not", "need_not": "must", "may": "forbidden", "forbidden": "may"}
_DENIED = re.compile(r"(?:不是|并非|并不是|绝非|不代表|不意味着|不等于)(?:就|说|都)?$")
_BARRIER = re.compile(r"就|则|才|但|后(?!续)|导致|即可|且")


def _modality(clause: str, match: re.Match[str]) -> str:
    """The modality of a match, turned round where 不是 or 并非 stands right before it (不是不能吃)."""
    name = str(match.lastgroup)
    return OPPOSITE_MODALITY[name] if _DENIED.search(clause, max(0, match.start() - 4), match.start()) else name


def find_modals(clause: str) -> list[tuple[str, int, int]]:
    """Every modality of a clause with the span of its word."""
    return [(_modality(clause, m), m.start(), m.end()) for m in _MODALS.finditer(clause) if m.lastgroup != "skip"]


def quantifier_of(clause: str, *, weak: bool = False) -> str | None:
    """Quantifier of a clause: only, some, most, all; only outranks the rest."""
    if weak or _SOME.search(clause):
        return "some"
    if _ONLY.search(clause):
        return "only"
    if _ALL.search(clause):
        return "all"
    return "most" if _MOST.search(clause) else None


def is_hedged(clause: str) -> bool:
    """Whether a clause is hedged: 可能, 不一定, 视…而定."""
    return bool(_HEDGE.search(clause))
