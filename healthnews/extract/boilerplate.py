"""What on a page is not its article: navigation, related blocks, comments, share bars, by element, name and text."""

import re

from healthnews.extract.blocks import Block, Flat

_TAGS = frozenset(("nav", "footer", "aside", "menu", "search"))
_NAMES = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navi|navigation|topnav|menu|foot|footer|bottom|copyright|crumbs?|breadcrumbs?|sidebar|aside|comments?|commentlist|cmt|"
    r"reply|replies|share|sharebar|bdshare|social|toolbar|related|relate|relevant|recommend|recommends|recom|guess|hot|hotnews|rank|ranking|ads?|advert|"
    r"advertisement|banner|sponsor|login|register|subscribe|newsletter|pager|pagination|pages|prevnext|qrcode|wechat|weixin|popup|modal|dialog|cookie|"
    r"tags?|taglist|links?|friendlink|search|promo|widget|disclaimer|outbrain|taboola)(?:[\s_\d-]|list|box|bar|wrap|con|area|$)"
)
_ARTICLE_NAMES = re.compile(r"article|content|detail|post|main|story|entry|正文")
RELATED_HEADING = re.compile(
    r"^[\s\W]*(?:(?:相关|相關|延伸|推荐|推薦|热门|熱門|精彩|更多|最新|热点|同类|本类|本月|今日|关联|精选)"
    r"(?:推荐|推薦|阅读|閱讀|新闻|新聞|文章|链接|連結|报道|報導|专题|"
    r"内容|內容|搜索|资讯|信息|话题|问答|问题|知识|视频|评论|图片|关注|排行|精彩)|"
    r"猜你喜欢|你可能(?:也|还)?喜欢|您可能(?:还|也)?感兴趣.*|大家(?:都)?在看|为您推荐|为你推荐|看了(?:又|还)看|"
    r"热门点击|点击排行|排行榜|阅读排行|热搜|小编推荐|编辑推荐|"
    r"related (?:articles|posts|stories)|more (?:from|on|stories)|read more|recommended|you may also like|"
    r"see also|most (?:read|popular))[\s\W]*(?:更多|more)?[\s\W]*$",
    re.I,
)
"""A line that opens a block of links to other articles."""
COMMENT_HEADING = re.compile(
    r"^[\s\W]*(?:(?:网友|最新|热门|全部|精彩|文章|读者|发表|我要|查看|用户|参与)*(?:评论|留言|跟帖|回复|说两句)|"
    r"(?:leave a )?(?:comments?|reply))[\s\W]*[\d条()\uff08\uff09]*[\s\W]*$",
    re.I,
)
_LINE = re.compile(
    r"^[\s\W]*(?:[上下]一[篇页条个][\s\W]|前一篇|后一篇|返回(?:首页|顶部|列表|搜狐)|打印(?:本页|本文)|关闭(?:窗口|本页)|收藏(?:本文|本页)|分享(?:到|至)[:\uff1a]|"
    r"字[体号][\s\W]*[大中小]|责任?编辑|编辑[:\uff1a]|本文(?:标签|关键词|来源)|标签[:\uff1a]|关键词[:\uff1a]|版权(?:所有|声明)|"
    r"未经.{0,10}(?:授权|许可)|转载请|声明[:\uff1a]|copyright|©|扫(?:一扫|码|描二维码)|长按.{0,6}二维码|"
    r"(?:阅读|浏览|点击|访问)(?:次数|量|数)[\s\W]*\d*|当前位置|您(?:的|现在的|当前)?(?:所在)?位置|位置[:\uff1a])",
    re.I,
)
# Words that also begin a sentence of an answer (登录…后查询): furniture only when they are the whole line.
_WHOLE_LINE = re.compile(
    r"^[\s\W]*(?:[上下]一[篇页条个]|返回|打印|关闭|收藏|分享(?:到|至|给)?|点赞|举报|更多|首页|登录|注册|登录[/|\s]*注册|投稿|(?:我要)?纠错|顶一下|踩一下|全文|"
    r"关注(?:我们|公众号|微信)|微信|微博|朋友圈|QQ空间|\d+\s*(?:人|个|次|条)?\s*(?:赞|评论|阅读|喜欢|分享|浏览)?|(?:阅读|浏览|点击)[\s\W]*\d*|阅读原文|查看原文|"
    r"点击(?:查看|进入|下载).{0,4})[\s\W]*$",
    re.I,
)
_MAX_LINE = 60
_DOMINANT_SHARE = 0.5


def is_boilerplate_line(text: str) -> bool:
    """Whether a short line is a page's furniture: pager, share bar, copyright, editor line."""
    return len(text) <= _MAX_LINE and bool(_LINE.match(text) or _WHOLE_LINE.match(text))


def link_density(block: Block) -> float:
    """Share of a block's characters that are links, 0 to 1."""
    return min(1.0, block.link_characters / max(1, len(block.text)))


def mark_boilerplate(flat: Flat) -> list[bool]:
    """For each block, whether it lies in an element that is furniture by its tag, its names or because it is not shown.

    Names lie: an element that holds most of the page's text is never furniture.
    """
    weights = [0]
    for block in flat.blocks:
        weights.append(weights[-1] + len(block.text) - block.link_characters)
    marked = [False] * len(flat.blocks)
    for element in flat.elements:
        if element.start >= element.end or (marked[element.start] and marked[element.end - 1]):
            continue
        weight = weights[element.end] - weights[element.start]
        if _is_furniture(element.tag, element.names, element.hidden) and weight < weights[-1] * _DOMINANT_SHARE:
            marked[element.start : element.end] = [True] * (element.end - element.start)
    return marked


def _is_furniture(tag: str, names: str, hidden: bool) -> bool:
    if tag in _TAGS or hidden:
        return True
    return bool(names.strip()) and bool(_NAMES.search(names)) and not _ARTICLE_NAMES.search(names)
