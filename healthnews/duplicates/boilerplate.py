"""What stands around an answer on many pages alike: disclaimers, prompts left over, and lines on source and rights."""

from __future__ import annotations

import re
from functools import lru_cache

from healthnews.language.normalise import half_width
from healthnews.language.patterns import compile_led

_LEAST_ANSWER = 20
"""Letters, digits and Chinese characters that must be left: what leaves fewer is taken for the answer itself."""
_HEAD = 160
_TAIL = 320
"""Characters looked at in front and behind; a notice is shorter."""
_MOST_NOTICES = 8
"""Notices taken off each end at most: no page has more, and a hostile one shall not cost more."""

# The patterns read half-width text, a full stop of which is always 。; a notice never reaches over the end of a sentence.
_CLAUSE = r"[^\n。!?:]"
_REST = r"[^\n。!?]"
_BEFORE = r"(?:^|(?<=[;\s)\]】]))[(\[【*]*"
_OF_THE_TEXT = (
    r"(?:(?:本|以上|上述|此|该|文中|所有|相关|全部|部分|页面|网站|站内|平台)(?:所述|所有|全部|相关|涉及)?的?"
    r"(?:站|网|页|文|内容|信息|资料|文章|回答|答案|建议|观点|解答|页面|平台|知识|科普)|内容|文章|信息|资料)"
)
_CARE = "面诊|医生|医师|医嘱|诊断|诊疗|就医|就诊|治疗|医院|医疗|专业"
_DISCLAIMS = (
    rf"(?:不(?:能|可|可以|能够|得|应)?|无法)(?:代替|替代|取代){_CLAUSE}{{0,10}}(?:{_CARE})"
    rf"|不(?:能|可|可以|得|应)?(?:作为|构成|代表){_CLAUSE}{{0,10}}(?:{_CARE}|用药|投资|法律|本站|本网|平台){_CLAUSE}{{0,8}}(?:依据|建议|意见|观点|立场|参考|承诺)"
    r"|[仅只]供(?:您|大家|读者)?(?:学习)?(?:和|与|、)?参考|[仅只]作(?:为)?(?:一般性?)?参考|不承担(?:任何|相关|法律)"
)
_NAMED = r"责任编辑|责编|编辑|文章来源|信息来源|稿件来源|来源|出处|作者|审核|审稿|校对|编审|初审|复审|终审|监制|供稿|通讯员"
_MADE_BY_MACHINE = (
    r"(?:本|以上|此|该|部分)?(?:文章|文|内容|回答|答案|信息)?(?:均|系|是)?由\s?(?:AI|ai|人工智能|大模型|机器)"
    rf"{_CLAUSE}{{0,12}}(?:生成|创作|撰写|整理){_CLAUSE}{{0,40}}"
)

_CLOSING = compile_led(
    "(?:"
    # 提示:本内容不能代替面诊,如有不适请尽快就医。 Also glued behind the last sentence.
    rf"(?:温馨|友情|特别|健康|重要|医疗|免责|郑重|风险)?(?:提示|提醒|声明|说明|备注|注|注意)\s?:\s?(?:{_OF_THE_TEXT}{_CLAUSE}{{0,40}}?)?(?:{_DISCLAIMS}){_REST}{{0,80}}"
    rf"|{_BEFORE}(?:{_OF_THE_TEXT}{_CLAUSE}{{0,40}}?(?:{_DISCLAIMS})|[仅只]供参考){_REST}{{0,80}}"
    rf"|{_BEFORE}如(?:果)?您?(?:有|感到|感)(?:任何)?不适,?(?:请|应|建议)?您?(?:尽快|及时|立即)(?:到医院)?(?:就医|就诊|面诊)"
    rf"|{_BEFORE}{_MADE_BY_MACHINE}"
    rf"|{_BEFORE}(?:版权所有|版权归|©|[Cc]opyright|转载(?:请|须|时|自|于|来源)|本文(?:转载|转自|来源|来自|版权|首发)){_REST}{{0,80}}"
    rf"|{_BEFORE}(?:未经{_CLAUSE}{{0,12}}(?:授权|许可|允许|同意),?{_CLAUSE}{{0,8}}(?:转载|复制|使用)|如(?:有|涉)?(?:及)?侵权,?{_CLAUSE}{{0,12}}(?:联系|删除)){_REST}{{0,60}}"
    rf"|{_BEFORE}希望(?:以上|这些|上述|我的|本|这个){_CLAUSE}{{0,12}}(?:帮助|有用|帮到){_CLAUSE}{{0,12}}"
    rf"|{_BEFORE}如果?(?:您|你)?(?:还)?有(?:其他|任何|更多|别的)*(?:问题|疑问){_CLAUSE}{{0,12}}(?:告诉我|问我|随时提问|继续提问){_CLAUSE}{{0,12}}"
    rf"|{_BEFORE}(?:{_NAMED})\s?:\s?[^\n。!?,;:缴费补贴基金]{{1,24}}"
    r")[。!?)\]】*\s]*$"
)
_OPENING = re.compile(
    r"[\s#*>\"“]*(?:"
    r"(?:直接回答(?:用户)?(?:问题)?|问题(?:直接)?回答|直接答案|核心答案|回答|答案|答|正文|开头|首段|引言|导语)\s?:"
    rf"|(?:好的|当然|没问题|明白了?|收到)[,。!~\s]{{1,3}}(?:以下|下面|这)(?:就)?[是为]{_CLAUSE}{{0,60}}(?:回答|解答|答复|改写|回复|文章|内容|版本){_CLAUSE}{{0,8}}[:。]"
    rf"|以下[是为](?:对|针对|关于|根据|为|我|您|你){_CLAUSE}{{0,50}}(?:回答|解答|答复|改写|回复){_CLAUSE}{{0,6}}[:。]"
    rf"|根据(?:您|你)(?:的|所|提供){_CLAUSE}{{0,16}}(?:要求|提问|问题|描述|需求|指令),?{_CLAUSE}{{0,40}}(?:如下|回答|解答|答复|内容):"
    rf"|作为(?:一个|一名|一位)?\s?(?:AI|ai|人工智能|大?语言模型|智能助手)[^\n。!?,]{{0,16}},(?:我(?:无法|不能|没有|并不?|不是){_CLAUSE}{{0,40}}?(?:。|,(?:但是?|不过|然而),?))?"
    rf"|[(\[【*]*{_MADE_BY_MACHINE}[。)\]】*]*\n"
    rf"|(?:{_NAMED}|发布时间)\s?:\s?[^\n。!?,;]{{1,24}}\n"
    r")[*\s]*"
)
# One of these is in every notice: where there is none, the pattern is not tried.
_CLOSING_WORDS = compile_led(
    "参考|替|取代|作为|构成|代表|承担|来源|由|版权|侵权|转载|不适|希望|未经|问|©|opyright|责编|编辑|编审|出处|作者|审核|审稿|校对|[初复终]审|监制|供稿|通讯员"
)
_OPENING_CHARACTERS = frozenset("([【直问核回答正开首引导好当没明收以根作本此该部文内由责编来信稿出审校初复终监供通发\uff08")
_AROUND = ' \t\r\n\u3000#*>"“。!?)]】.\uff01\uff1f\uff09'
# From the end on: what stands behind a sentence, then the sentence. A full stop of half width ends one where no number or name
# goes on behind it.
_LAST_BACKWARDS = re.compile(rf"[{re.escape(_AROUND)}]*(?:[^\n。!?\uff01\uff1f.]|(?<=[0-9A-Za-z])\.)*")
_FULL_STOP = re.compile(r"\.(?![0-9A-Za-z])")
_ENOUGH = re.compile(rf"(?:\W*\w){{{_LEAST_ANSWER}}}")


def blank_boilerplate(text: str) -> str:
    """The text at its own length, spaces in place of what is no part of the answer.

    That is: disclaimers and lines on source and rights at its end, what a language model said before it began to answer, and
    the label of a prompt. A text that would be left with too little stays as it is.
    """
    start, end = find_answer(text)
    return text if end - start == len(text) else " " * start + text[start:end] + " " * (len(text) - end)


def find_answer(text: str) -> tuple[int, int]:
    """Where in a text the answer begins and ends that `blank_boilerplate` leaves."""
    start, end = _begin(text), _stop(text)
    if start == 0 and end == len(text):
        return start, end
    return (start, end) if _ENOUGH.match(text, start, end) else (0, len(text))


def _begin(text: str) -> int:
    """Where the answer begins, past what stands in front of it."""
    if text[:_HEAD].lstrip(_AROUND)[:1] not in _OPENING_CHARACTERS:
        return 0
    head = half_width(text[:_HEAD])
    start = 0
    for _ in range(_MOST_NOTICES):
        found = _OPENING.match(head, start)
        if found is None:
            break
        start = found.end()
    return start


def _stop(text: str) -> int:
    """Where the answer ends, before the notices that follow it."""
    end = len(text)
    for _ in range(_MOST_NOTICES):
        start = _begin_of_last(text, end)
        if _CLOSING_WORDS.search(text, start, end) is None:
            break
        found = _find_notice(text[start:end])
        if found is None:
            break
        end = start + found
    return end


# Notices are what pages share: most that are seen were seen before.
@lru_cache(maxsize=4096)
def _find_notice(sentence: str) -> int | None:
    """Where the notice begins that a sentence ends with, glued behind the answer's own words or not."""
    found = _CLOSING.search(_FULL_STOP.sub("。", half_width(sentence)))
    return found.start() if found else None


def _begin_of_last(text: str, end: int) -> int:
    """Where the last sentence of `text[:end]` begins, _TAIL characters before its end at the earliest."""
    backwards = text[max(0, end - _TAIL) : end][::-1]
    found = _LAST_BACKWARDS.match(backwards)
    return end - (found.end() if found else 0)
