"""Claims about acts (eating, vaccinating, filing): must, may, need not or must not, told before, after or by the consequence."""

from __future__ import annotations

import re
from typing import NamedTuple

from healthnews.claims.clauses import SentenceView
from healthnews.claims.cues import DUAL_MODALITY, OPPOSITE_MODALITY, find_modal
from healthnews.claims.hits import Hit
from healthnews.language.negation import polarity_over
from healthnews.language.patterns import compile_led

_SO = (
    r"(?:是|都|也|其实|完全|一样|同样|倒|倒是|并|绝对|一般|通常|基本|基本上|就|还是|却|反而|的|做|确实|当然|很|"
    r"非常|比较|极|更|这样|那样|此举|这么做|这样做|这种做法|上|起来)*"
)
_NEEDLESS = (
    r"(?:没有?必要|没有?什么必要|大可不必|多此一举|多余|不是(?:必须|必需|硬性)|并非(?:必须|必需)|不必|无必要|画蛇添足|不强制|不作要求|"
    r"不做要求|可有可无|可以?省了?|能省则省|可做可不做|自愿(?:即可|原则)?$)"
)
_BAD = (
    r"(?:不行|不可取|不可以|不能|要不得|使不得|不安全|不妥|不当|不对|错误|不正确|大忌|禁忌|危险|有毒|有害|有风险|违规|违法|违反|"
    r"犯罪|骗保|不允许|不被允许|不科学|不推荐|不建议|不提倡|不合适|不适合|不适宜|不宜|伤身|有问题|行不通|办不到|做不到|没门|"
    r"不予受理|禁止|得不偿失|弊大于利|百害无一利|适得其反|帮倒忙|火上浇油|(?<![个大的种条类])误区)"
)
_GOOD = (
    r"(?:可以|可行|允许|没有?(?:任何|什么|大|太大|多大)?(?:问题|关系|影响|坏处|风险|危险|事)|问题不大|无妨|无碍|不碍事|不要紧|不会有(?:问题|事|影响)|安全|"
    r"不受(?:限制?|影响)|照样|就?行(?!不|为|业|程)|即可|就好|为宜|为佳|最好|有好处|有益|有利|大有裨益|也?没什么|照吃不误|无所谓|合适|适宜|稳妥|正确|明智|合法|合规|"
    r"必要|有必要|值得|推荐|提倡|放心|[^,。;]{0,6}(?:好办法|好方法|好习惯|有效(?:的)?(?:办法|方法)|正确(?:的)?(?:做法|方法)|首选))"
)
_NO_BAN = r"(?:不是|并非|不属于|不再是|不算|不作为|不构成|没有|无)[^,。;]{0,8}(?:禁忌|障碍|坏事|大忌)"
_MUST = r"(?:必不可少|必须|必要条件|不能少|不能省|少不了|不可少|不可省|是?硬性|是?前提|是?强制|刚需|法定义务|缺一不可)"
# At the end of its clause an appraisal is one; before other words it is theirs (吃药可以缓解).
_END = r"(?=(?:有效|可靠)?的?(?:了|啦|呢|哦|吧|行为|事情?|选择|办法|做法)?(?:$|[,。;!?、:()”]))"
_AFTER = re.compile(
    rf"{_SO}(?:(?P<need_not>{_NEEDLESS})|(?P<may>{_NO_BAN})|(?P<forbidden>{_BAD}|没有?(?:任何)?(?:好处|益处|意义|资格))|(?P<must>{_MUST})|(?P<good>{_GOOD})){_END}"
)
_UNABLE = compile_led(r"(?:不了|不到|不成|不上|不得(?!不)|不起|不来)")
_ABLE = compile_led(r"(?:得了|得到|得上|得起)")
_FREELY = compile_led(
    r"(?:照样|照常|照旧|放心|大胆|尽管|尽可|随便|随意|不妨|首选|优先|最好|宜|尽量|尽早|尽快|及时|多多|赶紧|立即|立刻|马上|迅速|第一时间|直接|记得|请)[^,。;不没别未]{0,12}$|先[^,。;不没别未]{0,4}$"
)
_NEVER = compile_led(r"(?:绝不|坚决不|一律不|千万不|从不|决不|不予|不给|不让|一口都?不|一滴都?不|杜绝|拒绝|远离|戒)[^,。;]{0,2}$")
_NO_REASON = compile_led(r"(?:没有|无|不(?:必|要|应|能|该))[^,。;]{0,12}$")
_DISAPPROVED = compile_led(r"(?:擅自|私自|盲目|贸然|胡乱|骤然)[^,。;]{0,2}$")
_FORBIDS = compile_led(r"忌|禁|远离|戒|暂缓|避免|推迟|缓种|杜绝")
"""Opposites that forbid by themselves (忌食, 暂缓接种); 停药 alone only names what may be done."""
_HAS_EFFECT = re.compile(r"[^,。;]{0,4}?(?:会|能|可以|导致|引起|造成|使|让|对)")
_OUGHT = compile_led(
    r"(?:(?<![不需只想主首若果是])要|(?:也|还|都|就|必|仍|总|非|先|照|照样|照常|仍旧|依然|同样|一样|才|均|皆)得|非)[^,。;不没未无]{0,6}$"
)
_ADVISES = compile_led(r"建议|推荐|最好|鼓励|提倡|主张|适宜|宜")
_NOT_A = compile_led(
    r"(?:不再?把|未把|没有?把|不再?将|未将|没有?将|不是|不作为|不属于|不再是|并非|不算|不构成|不列为|不再属于|没有|无)[^,。;]*$"
)
_LEFT = compile_led(r"(?<![要可能会得该应宜必须用需是敢愿肯并])(?:不|没有?)(?:再|去|按时|及时|先|提前|给[^,。;]{1,3})?$")
_LINK = re.compile(r"[\s“”\"]*(?:这|那|此|这种|这样|这么|该|其实|都|也|是|完全|同样|一般|通常|并|倒)*")
_HARM = compile_led(
    r"(?<!不)(?<!防止)(?<!以免)(?<!避免)会?(?:中毒|丧命|致命|致死|送命|要命|降低(?:药效|疗效)|影响(?:药物)?(?:吸收|药效)|致癌|流产|滑胎|休克|窒息|猝死|加重(?:病情|感染|损伤|出血|肿胀)|危及生命|有生命危险|伤身|得结石|"
    r"灼伤|二次(?:伤害|损伤)|伤(?:胃|肝|肾|眼|身|骨)|损害健康|反弹|复发|耐药|失控|蛀牙)|(?<!没)有[^,。;]{0,12}(?:的风险|的危险|反应)$"
)
_NOT_HARM = compile_led(
    r"(?:不会|并不会|不至于|不)(?:引起|导致|造成|增加|出现|发生|影响|伤|损)?[^,。;]{0,6}?(?:中毒|流产|致畸|致癌|危险|伤害|损伤|副作用|风险|结石|胎儿|健康)"
)
_HELPS = compile_led(
    r"(?:就|便|自然|马上|很快|立刻|立马)[^,。;不没无]{0,6}(?:止住|退(?!款|费)|好(?!转院)|消(?!费)|化(?!验)|软|缓解|痊愈|恢复|舒服)|效果(?:更|很)?(?:好|稳当|明显|显著)|好得快|见效快?|有奇效"
)
_USELESS = compile_led(r"(?:没有?用|无效|不管用|白费|没有?效果|不起作用|起不到|没有?任何(?:作用|效果)|于事无补|徒劳)")
_NOT_ALL = compile_led(r"(?:不是|并非|不一定|未必)(?:说)?(?:所有|每个?|人人|任何|都|谁都|全)[^,。;]{0,10}$")
_BECAUSE = compile_led(r"因为?|由于|为了|仅凭|凭|靠")
_SO_THEN = re.compile(r"[^,。;]{0,10}?(?:就|而|便|来)")
_COSTS = compile_led(r"容易|会(?!好|更好)|可能|就|不行|不能|无法|导致|引起")
_AS_NAME = compile_led(
    r"(?:之?[前后](?!续)|时(?!常|刻|间段)|期间|过程|以[前后]|者|率|史|点|站|单位|机构|门诊|证|卡|记录|服务|人员|对象|年龄|部位|剂量|时间|次数|费用?|"
    r"年限|比例|基数|档次|凭证|期限|额度|地点|剂次|程序|计划|金额|标准|方式|方法|流程|手续费|材料|问题|情况|说法|的(?!话|时候?[,，]|$|\s*$|是|了|。)|不良反应|禁忌(?!$))"
)
_TIME_AFTER = compile_led(r"(?:之?[前后]|时|期间|以[前后])")
MAX_AFTER_CHARS = 12
"""So far behind an act its appraisal may stand in the same clause (喝一点啤酒问题不大)."""


class Value(NamedTuple):
    """What is said of an act.

    Attributes:
        modality: must | may | need_not | forbidden.
        start: Where its word starts in the clause; the act's own start when it follows.
        end: Where a word before the act ends; 0 for any other.
        is_weak: Told by a consequence or a manner, not by a word of permission or duty.
    """

    modality: str
    start: int
    end: int = 0
    is_weak: bool = False


def value_of(view: SentenceView, index: int, hit: Hit) -> Value | None:
    """What a sentence says of an act named in one of its clauses; None when it only names the act."""
    clause = view.clauses[index]
    is_debunked = clause.frame_at(hit.start) == "debunked"
    if is_debunked and _HAS_EFFECT.match(clause.text, hit.end):
        return None
    found = _named(clause.text, hit) or (Value("may", hit.start) if is_debunked else _around(view, index, hit))
    if (
        found is None
        and _FORBIDS.search(clause.text, hit.start, hit.end)
        and hit.pole == "negative"
        and not _AS_NAME.match(clause.text, hit.end)
    ):
        is_denied = polarity_over(clause.text, hit.start, hit.end).negated
        found = Value("need_not" if is_denied else "must", hit.start, is_weak=True)
    if found is None:
        return None
    # Of not doing it (不刷牙容易蛀牙, 无须忍着不洗) the opposite is said of doing it.
    is_left = hit.pole != "waived" and bool(_LEFT.search(clause.text[found.end : hit.start]))
    modality = _of_leaving(found, clause.text) if (hit.pole == "negative") != is_left else found.modality
    if is_debunked:
        modality = OPPOSITE_MODALITY[modality]
    return found._replace(modality=modality)


def _of_leaving(value: Value, clause: str) -> str:
    """What is said of an act by what is said of its opposite; 建议戒掉 is no mere permission to go without."""
    is_advised = value.modality == "may" and (value.is_weak or _ADVISES.match(clause, value.start))
    return "forbidden" if is_advised else DUAL_MODALITY[value.modality]


def _named(clause: str, hit: Hit) -> Value | None:
    """The value that stands beside the act itself."""
    if hit.pole == "waived":
        return Value("may" if polarity_over(clause, hit.start, hit.end).negated else "need_not", hit.start)
    if _UNABLE.match(clause, hit.end):
        return Value("forbidden", hit.start)
    if _ABLE.match(clause, hit.end):
        return Value("may", hit.start)
    modal = find_modal(clause, hit.start)
    if modal is None or _AS_NAME.match(clause, hit.end) or _is_reason(clause, modal[2], hit):
        return None
    if _NOT_ALL.search(clause, 0, modal[1]):
        return Value("need_not" if modal[0] == "must" else modal[0], modal[1], modal[2], is_weak=True)
    return Value(*modal)


def _is_reason(clause: str, modal_end: int, hit: Hit) -> bool:
    """Whether the act is only the reason for the one that the modality governs (不能因为吃红薯就停药)."""
    return bool(_BECAUSE.search(clause, modal_end, hit.start) and _SO_THEN.match(clause, hit.end))


def _around(view: SentenceView, index: int, hit: Hit) -> Value | None:
    """The value told behind the act, by its manner or by what comes of it."""
    clause = view.clauses[index]
    text = clause.text
    if not _TIME_AFTER.match(text, hit.end):
        told = _appraised(text, hit.end) or _appraised_next(view, index, hit)
        if told is not None:
            return Value(OPPOSITE_MODALITY[told] if _NOT_A.search(text[: hit.start]) else told, hit.start)
    if _AS_NAME.match(text, hit.end):
        return None
    before = text[: hit.start]
    never = _NEVER.search(before)
    if never:
        return Value("may" if _NO_REASON.search(before[: never.start()]) else "forbidden", hit.start)
    if _DISAPPROVED.search(before):
        return Value("forbidden", hit.start, is_weak=True)
    if _OUGHT.search(before):
        return Value("must", hit.start)
    if _FREELY.search(before):
        return Value("may", hit.start, is_weak=True)
    return _by_consequence(view, index, hit)


def _appraised(text: str, start: int) -> str | None:
    """The appraisal that follows an act in its own clause."""
    for match in _AFTER.finditer(text, start, min(len(text), start + MAX_AFTER_CHARS + 8)):
        if match.start() - start > MAX_AFTER_CHARS:
            return None
        if match.lastgroup == "good":
            return "forbidden" if re.search(r"[不没未无]$", text[start : match.start("good")]) else "may"
        return str(match.lastgroup)
    return None


def _appraised_next(view: SentenceView, index: int, hit: Hit) -> str | None:
    """The appraisal in the clause after the act's, when that clause opens with it (…,问题不大)."""
    clause = view.clauses[index]
    if index + 1 >= len(view.clauses) or len(clause.text) - hit.end > MAX_AFTER_CHARS:
        return None
    following = view.clauses[index + 1].text
    opened = _LINK.match(following)
    match = _AFTER.match(following, opened.end() if opened else 0)
    if match is None or len(following) - match.end() > 2:
        return None
    return "may" if match.lastgroup == "good" else str(match.lastgroup)


def _by_consequence(view: SentenceView, index: int, hit: Hit) -> Value | None:
    """Forbidden by the harm that follows, allowed by the harm that does not."""
    clauses = [view.clauses[index].text[hit.end :], *(c.text for c in view.clauses[index + 1 : index + 2])]
    words = ",".join(clauses)
    if re.match(r"[,\s]*(?:否则|不然|以免)", clauses[-1]) and len(clauses) > 1:
        words = clauses[0]
    if _NOT_HARM.search(words):
        return Value("may", hit.start, is_weak=True)
    if _USELESS.search(words):
        return Value("need_not", hit.start, is_weak=True)
    if _HELPS.search(words) and not _LEFT.search(view.clauses[index].text, 0, hit.start):
        return Value("may", hit.start, is_weak=True)
    if _LEFT.search(view.clauses[index].text, 0, hit.start) and _COSTS.search(words):
        return Value("forbidden", hit.start, is_weak=True)
    if _HARM.search(words):
        return Value("forbidden", hit.start, is_weak=True)
    return None
