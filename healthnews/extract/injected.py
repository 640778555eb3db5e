"""Text that does not belong to an article: spam, chains of search words, orders to AI readers, advertisements, foreign paragraphs."""

import re
from collections.abc import Iterator, Sequence

Span = tuple[int, int]

_SPAM_WORDS = (
    "葡京", "百家乐", "时时彩", "六合彩", "北京赛车", "pk10", "PK10", "体育投注", "真人荷官", "真人娱乐", "真人视讯", "博彩", "老虎机",
    "彩金", "首存", "捕鱼游戏", "捕鱼达人", "棋牌", "bet365", "注册送", "一肖", "特码", "金沙娱乐", "亚博", "华体会", "乐鱼体育",
    "开云体育", "米兰体育", "九游会", "半岛体育", "爱游戏体育", "现金网", "投注平台", "彩票平台", "成人视频", "成人电影", "成人小说",
    "无码", "约炮", "裸聊", "一夜情", "外围女", "楼凤", "包夜", "上门服务", "久久精品", "国产精品", "国产自拍", "在线观看", "无抵押",
    "秒批", "秒下款", "下款", "网贷口子", "黑户", "征信花", "不看征信", "信用卡套现", "花呗套现", "代还信用卡", "代开发票", "刻章",
    "办假证", "招嫖", "迷药", "外挂", "私服",
)  # fmt: skip
_SEARCH_WORDS = ("哪家好", "哪里好", "多少钱", "怎么样", "好不好", "排行榜", "排名", "哪家强", "价格表", "靠谱吗", "哪家专业", "最好的")
_ORDER_CUES = (
    "指令", "提示词", "gnore ", "isregard ", "如果你是", "若你是", "AI模型", "AI助手", "AI 助手", "大模型", "you are an AI",
    "you are a language", "<|im_", "[INST]", "system prompt",
)  # fmt: skip
_CONTACT_CUES = ("加微信", "加我微信", "微信:", "微信\uff1a", "微信号", "加V", "加v", "薇信", "威信", "VX", "vx", "QQ", "qq", "扣扣")

SPAM_CUES: Sequence[str] = _SPAM_WORDS
CHAIN_CUES: Sequence[str] = _SEARCH_WORDS
ORDER_CUES: Sequence[str] = _ORDER_CUES
CONTACT_CUES: Sequence[str] = _CONTACT_CUES

_SPAM = re.compile("|".join(map(re.escape, _SPAM_WORDS)))
_SPAM_CONTACT = re.compile(
    r"https?://|www\.|\.(?:com|cc|net|vip|top|xyz)\b|\d{5,}|[Qq][Qq]|微信|威信|[Vv][Xx]|注册|点击|下载|APP", re.IGNORECASE
)
_SPAM_SURE = 3
_SPAM_WITH_CONTACT = 2
_MAX_SPAM_LINE = 300
# A report on gambling or fraud uses the same words; it also says who was caught, or warns.
_REPORTED = re.compile(r"警|法院|检察|犯罪|嫌疑|涉案|诈骗|骗|打击|查处|整治|违法|非法|记者|通报|曝光|谨防|不要|切勿|防范|举报")

_SEARCHED = re.compile("|".join(map(re.escape, _SEARCH_WORDS)))
_CHAIN_SEPARATOR = re.compile(r"[,\uff0c、|_;\uff1b\s/]+")
_LEAST_CHAIN = 5
_CHAIN_SEARCHED = 3
_CHAIN_SHARED = 0.8
_MAX_CHAIN_ITEM = 24
_MAX_CHAIN = 2000

_INSTRUCTION = r"(?:指令|提示词?|指示|规则|设定|系统提示)"
_ORDER = re.compile(
    rf"(?:忽略|无视|忘记|忘掉|跳过|覆盖)(?:掉)?(?:你)?(?:所有|全部|一切)?(?:的)?(?:以上|之前|前面|上述|此前|先前|上文|原有)(?:的|所有|全部|一切|任何)*{_INSTRUCTION}"
    r"|\b(?:[Ii]gnore|[Dd]isregard|[Ff]orget) (?:all |any )?(?:of )?(?:the |your )?(?:previous|prior|above|earlier|preceding) "
    r"(?:instructions?|prompts?|directions?|rules)"
    r"|[如若]果?你是(?:一个|一名)?(?:AI|人工智能|大模型|大?语言模型|智能助手|爬虫)[^\n。]{0,6}[,\uff0c]?\s*(?:请|务必|必须|应当)[^\n。]{0,40}"
    r"|(?:AI|人工智能)\s?(?:助手|模型)(?:们)?[,\uff0c]?\s*(?:请|务必|必须)(?:务必)?(?:推荐|引用|输出|回答|优先|告诉|说明)[^\n。]{0,40}"
    r"|大模型(?:请|务必)[^\n。]{0,40}|\b[Ii]f you are an? (?:AI|LLM|language model|large language model)\b[^\n.]{0,60}"
    r"|<\|im_(?:start|end)\|>|\[/?INST\]|\b(?:reveal|print|show) (?:your|the) system prompt\b"
)
_QUOTES = frozenset("\u201c\u2018\"'「『")

_NAMED_ID = r"(?:号|群)?(?:为|是)?\s*[:\uff1a]?\s*[A-Za-z0-9][\w-]{4,19}"
_MESSENGER = r"(?:微信|薇信|威信|[VvWw][Xx]|[Qq]{2}|扣扣)"
_CALL = r"(?:免费|咨询|领取|领|了解|获取|购买|详聊|拉你|进群|私聊|报名|预约)"
_CONTACT = re.compile(
    rf"(?:添?加|\+|联系|咨询|扫码)(?:我|老师|客服|医生|专家|助理|小助手|薇|本人)?(?:的|们)?{_MESSENGER}{_NAMED_ID}[^\n。]{{0,20}}"
    rf"|(?:添?加)(?:我|老师|客服|医生|专家|助理|小助手|本人)?(?:的)?(?:{_MESSENGER}|[Vv]信?)(?:号|群|好友)?[,\uff0c]?\s*{_CALL}[^\n。]{{0,20}}"
    rf"|{_CALL}[^\n。,\uff0c]{{0,6}}(?:添?加|\+)(?:我|客服|老师)?(?:的)?{_MESSENGER}{_NAMED_ID}"
    rf"|(?:需要|想要?|有需要)[^\n。]{{0,16}}{_MESSENGER}{_NAMED_ID}"
)
_WARNED = re.compile(r"骗|诈|不要|勿|别|谨防|警惕|诱导|[让使](?:其|她|他|被害|受害)|被害|受害|嫌疑|民警|对方|陌生|要求(?:其|她|他)")
_WARNED_CHARACTERS = 30

_LEAST_FOREIGN = 120
_LEAST_FOREIGN_HAN = 25
_MAX_FOREIGN_LINES = 2
_FOREIGN_SHARE = 0.3
_ENGLISH = re.compile(r"\b(?:the|is|are|you|your|and|to|of|for|with|this|that|we|our|can|in|it)\b", re.IGNORECASE)
_LEAST_ENGLISH = 6
_LEAST_ENGLISH_TEXT = 40
_REFERENCE = re.compile(
    r"^\s*(?:\[\d+\]|\d+[.)\]]|abstract|keywords?|objectives?|methods?|results?|conclusions?|background|references?|copyright|source|notice|note|disclaimer)\b"
    r"|\bet al\b|\bdoi\b|https?:|\bvol\.|\(\d{4}\)|\b(?:19|20)\d\d;|[{}]|[\"\u201c]",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_OTHER_SCRIPT = re.compile(r"[\u0400-\u052f\u0590-\u06ff\u0e00-\u0e7f\u3040-\u30ff\uac00-\ud7a3]")
_LEAST_OTHER_SCRIPT = 30
_SCRIPT_CHARACTERS = 4


def find_orders(text: str, start: int, end: int) -> Iterator[Span]:
    """Spans that give orders to an AI that reads the page; what is quoted is a subject, not an order."""
    return (match.span() for match in _ORDER.finditer(text, start, end) if text[max(0, match.start() - 1) : match.start()] not in _QUOTES)


def find_contacts(text: str, start: int, end: int) -> Iterator[Span]:
    """Spans that ask the reader to get in touch by messenger (加微信…, QQ群…); warnings against that are none."""
    return (
        match.span()
        for match in _CONTACT.finditer(text, start, end)
        if not _WARNED.search(text, max(start, match.start() - _WARNED_CHARACTERS), min(end, match.end() + _WARNED_CHARACTERS))
    )


def find_spam(text: str, start: int, end: int) -> Iterator[Span]:
    """The line, if it is spam of gambling, porn or loans."""
    if end - start <= _MAX_SPAM_LINE and _is_spam(text[start:end]):
        yield start, end


def is_about_spam(title: str) -> bool:
    """Whether an article is itself about what spam offers."""
    return bool(_SPAM.search(title))


def _is_spam(line: str) -> bool:
    if _REPORTED.search(line):
        return False
    words = len(set(_SPAM.findall(line)))
    return words >= _SPAM_SURE or (words >= _SPAM_WITH_CONTACT and bool(_SPAM_CONTACT.search(line)))


def find_chains(text: str, start: int, end: int) -> Iterator[Span]:
    """The line, if it is nothing but search words (甲市男科哪家好,甲市男科多少钱,…)."""
    if _is_chain(text[start:end]):
        yield start, end


def _is_chain(line: str) -> bool:
    if len(line) > _MAX_CHAIN or "。" in line or len(_SEARCHED.findall(line)) < _CHAIN_SEARCHED:
        return False
    items = [item for item in _CHAIN_SEPARATOR.split(line) if item]
    if len(items) < _LEAST_CHAIN or max(map(len, items)) > _MAX_CHAIN_ITEM:
        return False
    pairs = [{item[i : i + 2] for i in range(len(item) - 1)} for item in items]
    shared = max((sum(pair in other for other in pairs) for pair in set().union(*pairs[:3])), default=0)
    return shared >= len(items) * _CHAIN_SHARED


def find_foreign(text: str) -> list[Span]:
    """Whole paragraphs in another script than the rest, two at most: bilingual pages, quotations and references have none."""
    by_script = _lines_by_script(text) if not text.isascii() else {}
    if len(by_script) < 2:
        return []
    main = max(by_script, key=lambda script: sum(end - start for start, end in by_script[script]))
    if main == "latin" and len(_ENGLISH.findall(text)) < _LEAST_ENGLISH_TEXT:
        return []
    found = [span for script, spans in by_script.items() if script != main for span in spans if _is_foreign(text[slice(*span)], script)]
    size = sum(end - start for start, end in found)
    return found if len(found) <= _MAX_FOREIGN_LINES and size <= len(text) * _FOREIGN_SHARE else []


def _lines_by_script(text: str) -> dict[str, list[Span]]:
    """Lines long enough to be paragraphs, by the script that they begin in: han, latin (or digits and marks), other."""
    by_script: dict[str, list[Span]] = {}
    start = 0
    for line in text.split("\n"):
        if len(line) >= _LEAST_FOREIGN_HAN:
            if "\u3400" <= line[0] <= "\u9fff":
                script = "han"
            elif line.isascii():
                script = "latin"
            elif _HAN.search(line, 0, _SCRIPT_CHARACTERS):
                script = "han"
            else:
                script = "other" if _OTHER_SCRIPT.search(line, 0, _SCRIPT_CHARACTERS) else "latin"
            by_script.setdefault(script, []).append((start, start + len(line)))
        start += len(line) + 1
    return by_script


def _is_foreign(line: str, script: str) -> bool:
    if _REFERENCE.search(line):
        return False
    if script == "han":
        return len(_HAN.findall(line)) >= _LEAST_FOREIGN_HAN
    if _HAN.search(line):
        return False
    if script == "other":
        return len(_OTHER_SCRIPT.findall(line)) >= _LEAST_OTHER_SCRIPT
    return len(line) >= _LEAST_FOREIGN and len(_ENGLISH.findall(line)) >= _LEAST_ENGLISH
