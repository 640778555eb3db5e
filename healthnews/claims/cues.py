"""How a sentence says what it says: question, supposition, debunking, past; modality, quantifier and hedge of a clause."""

from __future__ import annotations

import re
from functools import lru_cache

from healthnews.language.patterns import compile_led
from healthnews.language.segment import Span

_QUESTION_END = re.compile(r"\?”?\s*$|(?:吗|呢|么)[”)]?\s*$")
_QUESTION_WORDS = compile_led(
    r"是否|能否|可否|能不能|会不会|是不是|要不要|可不可以|有没有|多久|多少|怎么(?![^,。;]{0,8}都)|怎样|(?<!无论)(?<!不论)(?<!不管)如何|为什么|为何|哪些|哪里|哪家|哪个|"
    r"(?<!没)(?<!没有)(?<!不是)什么(?!都|也)|谁来|几种|几次|何时|还是(?!要|得|应|需|会|不|有|可|能)"
)
_ANNOUNCES = compile_led(
    r"(?:如下|以下|下列|包括|解析|分析|说明|原因|情况|方面|方法|步骤|要点)[^。;]{0,12}:\s*$|^以下是|"
    r"^关于[^,]{2,30}的?问题|^针对[^,]{2,30}(?:情况|问题|选择)|可能由以下|为几种情况"
)
_TITLE_QUESTION = compile_led(
    r"\?|吗|呢|是否|能否|可否|能不能|会不会|是不是|要不要|可不可以|有没有|多久|多少|怎么|怎样|如何|为什么|为何|哪|什么|咋|"
    r"几|谁|何时|还是|区别|方法|流程|意思"
)
_TITLE_LIST = re.compile(
    r"[0-9一二三四五六七八九十两]+[个大条点种类件步招](?!月|小时|星期|工作日)|误区|注意|事项|指南|攻略|一文|全解|解读|须知|盘点|知识|大全|清单"
)
_SUPPOSE = re.compile(
    r"^[\s“”\"]*(?:[^,。;]{0,8}?(?=一旦|若[已未有是]|如果|假如|要是)|但是?|不过|而|且|此外|另外|同时|因此|所以|例如|比如|其中|注意|通常|一般|[^,。;]{0,4}人员?|[^,。;]{0,3}者)?[,\s]*"
    r"(?:如果|假如|倘若|假设|假使|要是|若是?|倘|如若|如需|如遇|如有|如未|如您?已|如您|如你|如因|如在|一旦|即使|即便|"
    r"哪怕|纵使|除非|只要|只有|当(?!地|前|年|月|日|天|事|中|选|场|时的)|万一|无论|不论|不管)"
)
_CONCESSIVE = compile_led(r"即使|即便|哪怕|纵使|无论|不论|不管")
_CONDITION_TAIL = re.compile(r"(?:时|(?<!”)的话|的情况下|情况下|之后|以后|后|的前提下|期间)$")
_CONSEQUENCE = compile_led(r"就(?![医诊业是近餐读])|则|才能?|便(?![利捷民秘宜携])|那么|即可|也(?=不|可|会|能)|都(?=不|可|会|能)|均|仍")
_JUDGEMENT = (
    r"(?:不实|错误的?|不准确|不正确|不科学|不成立|不靠谱|不可信|不可取|谣言|误解|误区|假的|片面的?|没有(?:科学|"
    r"任何)?(?:依据|根据|道理)|缺乏(?:科学)?依据|站不住脚|有误|不对|不属实|无稽之谈|以讹传讹|不攻自破)"
)
_DEBUNK = compile_led(
    rf"(?:说法|观点|传言|传闻|做法|认识|认知|理解|想法|看法|谣传|言论|观念|结论)[”\"]?(?:其实|完全|显然|确实|并)?(?:是|"
    rf"属于|属|都是|均属|纯属|存在|系|为|也是|皆)?(?:一种|一个|典型的?|常见的?)?\s*{_JUDGEMENT}"
    rf"|(?<=”)(?:其实|完全|显然|确实|并)?(?:是|属于|属|均属|纯属|系|为)?{_JUDGEMENT}"
    rf"|(?<=[”\"])(?:都|全|其实|完全|不过|就|多)*是(?:[^,。;]{{0,4}}的?)?(?:话术|套路|骗局|幌子|噱头|借口|谎话|瞎话|迷信)"
    rf"|(?:是|属于|纯属|实为|系|属)(?:一种|一个|典型的?|常见的?|个)?(?:谣言|误区|误解|谬误|错误的|假的|不实|谣传|"
    rf"无稽之谈|伪科学|不科学的|不准确的|不对的)|并非如此|不是这样|并非事实|不是真的|事实并非|不可信|不足为信|"
    rf"没有科学依据|缺乏科学依据|无科学依据"
    r"|(?:是|属于|属|都是|均属|均是|涉嫌|等于|算)(?:一种)?(?:违规|违法|骗保|办不到|行不通|不可能的|错的|不可取|大忌|不允许的?|不被允许的?|不可以的|不行的|(?:被|明令)?禁止的)"
    r"|(?<=[的法])(?:不可取|行不通|要不得|使不得)|(?:说法|观点|结论|认识|观念|传言)(?:早?已经?|已经|早就)?被(?:否定|推翻|证伪|辟谣|打破|纠正|修正)"
)
_CLEARED_UP = compile_led(
    r"(?P<said>“[^”]{2,60}”)(?:的|这(?:种|类|一|个)?|等)?(?:传言|谣言|流言|说法|传闻|消息|网传)[^。;]{0,24}(?:澄清|辟谣|否认|否定|驳斥|不实|不存在|没有这|无此)"
)
# A clause that only judges the one before it (…,是办不到的).
_JUDGES = compile_led(
    rf",(?:这|那|此举|这样|这么做|这种(?:说法|做法))?(?:说法|做法)?(?:其实|完全|都|也|并|根本|显然|确实|肯定|绝对|同样)*(?:是|属于|属|系)?"
    rf"(?:{_JUDGEMENT}|办不到|不可能|行不通|错的?|不可取|违[规法]的?|不行|没门|不允许|不被允许|没有的事|没这回事|不可靠|靠不住|不现实|不科学)的?(?=[,。;!]|$)"
)
_SAID = re.compile(r"说法|观点|传言|传闻|做法|认识|认知|理解|想法|看法|谣传|言论|观念|结论")
"""What is judged by such a name may reach over a comma; a bare 捂汗是误区 judges its own clause."""
_DEBUNK_BEFORE = compile_led(
    r"(?:别|不要|莫|勿|不能|可别)(?:误?以为|觉得|认为)|误以为|误认为|错误地?认为|谣传|谎称|讹传|(?:常见)?(?<!走出)(?<!破除)(?<!打破)(?<!粉碎)(?<!澄清)(?<!纠正)(?<!告别)(?:误区|误解|迷思|谣言|流言|传言|谎言|错误(?:认知|观念|认识|做法|"
    r"说法|想法))[一二三四五六七八九十\d]*\s*[:、](?!真相)"
)
_RUMOUR = compile_led(
    r"(?:常|经常|总|时常|偶尔|网上|会)(?:能)?听[到见人]|有(?:一种|种|个)(?:说法|观点)|(?:过去|以前|从前|老|旧|传统|早先|曾有)的?(?:说法|观点|观念|看法|认识)|流传(?:着|甚广|很广|已久)|网传|有传言|传言称|有人(?:说|认为|以为|觉得|担心)|(?:很多|不少|许多|部分|一些)(?:人|患者|家长|老人|市民|网友|"
    r"参保人)(?:都)?(?:以为|认为|觉得|担心|误)|听说|据说(?!明)|据传|传闻|民间(?:说法|流传)|俗话说|老话说|所谓|声称|宣称|号称|"
    r"[网疯盛热风谣讹流在]传(?![播染统给达授送导感承真输递入出代])|(?:开始|都在|一直|到处|又在)传(?!染|播)|传[“\"]|"
    r"我(?:妈|爸|婆婆|奶奶|姥姥|外婆|丈母娘|老公|老婆|家(?:孩子|宝宝|娃|老人)|邻居|同事|朋友|表[姐妹哥弟])|(?:婆婆|老人家?|老一辈|长辈|邻居|亲戚)(?:们)?"
    r"(?:都|总|老|常|一直|经常|硬)*(?:说|让|叫|不让|没让|劝|坚持|以为|觉得|认为)|(?:那时候?|当年|年前)[^,。;]{0,6}我|"
    r"(?:截图|视频|帖子|网文|群里|网上|朋友圈|博主|自媒体)[^,。;]{0,4}?(?:说(?!明)|称|写着)"
)
_ALL_QUOTED = re.compile(r"[“\"][^”\"]*[”\"][。.!?]?")
_DISBELIEF = compile_led(
    r"(?:(?<![个特分区告类级辨识差])别|(?<!要)不要|(?<!能)不能|不可|不该|勿|莫|休要?)(?:再|都|全|轻易|盲目|随便|一味|完全)*"
    r"(?:相信|轻信|听信|迷信|误信|当真|信(?![用息号封函箱誉]|任(?!何)))|信不得|当不得真"
)
_DOUBTED_TITLE = compile_led(
    r"传言|流言|谣|不实|不可信|不靠谱|假消息|[是的]假的|真相|真假|是真的|不是真|别再?(?:转发|上当|被骗)|"
    r"不要再?(?:转发|上当)"
)
_QUOTED = re.compile(r"[“\"「『][^”\"」』]{2,60}[”\"」』]")
_TRUTH = ("其实", "实际上", "事实上", "正解", "真相", "但", "。")
"""Words at which a text turns from what it denies to what holds."""
_CALL = compile_led(
    r"(?:大家|各位|朋友们?|家长们?|老人家?|您|你们?|我们|咱们?|千万|可|都|也|请|快|就|还是|一定|统统|通通|的话|"
    r"[\s了啊呀哦吧呢它])+"
)
"""What a call not to believe is made of besides the call: it names nothing that is not to be believed."""
_CLAUSE_END = re.compile(r"[,。;:!?]")
_MODALS = compile_led(
    r"(?P<skip>可能|可见|可靠|可惜|可谓|功能|能力|能量|性能|技能|职能|智能|机能|节能|反应|相应|对应|供应|效应|适应|应用|"
    r"应急|应对|应收|应酬|应付|应激|应变|应聘|应届|响应|必需品|急需|所需|需求|便宜|避免|免疫|免费|减免|免责|难免|不免|无论|可怕|得到|获得|取得|觉得|"
    r"值得|认可|许可|"
    r"不可或缺|只能|才能|才可|方可|方能|就能|是否|能否|可否|能不能|可不可以|要不要)"
    r"|(?P<need_not>不需要|不需|不用|不必|用不着|犯不着|不至于要|大可不必|无需|无须|毋需|毋须|没有?必要|不一定要|不一定需要|不要求|不强制|不是必须|"
    r"并非必须|免除|可不(?!以)|可以不|自愿(?!放弃))"
    r"|(?P<forbidden>不能够|不可以|不允许|不应该|不应当|不适合|不适宜|不建议|不推荐|不提倡|不主张|不得|不能|不可|不宜|"
    r"不要|不应|不该|不许|不让|禁止|严禁|切勿|切忌|勿|慎用|忌|禁用|避免|谨防|不再|(?<![个特分区告类级辨识差送])别(?![的人处墅针名扭提致称])|千万别|绝不能|最好不要|最好[不别]|尽量(?:不|别|避免|少))"
    r"|(?P<must>必须|务必|须要|一定要|需要|应该|应当|应(?!用|对)|须|需(?!求)|(?<=[就都也总还先才人])该|该(?=[吃打查去停补做喝看戒换])|强制|要求|要(?=先|提前|每|在|尽|及时|坚持|按))"
    r"|(?P<may>不影响(?=[^,。;]{0,2}[接打吃喝服用做报领办])|不妨碍?|不耽误|可以|能够|允许|适合|适宜|建议|推荐|鼓励|支持|可(?!能)|能(?!量|力|源))"
)
_HEDGE = compile_led(
    r"可能|或许|也许|大概率|有望|疑似|似乎|恐怕|未必|不一定|不见得|取决于|视[^,。]{0,10}而定|因[^,。]{1,8}而异|不尽相同|"
    r"以[^,。]{1,12}为准|看情况|具体看|依据当地"
)
_ALL = compile_led(
    r"均(?!为|衡|匀|数|值|价|线)|都|一律|一概|全部|(?<!个人)(?<!归)所有|任何|凡是?|全都|统统|全国统一|无一例外|无论|不论|"
    r"完全|绝对|绝不|决不|从不|从未|一切|每一|只要是[^,。;]{1,10}[就都]|全面(?:取消|实施|放开)|每(?:个|位|一)人"
)
_SOME = compile_led(
    r"(?:(?<!大)部分(?=可|能|地|城|省|市|统|人|患|医院|药|参|情|检|项|单位|产品|疾|群|品|孩|儿|老|病)|(?<!所)有些|(?<!所)有的|某些|"
    r"个别|一些|少数|少部分|极少数|偶尔|有时|一定情况下|特殊情况下|特定情况下)"
)
_MOST = compile_led(r"多数|大多|大部分|通常|一般|往往|原则上|主要|绝大")
_ONLY = compile_led(
    r"仅限于?|只限于?|仅能|只能|仅可|只可|仅用于|只用于|专用于|唯一|限于|仅支持|只支持|[只仅]适用|仅(?!供|为了|需|凭)|只有(?!在)|"
    r"才(?:可以|能|会|可)"
)


def is_question_title(title: str) -> bool:
    """Whether a title asks rather than tells."""
    return bool(_TITLE_QUESTION.search(title) or _TITLE_LIST.search(title))


def is_question(sentence: str) -> bool:
    """Whether a whole sentence is a question."""
    return bool(_QUESTION_END.search(sentence))


def is_announcement(sentence: str) -> bool:
    """Whether a sentence only says that something follows (方式如下:, 以下是…)."""
    return bool(_ANNOUNCES.search(sentence))


def asks(clause: str) -> bool:
    """Whether a clause holds an indirect question (是否, 多少)."""
    return bool(_QUESTION_WORDS.search(clause))


def find_debunked(sentence: str, is_after_myth_label: bool = False) -> list[Span]:
    """Parts of a sentence that it declares untrue, in its own offsets.

    “年底会清零”的说法不实: up to the judgement, or the quoted part. 误区:…: all that follows. 网传…,别信: what is passed on.
    """
    spans = []
    for match in _DEBUNK.finditer(sentence):
        quoted = sentence.rfind("“", 0, match.start())
        cut = max(sentence.rfind(mark, 0, match.start()) for mark in (":;。" if quoted >= 0 or _SAID.match(match[0]) else ",:;。"))
        spans.append(Span(max(quoted, cut, 0), match.start()))
    spans += [Span(match.start("said"), match.end("said")) for match in _CLEARED_UP.finditer(sentence)]
    for match in _JUDGES.finditer(sentence):
        opened = max((sentence.rfind(mark, 0, match.start()) for mark in ",:;。"), default=-1)
        spans.append(Span(opened + 1, match.start()))
    spans += [Span(match.end(), _truth_after(sentence, match.end())) for match in _DEBUNK_BEFORE.finditer(sentence)]
    spans += [_disbelieved(sentence, match) for match in _DISBELIEF.finditer(sentence)]
    if is_after_myth_label:
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
    """Whether a sentence only repeats what others say (网传, 有人认为, a quotation from end to end)."""
    return bool(_RUMOUR.search(sentence) or _ALL_QUOTED.fullmatch(sentence.strip()))


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
    relative = _RELATIVE_CONDITION.search(words) if not is_last and words.endswith(_RELATIVE_ENDS) else None
    if (relative and not _NO_CONDITION.search(words)) or (not is_last and _THING_THAT.search(words)):
        return words.strip(), len(clause)
    tail = _CONDITION_TAIL.search(words)
    if tail and not is_last and len(words) >= 6 and not _TIME_ONLY.search(words):
        return words.strip(), len(clause)
    return None, 0


# 断缴超过3个月的, names those of whom the rest of the sentence holds.
_RELATIVE_CONDITION = re.compile(
    r"(?:[^是]{3,}(?<![是似真有目标])的|[^,。;]{3,}(?:的(?:普通|一般|健康|部分|多数|大多数)?(?:人|人群|患者)|的孩子|的老人|的妇女|的家庭|的地区|的城市|的地方|的省份|的单位|的机构|的职工|的参保人员?|的情况|的病人|[^患学记作医或]者))$"
)
# 盛出来就马上冷藏的剩菜, is of such leftovers, and of no others.
_THING_THAT = re.compile(r"^[^,。;]*?[了过好着被未没不再先后已就][^,。;是有“”]{1,12}的[\u4e00-\u9fff]{1,4}$")
_RELATIVE_ENDS = (
    "的",
    "者",
    "人",
    "群",
    "孩子",
    "老人",
    "妇女",
    "家庭",
    "职工",
    "员",
    "情况",
    "地区",
    "城市",
    "地方",
    "省份",
    "单位",
    "机构",
)
_NO_CONDITION = re.compile(
    r"是[^,。;]{1,30}的$|^[^,。;]{0,4}(?:需要注意|值得(?:注意|一提)|重要|关键|遗憾|幸运|可喜|具体|同样|相应|总)的$|(?:所有|任何|全部|不管|无论)|需要注意的$|值得[^,。;]{2,6}的$"
)
_TIME_ONLY = re.compile(
    r"^(?:自|从)?\d{2,4}年|改革后$|^(?:多数|一般|通常|大多|特殊|正常|某些|有些|某种)[^,]{0,4}情况下?$|此时$|^在?(?:这|那|"
    r"此)[种样类些]?情况下$|同时$|退休后$"
)


def find_modal(clause: str, before: int, *, reach: int = 12) -> tuple[str, int, int] | None:
    """The nearest modality before a place in a clause, must | may | need_not | forbidden, with the span of its word."""
    for match in reversed(list(_MODALS.finditer(clause, 0, before))):
        if match.lastgroup == "skip":
            continue
        gap = _ASIDE.sub("", clause[match.end() : before])
        if len(gap) > reach or _BARRIER.search(gap):
            return None
        return _modality(clause, match), match.start(), match.end()
    return None


OPPOSITE_MODALITY = {"must": "need_not", "need_not": "must", "may": "forbidden", "forbidden": "may"}
"""What holds when a modality is denied."""
DUAL_MODALITY = {"must": "forbidden", "forbidden": "must", "may": "need_not", "need_not": "may"}
"""What is said of doing a thing by what is said of leaving it: must stop is must not take."""
_DENIED = re.compile(r"(?:不是|并非|并不是|绝非|不代表|不意味着|不等于|不是说)(?:就|说|都|[^,。;]{1,6}都)?$")
_ASIDE = re.compile(r"(?:因为?|由于|看到?|一看|觉得)[^,。;]{1,14}?就|在[^,。;]{1,14}?(?:之后|以后|后|时|期间|之前|前)")
"""A reason or a time between a modality and its act: 不应因为指标正常就停药, 不要在饭后马上躺下."""
_BARRIER = re.compile(r"就|则|才|但|后(?!续)|导致|即可|且")


def _modality(clause: str, match: re.Match[str]) -> str:
    """The modality of a match, turned round where 不是 or 并非 stands right before it (不是不能吃)."""
    name = str(match.lastgroup)
    return OPPOSITE_MODALITY[name] if _DENIED.search(clause, max(0, match.start() - 12), match.start()) else name


def find_modals(clause: str) -> list[tuple[str, int, int]]:
    """Every modality of a clause with the span of its word."""
    return [(_modality(clause, m), m.start(), m.end()) for m in _MODALS.finditer(clause) if m.lastgroup != "skip"]


@lru_cache(maxsize=256)
def quantifier_of(clause: str, *, weak: bool = False) -> str | None:
    """Quantifier of a clause: only, some, most, all; only outranks the rest."""
    if weak or _SOME.search(clause):
        return "some"
    if _ONLY.search(clause):
        return "only"
    if _ALL.search(clause):
        return "all"
    return "most" if _MOST.search(clause) else None


_WISH = compile_led(
    r"(?P<calm>(?:不用|不必|无需|无须|别|不要|没有?必要|不需要|大可不必)(?:再|太|过分|过于)?)?"
    r"(?:怕|担心|担忧|害怕|想(?![象起])|想要|希望|打算|企图|试图|妄图|以防|防止|以免|免得|以为|误以为|忌讳)[^,。;]{0,8}$"
)


def is_wish(clause: str, position: int) -> bool:
    """Whether what stands at a position is only feared, wished or believed (怕上瘾, 想取现); 不用担心会清零 denies it instead."""
    found = _WISH.search(clause, max(0, position - 14), position)
    return found is not None and not found["calm"]


_ONLY_THEN = re.compile(r"(?:^|[^刚])才(?:可以|能够?|可|会|允许|给|算|得以|有)")


def condition_before(clause: str, position: int) -> str | None:
    """What a clause makes the condition of what stands at a position: 过了周岁 in 过了周岁才可以吃, 忘了续 in 忘了续就不能用."""
    then = next(reversed(list(_ONLY_THEN.finditer(clause, 0, position))), None) if "才" in clause else None
    if then is not None and len(clause[: then.start()].strip()) >= 2:
        return clause[: then.start() + 1].strip()
    unmet = _UNMET.search(clause, 0, position) if "就" in clause else None
    if unmet:
        return unmet[0].strip()
    within = _WITHIN.search(clause, 0, position)
    if within:
        return within[0].strip()
    when = _WHEN.match(clause, 0, position)
    if when:
        return when[0].strip()
    kind = _KIND_OF_PEOPLE.match(clause, 0, position) if "的" in clause or "者" in clause else None
    if kind and _DOER.search(kind[1]):
        return None
    return kind[0].strip() if kind and len(_PLAIN_PEOPLE.sub("", kind[1])) >= MIN_KIND_CHARS else None


# 免疫功能低下的人 are not all people: what is said of them is not said of others.
_KIND_OF_PEOPLE = re.compile(
    r"[\s“”\"]*((?:对于?|在|给)?[^,。;]{2,18}?)(?:的(?:人群?|患者|病人|孩子|儿童|老人|女性|男性|妇女|职工|家庭|宝宝|婴儿|产妇|孕妇|参保(?:人|职工|居民)员?|学生|(?:退休|在职)?人员|居民|群众)|者(?!都|均))"
)
_DOER = re.compile(r"[为由把被让使是]|并不|根据|按照")
_PLAIN_PEOPLE = re.compile(
    r"年轻|年纪大|上了?年纪|大多数|多数|许多|很多|不少|同样|其他|这些|那些|这样|这类|此类|该|患有?|得了?|对于?|在|给|所有|任何|一般|普通|健康|正常|没有|参保|参加|的|了|有|医保|[患病]"
)
MIN_KIND_CHARS = 2
# 1岁以内, 48小时后: of an age or a time, and of no other.
_WITHIN = compile_led(
    r"(?:\d+(?:\.\d+)?|[一二两三四五六七八九十半]+)(?:[-~至到](?:\d+|[一二两三四五六七八九十]+))?个?(?:周?岁|月龄?|小时|天|周|星期|分钟)半?(?:以[内下上后前]|之[内后前]|[内后前下](?![一-龥]{0,2}[个次片]))"
    r"|(?:不满|未满|不到|满|超过|大于|小于)(?:\d+|[一二两三四五六七八九十]+)个?(?:周?岁|月龄?)"
)
# 体检前三天, 打完疫苗当天, 急性发作期: at that time, and at no other.
_WHEN = re.compile(
    r"[\s“”]*(?:在|于|到了?|刚)?[\u4e00-\u9fffA-Za-z]{2,10}?(?:之前|之后|以前|以后|期间|当天|当日|当晚|的时候|发作期|急性期|缓解期|(?<![目之以])前(?![列提后置往来景])|(?<![然之以随])后(?![续来果天者备])|(?<![同有时当及随临])时(?![间常候刻期能长而]))"
)
_UNMET = re.compile(r"[^,。;]*(?:没有?|未|不|忘|错过|超过|逾期|过了)[^,。;就]{1,12}(?=就(?:不|无|没|会|要|得|视))")


_AFTER_DOING = compile_led(
    r"(?:刚|才)?(?:打|接种|注射|吃|喝|服|做|拔|生|用|输|抽|洗|泡)(?:完|了|过)[\u4e00-\u9fffA-Za-z]{1,10}?(?=[能可要会还多不需怎有是,?]|$)"
)


@lru_cache(maxsize=256)
def situation_of(title: str) -> str | None:
    """The time or occasion that a title asks about (体检前能喝水吗, 打完疫苗多久能喝酒); None for most."""
    found = _WHEN.match(title) or _AFTER_DOING.search(title)
    return found[0].strip() if found and _OCCASION.search(found[0]) else None


_OCCASION = compile_led(
    r"体检|抽血|手术|术[前后]|接种|疫苗|[打拔输抽]|服药|吃药|用药|药|化疗|放疗|产后|经期|月经|哺乳|月子|备孕|感冒|发烧|检查|[胃肠]镜|运动|饭|餐|睡|酒|停药|咬|烫|扭"
)
"""What makes a time an occasion of its own; 出生后 or 退休后 in a title is what the article is about."""


@lru_cache(maxsize=256)
def is_hedged(clause: str) -> bool:
    """Whether a clause is hedged: 可能, 不一定, 视…而定."""
    return bool(_HEDGE.search(clause))
