"""What a clause itself names as eaten, drunk or taken: it goes before whatever heading or title are about."""

from __future__ import annotations

import re

_EATING = re.compile(r"(?:吃|喝|食用|饮用|服用|摄入|忌食|禁食|远离|戒掉)$")
_EATING_NEXT = re.compile(r"地?(?:吃|喝|食用|饮用|服用|摄入)")
_AMOUNT = re.compile(
    r"(?:[了过着]|一?些|一?点儿?|少量|适量|大量|过量|"
    r"[\d.一二两三四五六七八九十半几多大小]*(?:碗|杯|口|勺|份|两|斤|公斤|毫升|克|片|块|个|只|根|把|颗|粒|瓶|盒|袋|包|样|次|顿|天|周|个月))+的?"
)
_SINGLE = "肉鱼虾蟹糖盐油菜饭面粥药酒醋姜蒜葱蛋奶茶豆梨桃枣汤辣水"
_NO_OBJECT = re.compile(
    r"[这那它此该其的得地吗呢吧啊太过时后前完到起也都就则才便又再还可能会要应须需不没无为较更最很比即等和与或及以并而但且因由如若在对给把被将让使有是多少"
    r"每饱掉光上下进出坏胖撑好死腻]|容易|反而|导致|引起|足够|正常|放心|安全|左右|早上|晚上|中午|睡前|[饭餐][前后]|空腹|之"
)
_WORDS = re.compile(r"[\u4e00-\u9fff]{1,8}")


def named_object(clause: str, start: int, end: int) -> str | None:
    """The object that follows a verb of eating at `clause[start:end]`; None where none follows or a pronoun or bare adjective does.

    少吃半碗粽子 names 粽子, whether or not the lexicon knows it; 少吃这些, 可以吃熟透的 and 少吃为好 name nothing.
    """
    if not _EATING.search(clause, start, end):
        verb = _EATING_NEXT.match(clause, end)
        if verb is None:
            return None
        end = verb.end()
    amount = _AMOUNT.match(clause, end)
    end = amount.end() if amount else end
    words = _WORDS.match(clause, end)
    if words is None or _NO_OBJECT.match(clause, end) or (len(words[0]) == 1 and words[0] not in _SINGLE):
        return None
    return None if words[0].endswith(("的", "了", "大小")) else words[0]
