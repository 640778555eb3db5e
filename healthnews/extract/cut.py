"""Whether a text was cut off by its publisher, and where it says so."""

import re

from healthnews.language.patterns import compile_led

Span = tuple[int, int]

_LAST_LINES = 2
_LEAST_SENTENCE = 15
_MAX_MARK = 40
_ALL = "(?:全文|全部(?:内容)?|更多内容|完整(?:内容|版|文章)?|剩余(?:内容|部分|全文)?|详细内容|详情)"
_MARK = compile_led(
    rf"[\[(【\uff08]?\s*(?:(?:点击|点此|立即)?(?:展开|阅读|查看|显示)(?:余下|剩余)?{_ALL}|展开(?:剩余)?\d{{0,3}}%?(?:内容|全文)?"
    r"|(?:剩余|还有|余下|剩下)\s*\d{1,2}(?:\.\d)?\s*[%\uff05](?:\s*(?:的)?(?:内容|全文)?(?:未读|未展开|需[^\n]{0,10})?)?"
    rf"|(?:请先?|需要?)?(?:登录|登陆|注册|开通(?:会员|VIP)|成为会员|付费|购买|订阅|扫码|下载\s?(?:APP|App|app|客户端)|关注公众号)(?:后|即|可|才|能|就|以|方)+"
    rf"(?:继续)?(?:查看|阅读|浏览|解锁|观看|看到?){_ALL}?"
    r"|未完待续|本文(?:剩余|后续|完整)(?:内容|部分)[^\n]{0,12}(?:付费|登录|会员|订阅)[^\n]{0,8})\s*[\])】\uff09]?\s*[>》»↓∨.。…]*\s*$"
    r"|(?:\u2026|\.\.\.)\s*(?:[Rr]ead [Mm]ore|[Cc]ontinue [Rr]eading)\W*$|\[\+\d+ chars\]$"
    r"|[Ss]ubscribe to (?:continue reading|read (?:more|the full))[^\n]{0,20}$"
)
# Two of them are the Chinese mark of a pause; one, or three dots, is what a program puts where it cuts.
_ELLIPSIS = re.compile(r"(?<=[\u3400-\u9fff,\uff0c、A-Za-z\d])(?:(?<!\u2026)\u2026(?!\u2026)|\.\.\.)$")
_HALF = re.compile(r"[,\uff0c、]$")
_HAN = re.compile(r"[\u3400-\u9fff]")


def find_cut(body: str) -> Span | None:
    """Span of what shows that a body is cut off: 展开全文, 剩余60%, 登录后查看 on its last lines, or the mark it breaks off with."""
    end = len(body.rstrip())
    last = body.rfind("\n", 0, end) + 1
    if mark := _MARK.search(body, max(last, end - _MAX_MARK), end):
        return mark.span()
    before = body.rfind("\n", 0, max(0, last - 1)) + 1
    if end - last <= _MAX_MARK and (mark := _MARK.search(body, max(before, last - 1 - _MAX_MARK), max(0, last - 1))):
        return mark.span()
    if end - last < _LEAST_SENTENCE or not _HAN.search(body, last, end):
        return None
    broken = _ELLIPSIS.search(body, max(last, end - 3), end) or _HALF.search(body, end - 1, end)
    return broken.span() if broken else None
