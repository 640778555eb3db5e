"""How an act is done: 长期, 过量, 自行, 同时. 不能长期服用 does not say 不能服用."""

from __future__ import annotations

from healthnews.language.patterns import compile_led

# fmt: off
_MANNERS = {
    "excess": r"大量|过量|过多|太多|超量|超剂量|多吃|多喝|吃多|喝多|贪|过度|过分|无节制|暴|猛|超过|"
              r"加倍|两份|双份|两倍|双倍|补双|加量|大剂量",
    "freely": r"随意|随便|自行|擅自|私自|盲目|滥|敞开|放开|任意|胡乱|轻易|自己|不经|未经|放肆|尽情|一味|乱",
    "lasting": r"长期|长时间|一直|天天|每天|经常|频繁|反复|连续|总是|常年|久|永久|终身|无限期",
    "together": r"同时|一起|同服|混|搭配|合用|联用|联合|叠加|交替|共用|一同|重复|双重",
    "fasting": r"空腹|饿着|饭前|餐前",
    "fed": r"饭后|餐后|随餐|饱腹",
    "asleep": r"睡前|临睡|夜间|夜里|晚上",
    "directly": r"直接|马上|立即|立刻|即刻|突然|骤然|一下子|猛然|当天|当日|当场|随即",
    "early": r"过早|提前|过快|太早|太快|提早|早于",
    "late": r"过晚|拖延|推迟|延迟|延后|太晚",
    "hard": r"剧烈|用力|使劲|高强度|大强度|激烈|大力",
    "alone": r"单独|光靠|单靠|只靠|仅靠|仅凭|单凭|只凭|完全(?:依赖|依靠|靠|代替|替代|取代)|代替|替代|取代|依赖",
    "raw": r"生吃|生食|未煮熟|没煮熟|半生|未加热|没熟|变质|发霉|霉变|发芽|过期|腐烂|变色",
    "hot": r"热水|热敷|滚烫|过烫|太烫|趁热|烫的",
    "cold": r"冷水|冰水|凉水|冰镇|生冷|冷的|凉的",
    "little": r"少量|适量|适当|适度|少许|一点|一些|有节制|限量|偶尔|小剂量|控制量|浅尝",
    "again": r"再次|重复|(?<![不必用需要能])再(?=办|交|缴|申|备|激|打|做|参)|另外|额外|另行|单独(?=缴|交|购|申|办|参)",
    "fried": r"油炸|炸的|拔丝|油煎|腌制|糖渍|蜜饯|加糖|勾芡",
    "cash": r"现金",
    "on_behalf": r"代(?=办|领|缴|开|买)|替(?=他|别|家|人)|给(?:他人|别人|家人|亲)",
}
# fmt: on
_WORDS = compile_led("|".join(f"(?P<{name}>{words})" for name, words in _MANNERS.items()))
FREE_MANNERS = frozenset({"little"})
"""Manners that narrow a permission and no prohibition: 可以少量喝 is still denied by 不能喝."""


def find_manners(text: str, start: int, end: int) -> frozenset[str]:
    """Names of the manners that stand in `text[start:end]`."""
    return frozenset(str(match.lastgroup) for match in _WORDS.finditer(text, start, end))


def narrows(denied: frozenset[str], allowed: frozenset[str]) -> bool:
    """Whether what is denied is denied only in a manner that the other side does not speak of."""
    return bool(denied - allowed - FREE_MANNERS)
