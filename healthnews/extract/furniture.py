"""The common words of the web for what is no article: names of elements, headings of blocks, short lines of a page's furniture."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ENDINGS = _words("list lists box boxes bar wrap wrapper con content container area") | {""}
_NAME_WORDS = _words(
    "nav navbar navi navigation topnav menu foot footer copyright crumb crumbs breadcrumb breadcrumbs sidebar aside share sharebar bdshare "
    "social toolbar related relate relevant recommend recommends recom guess hot hotnews rank ranking ad ads advert advertisement banner "
    "sponsor login register subscribe newsletter pager pagination pages prevnext qrcode wechat weixin popup modal dialog cookie tag tags "
    "taglist link links friendlink search promo widget disclaimer outbrain taboola caption captions gallery slideshow carousel lightbox"
)
NAMES = frozenset(word + ending for word in _NAME_WORDS for ending in _ENDINGS)
"""Words in an element's class or id that say it is furniture."""
POST_NAMES = frozenset(word + ending for word in _words("comment comments commentlist cmt reply replies") for ending in _ENDINGS)
"""The same for comments and replies, which are the content of a thread."""
ARTICLE_NAMES = re.compile(r"article|content|detail|post|main|story|entry|正文")
"""Words that say the opposite."""

_OF_THIS = "相关|相關|延伸|扩展|推荐|推薦|热门|熱門|精彩|更多|最新|热点|同类|本类|本栏|本月|本周|今日|近期|关联|精选|往期|网友|编辑|小编"
_CHINESE_HEADING = (
    rf"(?:{_OF_THIS})(?:相关|热门|精彩|推荐)?"
    r"(?:推荐|推薦|阅读|閱讀|新闻|新聞|文章|链接|連結|连接|报道|報導|专题|内容|內容|搜索|资讯|信息|话题|问答|问题|提问|咨询|知识|视频|"
    r"评论|图片|关注|排行|排行榜|精彩|精选|回顾|热点|热文|百科|帖子|主题|博文|日志|标签)|"
    r"猜[你您](?:喜欢|想看|想问|感兴趣|关心)|[你您](?:可能|也许|或许)[也还会都]{0,2}(?:喜欢|感兴趣|想看|想知道|想问|关心).{0,6}|"
    r"大家[都还也正]{0,2}在?[看问搜聊]|(?:其他|其它|别的?)(?:人|网友|用户)[都还也正]{0,2}在?[看问搜]|网友[都还也正]在?[看问搜].{0,2}|"
    r"[为為][您你]推[荐薦]|看了[又还]看|看[过了](?:本文|此文|该文)?的?(?:人|网友)?[还也又]看[过了]?|"
    r"热门点击|点击排行|排行榜|阅读排行|热搜|(?:小编|编辑|阅读|新闻|文章|内容|热文|好文|图文|本站)推荐"
)
_OTHER_HEADING = (
    r"related(?: (?:articles?|posts?|stories|story|news|content|topics|reading|links|coverage|videos?|questions))?|"
    r"more (?:from|on|stories|great|in|news|articles?|like this).{0,30}|(?:read|keep|continue) (?:more|next|reading)|"
    r"recommended(?: for you| stories| articles| reading)?|see also|also (?:read|check|on).{0,20}|"
    r"(?:other |more )?(?:posts|articles|stories)? ?you (?:may|might)(?: also)? (?:like|enjoy|have missed|be interested in)|"
    r"most (?:read|popular|viewed|shared|commented)|trending(?: now| stories)?|popular (?:posts|articles|stories|now)|"
    r"latest (?:news|posts|articles|stories)|don.?t miss|top (?:stories|videos?|news)|what to read next|up next|in case you missed it|"
    r"(?:around|from around) the web|(?:promoted|sponsored)(?: stories| content| links)?|editors?.?s? picks?|"
    r"mehr zum thema|lesen sie auch|(?:auch|ebenfalls) interessant|das könnte (?:sie|dich|ihnen|euch).{0,30}|"
    r"(?:ähnliche[rs]?|verwandte|weitere|empfohlene|neueste|aktuelle|meistgelesene) "
    r"(?:artikel|beitr(?:äge|ag)|themen|meldungen|nachrichten)|"
    r"(?:à )?lire aussi|sur le même sujet|articles (?:similaires|liés|recommandés)|vous aimerez aussi|"
    r"(?:artículos|notas|noticias|contenidos?|artigos|notícias|posts) (?:relacionad[oa]s)|(?:te|le) puede interesar|"
    r"(?:lea|leia|veja|ver) (?:también|também|mais|más)|você (?:pode|também).{0,20}|mais lidas|más leídas|"
    r"leggi anche|potrebbe interessart[ie]|articoli correlati"
)
_END = r"[\s\W]*(?:(?:更多|more)[\s\W]*)?$"
CHINESE_RELATED = re.compile(f"(?:{_CHINESE_HEADING}){_END}")
OTHER_RELATED = re.compile(f"(?:{_OTHER_HEADING}){_END}", re.I)
"""A line that opens a block of links to other articles."""
_STARTS = (
    *_OF_THIS.split("|"),
    *_words("猜你 猜您 你可 你也 你或 您可 您也 您或 大家 其他 其它 别人 别的 为您 为你 為您 為你 看了 看过"),
    *_words("点击 排行 阅读 热搜 新闻 文章 内容 热文 好文 图文 本站"),
    *_words("re mo ke co ot po ar st yo se al tr la do to wh up in fr pr sp ed me le au eb da äh ve we ne ak em li su vo no ma má te"),
    "à ",
)
RELATED_STARTS = frozenset(form for start in _STARTS for form in (start, start.upper(), start.capitalize()))
"""The first two characters of such a line that begins with a letter: told in a fraction of the time that the whole pattern takes."""
RELATED_TRIPLES = _words(
    "rel mor rea kee con rec oth pos art sto you see als mos tre pop lat don top wha aro fro pro spo edi meh les auc ebe das ähn ver "
    "wei emp neu akt mei lir sur vou not lea lei vej voc mai más leg pot"
) | {"up ", "in ", "à l", "te ", "le "}
"""The first three characters, in lower case, of such a line that is not Chinese."""

ABOUT_THIS = re.compile(
    r"相关|相關|猜[你您]|推荐|推薦|延伸|扩展|可能.*(?:喜欢|感兴趣|想|关心)|在看|[在都还]问|关联|(?:热门|最新|更多|精选|精彩)(?:问答|问题|提问|咨询)|"
    r"related|also|more on|recommended|you (?:may|might)|interessieren|ähnliche|relacionad|correlati|similaires",
    re.I,
)
"""Headings of what is recommended to readers of this article; others stand over rankings of the site."""
OTHER_ARTICLES = re.compile(
    r"相关(?:推荐|阅读|文章|链接|新闻|报道|问答|问题)|相關(?:推薦|閱讀|文章|新聞)|推荐阅读|延伸阅读|[在都还]问|(?:热门|最新|更多)(?:问答|问题|提问)|"
    r"猜[你您]|[为為][您你]推[荐薦]|related (?:articles|posts|questions)",
    re.I,
)
"""Headings that stand over other articles alone; 相关知识 may head a section of the page's own."""

COMMENT_HEADING = re.compile(
    r"^[\s\W]*(?:(?:网友|最新|热门|全部|精彩|文章|读者|发表|我要|查看|用户|参与|我来|我的|共有?\d*条){0,4}"
    r"(?:评论|留言|跟帖|回复|说两句|评论列表|评论区|说说)|"
    r"(?:leave a |post a |add a |show |view |\d+ )?(?:comments?|reply|replies|responses?)|join the (?:conversation|discussion).{0,3}|"
    r"discussion(?: about this post)?|kommentare?|schreibe einen kommentar|comentários|comentarios|commentaires|commenti)"
    r"[\s\W]*[\d条()\uff08\uff09]*[\s\W]*$",
    re.I,
)
"""A line that opens what readers wrote."""
TAIL_HEADING = re.compile(
    r"^[\s\W]*(?:share this(?: article| post| story)?|like this|about the authors?|(?:post )?tags|filed under.{0,40}|"
    r"sign up (?:for|to) .{0,60}|subscribe.{0,60}|follow us.{0,40}|get (?:the|our) .{0,30}newsletter.{0,20}|"
    r"share your thoughts.{0,20}|want more stories.{0,20}|we want to hear what you think.{0,30}|über (?:den|die) autor(?:in)?|"
    r"(?:diesen artikel |beitrag |artikel )?teilen(?: (?:sie dies )?mit)?|gefällt mir|partager.{0,20}|compartilhe.{0,20}|"
    r"comparte.{0,20}|condividi.{0,20})[\s\W]*$",
    re.I,
)
"""A line that opens what a page puts under its article: tags, share bar, newsletter, author."""
END_FIRST = frozenset("网最热全精文读发我查用参评留跟回说共0123456789")
END_STARTS = _words(
    "lea pos add sho vie com rep res joi dis kom sch sha lik abo the tag fil sig sub fol get wan übe die dei bei art tei gef par con"
) | {"we "}
"""How lines of these two kinds begin: one character, or three."""

LINE = re.compile(
    r"(?:[上下]一[篇页条个][\s\W]|前一篇|后一篇|返回(?:首页|顶部|列表|搜狐)|打印(?:本页|本文)|关闭(?:窗口|本页)|收藏(?:本文|本页)|"
    r"分享(?:到|至)[:\uff1a]|字[体号][\s\W]*[大中小]|责任?编辑|编辑[:\uff1a]|本文(?:标签|关键词|来源)|标签[:\uff1a]|关键词[:\uff1a]|"
    r"版权(?:所有|声明)|未经.{0,10}(?:授权|许可)|转载请|声明[:\uff1a]|copyright|©|扫(?:一扫|码|描二维码)|长按.{0,6}二维码|"
    r"(?:阅读|浏览|点击|访问)(?:次数|量|数)[\s\W]*\d*|当前位置|您(?:的|现在的|当前)?(?:所在)?位置|位置[:\uff1a])",
    re.I,
)
"""Begins a line of furniture."""
WHOLE_LINE = re.compile(
    r"(?:[上下]一[篇页条个]|返回|打印|关闭|收藏|分享(?:到|至|给)?|点赞|举报|更多|首页|登录|注册|登录[/|\s]*注册|投稿|(?:我要)?纠错|"
    r"顶一下|踩一下|全文|关注(?:我们|公众号|微信|者|问题)?|微信|微博|朋友圈|QQ空间|"
    r"\d+\s*(?:人|个|次|条)?\s*(?:赞|评论|阅读|喜欢|分享|浏览)?|(?:阅读|浏览|点击)[\s\W]*\d*|阅读原文|查看原文|点击(?:查看|进入|下载).{0,4}|"
    r"展开(?:阅读)?(?:全文)?|收起|添加评论|写回答|我来回答|更多回答|[仅只]看(?:楼主|此人|该作者)|[倒正]序(?:看帖|浏览)|没有更多了?|"
    r"回复|评论|引用|楼主|沙发|板凳|地板|\d+\s*楼|首赞|被浏览|(?:已)?采纳|赞同[\s\d]*(?:条评论|添加评论)?|"
    r"share|tweet|print|email|close|caption|advertisement|table of contents|read (?:later|more)|loading|weiterlesen|"
    r"twitter|facebook|pinterest|whatsapp|linkedin|instagram|"
    r"进入.{1,10}(?:频道|首页|专题))[\s\W]*$",
    re.I,
)
"""Words that also begin a sentence of an answer (登录…后查询): furniture only when they are the whole line."""
LINE_FIRST = frozenset(
    "进回评引展添写更仅只倒正没楼沙板地被已采赞上下前后返打关收分字责编本标版未转声扫长阅浏点访当您位举首登注投我纠顶踩全微朋查©0123456789"
)
LINE_PAIRS = _words("co sh tw pr em cl ca ad ta re lo qq we fa pi wh li in")
"""How lines of these two kinds begin: one character, or two in lower case."""
