"""What a name is: cleaning a byline to the names in it, and telling people from sites, addresses and offices."""

import re

from healthnews.language.normalise import fold_spaces

_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱"
    "江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂"
    "成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛"
    "仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊仝区郜海阚花权强帅屠豆朴盖练廉禹井祖漆巴丰支卿国狄平计索宣晋相初门云容敬来扈晁芮都普阙浦戈"
    "伏鹿薄邸雍辜阿乌母裘亓修邰赫杭况那宿鲜逯隆茹诺战慕危玉印东嵇明占尧羊暴仉库衣"
)
_DOUBLE_SURNAMES = (
    "欧阳",
    "上官",
    "司马",
    "诸葛",
    "东方",
    "夏侯",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "司徒",
    "令狐",
    "宇文",
    "长孙",
    "端木",
    "南宫",
    "百里",
    "呼延",
)
_OFFICE = re.compile(
    r"(?:网|网络|网站|公司|科技|集团|日报|晚报|晨报|时报|周报|早报|社|局|中心|医院|政府|委员会|大学|学院|频道|平台|"
    r"软件|设计|传媒|在线|编辑部|管理员|系统|杂志|电视台|广播|协会|"
    r"研究所|办公室|责任有限|卫健委|[省市县区]|来源|原创|综合|佚名|不详|匿名|未知|转载|整理|互联网|本站)$"
)
_NOBODY = frozenset(
    [
        "admin",
        "administrator",
        "root",
        "webmaster",
        "unknown",
        "none",
        "null",
        "n/a",
        "na",
        "guest",
        "user",
        "default",
        "editor",
        "anonymous",
        "author",
        "authors",
        "undefined",
        "system",
        "test",
        "wordpress",
        "web",
        "developer",
        "by",
        "von",
    ]
)
_LABEL = re.compile(
    r"^(?:(?:written|posted|published|reported|text|words|story|article|authored|contributed|created|geschrieben|"
    r"verfasst|veröffentlicht|publié|escrito)?\s{0,2}(?:by|von|par|por|di|door|av)\s{0,2}:?\s|"
    r"(?:about the )?(?:authors?|autor(?:in|en)?|auteurs?|redaktion|redakteur(?:in)?|written by|text|by|von|"
    r"byline)\s{0,2}:\s{0,2}|(?:作\s?者|撰文|文)\s{0,2}[:\uff1a/|]\s{0,2})",
    re.I,
)
_END = re.compile(
    r"\s{0,2}(?:[|•·⋅–—>]|\s[-/]\s|[,\s]\d|(?:19|20)\d\d|\d{1,2}:\d\d|\d{1,3} (?:min|comment)|(?:^|\s)(?:on|in|"
    r"updated|published|posted|last|follow|share|read|about|medically|reviewed|edited|"
    r"für|am|vom|stand|veröffentlicht|aktualisiert|this post)\s|(?:January|February|March|April|May|June|July|August|"
    r"September|October|November|December|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?\s\d)",
    re.I,
)
_SPLIT = re.compile(r"\s(?:and|und|et|y|e)\s|\s?[&;\uff1b、]\s?|,\s(?:and\s)?(?=[A-Z][\w.'’-]{1,20}\s[A-Z])")
_HAN_SPLIT = re.compile(r"[\s、,;/&\uff0c\uff1b]+")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_HAN_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,10}·[\u4e00-\u9fff·]{1,12}")
_HAN_LINE = re.compile(r"[\u4e00-\u9fff·]{2,4}(?:[\s、]{1,3}[\u4e00-\u9fff·]{2,4}){1,5}")
_WESTERN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_NO_NAME = re.compile(r"https?:|www\.|@|[{}<>=_\\#%]|\.(?:com|cn|org|net|html?)\b|\d{5}", re.I)
_MAX_NAME = 60
_MAX_BYLINE = 160
_PLAIN = 24
_MAX_WORDS = 7
_MAX_PEOPLE = 12


def has_han(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return bool(_HAN.search(text))


def is_chinese_person(text: str) -> bool:
    """Whether a text looks like a Chinese person's name: a known surname and one or two characters more."""
    if not _HAN_NAME.fullmatch(text):
        return False
    return "·" in text or (text[0] in _SURNAMES and len(text) <= 3) or (len(text) >= 3 and text.startswith(_DOUBLE_SURNAMES))


def only_people(text: str) -> list[str]:
    """The names of a line that holds nothing but two Chinese names or more, the first of them with a known surname; else none."""
    if not 5 <= len(text) <= 40 or not _HAN_LINE.fullmatch(text):
        return []
    names = text.replace("、", " ").split()
    return names if is_chinese_person(names[0]) and any(len(name) == 3 and is_chinese_person(name) for name in names) else []


def is_office(text: str) -> bool:
    """Whether a Chinese name is one of a site, a paper, an office, or says that nobody is known."""
    return bool(_OFFICE.search(text))


def split_people(text: str) -> list[str]:
    """The names in a byline, cleaned of labels, dates and what follows them; none where it holds no name.

    Chinese names are told apart by spaces and commas, others by `and`, `&` and semicolons: a comma may stand before a title.
    """
    if "://" in text:
        return []
    text = fold_spaces(_LABEL.sub("", fold_spaces(text)))
    if has_han(text):
        parts = [part.strip("()\uff08\uff09[]【】:\uff1a.。") for part in _HAN_SPLIT.split(text)]
    else:
        whole = _cut(text)
        parts = _SPLIT.split(whole)
        # "Staff and news service reports" is one name.
        if any(part[:1].islower() for part in parts):
            parts = [whole]
    names = [name for part in parts if (name := _LABEL.sub("", part.strip(" ,.:-|/")).strip(" ,:-|/")) and is_name(name)]
    return list(dict.fromkeys(names))[:_MAX_PEOPLE]


def _cut(text: str) -> str:
    text = text[:_MAX_BYLINE]
    if len(text) <= _PLAIN and text.replace(" ", "").isalpha():
        return text
    found = _END.search(text, 2)
    return text[: found.start()] if found else text


def is_name(text: str) -> bool:
    """Whether a text can be somebody's name: letters, no address, no placeholder, no sentence."""
    if not 1 < len(text) <= _MAX_NAME or _NO_NAME.search(text) or text.casefold() in _NOBODY:
        return False
    if has_han(text):
        return len(text) <= 20
    return bool(_WESTERN.search(text) or not text.isascii()) and len(text.split()) <= _MAX_WORDS
