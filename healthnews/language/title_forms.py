"""The table by which titles that ask the same in other words of asking come to one form: rules in groups, applied in order.

A rule never changes what is asked: 能不能 and 能 do not, 需要 and 可以 do; 怎么办 is how to bear it, 怎么办理 how to apply for it.
"""

import hashlib
import re
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick


class Form(NamedTuple):
    """Ways to write it, and the one form that they share.

    Attributes:
        needs: What stands in every one of the ways: titles without it are not searched.
        pattern: The ways.
        shared: Their one form, with references to groups of the pattern.
    """

    needs: str
    pattern: re.Pattern[str]
    shared: str


def _forms(*rules: tuple[str, str, str]) -> tuple[Form, ...]:
    return tuple(Form(needs, re.compile(pattern), shared) for needs, pattern, shared in rules)


_INSURANCE = _forms(
    ("医疗保障", r"医疗保障局", "医保局"),
    ("大病", r"大病(?:医疗保险|医保)", "大病保险"),
    ("城乡居民大病", r"城乡居民大病", "居民大病"),
    ("居民", r"城乡居民(?:基本)?(?:医疗保险|医保)|居民基本(?:医疗保险|医保)|居民医疗保险", "居民医保"),
    ("职工", r"(?:城镇)?职工(?:基本)?(?:医疗保险|医保)", "职工医保"),
    ("农村", r"(?:新型)?农村合作医疗(?:保险|制度)?", "新农合"),
    ("灵活就业人员", r"灵活就业人员", "灵活就业"),
    ("医疗保险", r"(?:基本)?医疗保险", "医保"),
    ("基本医保", r"基本医保", "医保"),
    ("护理", r"长期护理(?:保险|险)", "长护险"),
    ("长护保险", r"长护保险", "长护险"),
    ("保险", r"(生育|工伤|失业|养老|商业)保险", r"\1险"),
    ("商保", r"商保", "商业险"),
    ("社会保", r"社会保障卡", "社保卡"),
    ("社会保险", r"社会保险", "社保"),
    ("外地", r"外地(?=就医|就诊|住院|看病|医保|门诊|报销|买药|购药)", "异地"),
    ("电子", r"医保电子(?:凭证|卡)|电子医保(?:凭证|卡)", "医保电子凭证"),
    ("医保码", r"医保码", "医保电子凭证"),
    ("医保", r"[走用刷]医保(?!卡|码|电子)", "用医保"),
    ("交", r"(?<=[断补停续欠漏])交|(?<=怎么|如何|怎样)交$", "缴"),
    ("交", r"(?<![提递转上成社性外移])交(?=纳|费|医保|社保|居民|职工|新农合|多少|几|满|够|完)", "缴"),
    ("缴纳", r"缴纳", "缴"),
)
"""Types of insurance and what belongs to them. 城镇居民医保 is none of them: before 2016 it was an insurance of its own."""

_TERMS = _forms(
    ("疼", r"疼痛|疼", "痛"),
    ("发热", r"发热(?!门诊)", "发烧"),
    ("拉肚子", r"拉肚子", "腹泻"),
    ("小孩", r"小孩子?", "儿童"),
    ("小朋友", r"小朋友", "儿童"),
    ("孩子", r"(?<![女男完个])孩子", "儿童"),
    ("老年人", r"老年人", "老人"),
    ("怀孕期间", r"怀孕期间", "孕期"),
    ("慢性病", r"慢性病", "慢病"),
    ("后", r"(?<=.)[之以]后", "后"),
    ("前", r"(?<=.)[之以]前", "前"),
    ("患者", r"患者", "病人"),
    ("病病人", r"病病人", "病人"),
    ("费用", r"(?<=住院|门诊|检查|手术|治疗|医疗|药品)费用", "费"),
    ("资料", r"(?<=什么|哪些)资料", "材料"),
    ("月份", r"(?<=几)月份", "月"),
)

_YEARS = _forms(
    ("年度", r"(?<=[0-9])年度", "年"),
    ("20", r"^(20[0-3][0-9])(?![0-9年元个人次号版万块名家条份毫克度%.\-])", r"\1年"),
    ("年", r"^([^0-9]+?)(?<![到至止从自满在于])(20[0-3][0-9]年)(?![0-9底初前后起以之内中末到至])(?!.*20[0-3][0-9])", r"\2\1"),
)
"""A year of its own stands in front: 居民医保2025年交多少钱."""

_ASPECTS = "症状|表现|危害|好处|作用|功效|后果|影响|副作用|并发症|注意事项|条件|要求|材料"
"""What is asked of a thing, in front of the words of asking or behind them: 有什么症状, 症状有哪些."""

_ASKING = _forms(
    ("问", r"请问|想问一下|问一下", ""),
    ("想知道", r"想知道", ""),
    ("啥", r"为啥", "为什么"),
    ("啥", r"啥", "什么"),
    ("为何", r"为何", "为什么"),
    ("何时", r"何时", "什么时候"),
    ("有何", r"有何(?=不同|区别|差别|影响|作用|好处)", "有什么"),
    ("何谓", r"何谓", "什么是"),
    ("何为", r"(?<!如)何为", "什么是"),
    ("什么时间", r"什么时间", "什么时候"),
    ("几点", r"几点钟?(?=上班|下班|开门|关门|开始|结束)", "什么时候"),
    ("哪", r"(?:(?<!现)在|去|到)?(?:哪里|哪儿)|(?:(?<!现)在|去|到)哪(?=[查办缴买看领报打做取补]|$)", "哪里"),
    ("地方", r"(?:(?<!现)在|去|到)?什么地方", "哪里"),
    ("处理", r"(?:怎么|如何|怎样)处理", "怎么办"),
    ("如何", r"如何", "怎么"),
    ("咋", r"咋", "怎么"),
    ("样", r"怎么?样(?!的|$)", "怎么"),
    ("才能", r"怎么才能", "怎么"),
    ("回事", r"怎么回事儿|怎么一回事", "怎么回事"),
    ("怎么办才好", r"怎么办才好", "怎么办"),
    ("什么是", r"^什么是([^么哪吗]+)$", r"\1什么意思"),
    ("什么叫", r"^什么叫做?([^么哪吗]+)$", r"\1什么意思"),
    ("意思", r"(?:代表|都)?是?什么意思", "什么意思"),
    ("指", r"指的?(?:是)?什么$", "什么意思"),
    ("不同", r"的?有(?:什么|哪些)不同", "有什么区别"),
    ("差", r"的?有(?:什么|哪些)差[别异]", "有什么区别"),
    ("区别", r"的?(?:有哪些|有什么)?区别(?:是什么|有哪些|哪里)?$|的有什么区别", "有什么区别"),
    ("有什么区别", r"[与跟及](?=[^,]+有什么区别)", "和"),
    ("不同", r"的不同$", "有什么区别"),
    ("的差", r"的差[别异]$", "有什么区别"),
    ("原因", r"(?:是|有)?(?:什么|哪些)原因(?:引起|导致|造成)?的?$", "原因有哪些"),
    ("是什么", r"(?<=原因|症状|表现|材料|条件|流程|办法|方法|好处|危害|作用)都?是什么$", "有哪些"),
    ("是什么", r"(?<!时间|标准|地址|电话|比例|结果)是什么$", "什么意思"),
    ("有什么", r"都?有什么(?!区别|不同|差别|用|关系|影响|意思)", "有哪些"),
    ("哪些", r"(?:都有|(?:具体|主要)?包括|都包括)哪些", "有哪些"),
    ("有哪些", rf"都?会?有哪些({_ASPECTS})$", r"\1有哪些"),
    ("有什么", rf"会?有什么({_ASPECTS})$", r"\1有哪些"),
    ("出现什么", rf"会?出现什么({_ASPECTS})$", r"\1有哪些"),
    ("是什么", rf"是什么({_ASPECTS})$", r"\1有哪些"),
    ("哪些", r"(?<!有)哪些", "什么"),
    ("科", r"(?:应该|应当|该|要|需要)?(?:[去到]?[挂看找]|[去到])(?:什么|哪一?个?)科室?(?![技学目普研])(?:看|(?:比较|最)?好)?", "挂什么科"),
    ("医院", r"哪(?:个|家|些)医院([看治].+?)(?:比较|更|最)?好$", r"\1哪家医院好"),
    ("医院", r"(?:去|到|在)?哪(?:个|家|些)?医院(?:比较|更|最)?好", "哪家医院好"),
    ("好", r"(?:比较|更|最)好$", "好"),
    ("多少", r"(?:是|有)多少", "多少"),
    ("费用多少", r"费用多少", "多少钱"),
    ("什么价", r"什么价(?:格|位|钱|$)", "多少钱"),
    ("多少钱", r"(?:大概|大约|一般|一共|总共)?(?:要|需要|需|得|花)*多少钱(?:一[次颗针个支副])?", "多少钱"),
    ("多长时间", r"多长时间", "多久"),
    ("多久", r"(?:大概|大约|一般)?(?:需要|要|得|需)?多久(?:时间)?", "多久"),
    ("多少", r"(?<=比例|标准|金额|基数|额度)多少$", ""),
    ("到底", r"到底", ""),
    ("究竟", r"究竟", ""),
    ("该怎么", r"应?该怎么", "怎么"),
    ("应当怎么", r"应当怎么", "怎么"),
    ("要怎么", r"需?要怎么", "怎么"),
    ("什么材料", r"(?:需要|需|要)?(?:带|准备|提供|提交)?什么材料$", "材料有哪些"),
    ("什么证件", r"(?:需要|需|要)?(?:带|准备|提供|提交)?什么证件$", "证件有哪些"),
    ("什么手续", r"(?:需要|需|要)?(?:办理?)?什么手续$", "手续有哪些"),
    ("为什么", r"^(.+)为什么(?=.)", r"为什么\1"),
)

_YES_OR_NO = _forms(
    ("可否", r"可否", "能不能"),
    ("能否", r"能否", "能不能"),
    ("能不可", r"能不可以", "能不能"),
    ("可不可以", r"可不可以", "能不能"),
    ("需不需", r"需不需要?", "要不要"),
    ("是否", r"是否(?:是|属于)", "是不是"),
    ("是不是", r"是不是(?=会|能|可|需|要|有|应|必须)(.+?)吗?$", r"\1吗"),
    ("是否", r"是否(?=会|能|可|需|要|有|应|必须)(.+?)吗?$", r"\1吗"),
    ("是否", r"是否", "是不是"),
    ("可以", r"可以(?!说)", "能"),
    ("能够", r"能够", "能"),
    ("需要", r"(?<!不)需要", "要"),
)

_PARTICLES = _forms(
    ("了", r"(?<![不得除为])了(?![解不得如])", ""),
    ("的", r"(?<!目)的(?![确士])", ""),
)

FORMS = (*_INSURANCE, *_TERMS, *_ASKING, *_YES_OR_NO, *_PARTICLES, *_YEARS)
_NEEDS = tuple(dict.fromkeys(form.needs for form in FORMS))
_FORMS_OF = tuple(tuple(number for number, form in enumerate(FORMS) if form.needs == needs) for needs in _NEEDS)
_SEARCH = AhoCorasick(list(_NEEDS))


def to_shared_forms(text: str) -> str:
    """The text with each way of writing in its shared form.

    Of a hundred rules a title needs two: one search finds which, and another one after each that changed the text.
    """
    last = -1
    while waiting := _waiting(text, last):
        before = text
        for last in waiting:
            _, pattern, shared = FORMS[last]
            text = pattern.sub(shared, text)
            if text != before:
                break
    return text


def _waiting(text: str, last: int) -> list[int]:
    """The rules behind the last one that the text may need, in order."""
    found = {hit[0] for hit in _SEARCH.find_matches_as_indexes(text, overlapping=True)}
    return sorted(number for needs in found for number in _FORMS_OF[needs] if number > last)


_DECORATION = re.compile(
    r"(?:转载|原创|(?:健康)?(?:科普|知识|提醒|问答|百科)|(?:权威|专家|医生|政策|最新|详细|深度)*(?:解答|解读|提醒|提示|答疑|说|讲解)|提醒|提示|注意|干货|必看|"
    r"(?:建议|值得)?收藏|速看|看这里|快来看|一起来?看看?|你知道吗|你了解吗|你都?(?:知道|清楚)吗|一文(?:读懂|看懂|讲清|说清|了解|搞懂)|附(?:图|图解|.{0,4}(?:流程|步骤|方法|攻略|清单)图?)|"
    r"图|图解|攻略|指南|详解|收藏版|完整版|最新版|最新|多图)"
)
_TAG = re.compile(
    r"^[【\[][^】\]]{0,6}(?:科普|问答|讲堂|课堂|百科|知识|提醒|专[栏题]|解读|快讯|资讯|关注|聚焦|热点|头条|播报|原创|转载|分享|直播)[】\]]"
)
_SITE = re.compile(r"[_|\-—]+ ?[^_|\-—]{1,8}(?:网|频道|在线|资讯|百科)$")
_MARK = re.compile(r"(?<![0-9])[^\w%‰+]+|[^\w%‰+]+(?![0-9])|_+")


def without_decoration(title: str) -> str:
    """A title without the parts between marks that say nothing of what it asks: tags, 一文读懂, the name of the site.

    Args:
        title: In NFKC form.
    """
    if title.isalnum():
        return title
    parts = [part for part in _MARK.split(_SITE.sub("", _TAG.sub("", title))) if part]
    kept = [part for part in parts if not _DECORATION.fullmatch(part)]
    return " ".join(kept or parts)


_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_CHINESE_YEAR = re.compile(r"二[〇零]([〇零一二三])([〇零一二三四五六七八九])(?=年)")


def with_arabic_years(text: str) -> str:
    """二〇二五年 as 2025年."""
    return _CHINESE_YEAR.sub(lambda year: "20" + year[1].translate(_DIGITS) + year[2].translate(_DIGITS), text) if "年" in text else text


def forms_version() -> str:
    """Names the table, 16 hex digits: what was made of canonical titles is made anew when it changes."""
    rules = [(form.needs, form.pattern.pattern, form.shared) for form in FORMS]
    return hashlib.sha256(repr([rules, _DECORATION.pattern, _TAG.pattern, _SITE.pattern]).encode()).hexdigest()[:16]
