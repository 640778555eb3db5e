"""What a machine or a template left in a text: remnants of a prompt, and places that nobody filled in."""

from collections.abc import Iterator

from healthnews.language.patterns import compile_led

Span = tuple[int, int]

_C = r"[,\uff0c、]"
_COLON = r"[:\uff1a]"
_OPEN, _CLOSE = r"[\[【{(<〔\uff08]", r"[\]】})>〕\uff09]"

RESIDUE_CUES = (
    "直接回答", "分点展开", "总结归纳", "核心观点提炼", "关键亮点提炼", "作为AI", "作为一个AI", "作为一名AI", "作为一款AI",
    "作为人工智能", "作为一个人工", "作为一名人工", "作为一款人工", "语言模型", "好的,", "好的\uff0c", "好的!", "好的\uff01", "当然,",
    "当然\uff0c", "当然可以", "没问题,", "没问题\uff0c", "明白了", "根据您", "根据你", "根据用户", "按照您", "按照用户", "按用户",
    "按您的", "字数", "字)", "字\uff09", "此处", "在此插入", "插入图", "**", "##", "```", "---|", "--- |", "AI language model", "an AI",
    "Sure", "Certainly", "Of course", "nowledge cutoff", "egenerate response", "my last ", "我的知识", "我的训练数据", "为您生成",
    "为您撰写", "请告诉我", "请随时告诉我",
)  # fmt: skip
"""Plain texts one of which stands in every remnant of a prompt."""

_WRITE = r"(?:生成|撰写|创作|写作|整理|改写|扩写|润色)"
_RESIDUE = compile_led(
    "(?m:"
    rf"(?:(?:开头)?直接回答(?:问题)?|分点展开(?:论述)?|总结归纳|核心观点提炼|关键亮点提炼)\s*{_COLON}"
    # 作为AI助手的小度 is a device; what speaks of itself goes on with a comma, 我 or what it cannot do.
    rf"|作为(?:一个|一名|一款)?(?:AI|人工智能|大?语言模型)(?:大?语言)?(?:大?模型|助手|程序)?\s*(?:{_C}\s*(?:我|无法|不能|并不|没有)|我)"
    rf"|^(?:好的|当然(?:可以)?|没问题|明白了)\s*[,\uff0c!\uff01。]\s*(?:以下|下面|这是|我(?:来|将|会|为)|根据您|按照您|为您)"
    rf"|(?:根据|按照?)(?:您|你|用户)(?:的|所)?(?:提供的)?(?:指令|提示词|写作要求|字数要求|关键词|大纲)"
    rf"|(?:根据|按照?)(?:您|用户)的(?:要求|需求)\s*{_C}?\s*(?:以下是|下面是|我(?:为|将|已)|为您|现(?:为|将)|本文|{_WRITE})"
    rf"|以[下上]是?(?:我)?(?:为您|根据您|按照您)[^\n。]{{0,12}}{_WRITE}的?"
    rf"|^[(\uff08]?(?:全文|正文|本文)?(?:共|约)?(?:字数(?:统计|要求|控制在)?)?{_COLON}?\s*(?:约|共)?\d{{2,5}}\s*字(?:左右|以内)?[)\uff09]?[。.]?$"
    rf"|^字数(?:要求|控制)\s*{_COLON}[^\n]{{0,30}}"
    rf"|[(\uff08](?:全文|正文|本文)(?:共|约|字数{_COLON}?)\s*(?:约|共)?\d{{2,5}}\s*字[)\uff09]"
    rf"|{_OPEN}\s*(?:(?:此处|这里|在此)(?:可以?|应|需要?)?)(?:插入|填写|填入|补充|替换|添加|附上|放置?)[^\n\]】)\uff09]{{0,30}}{_CLOSE}"
    rf"|{_OPEN}\s*插入(?:图片|图表|图|案例|链接|数据|视频|表格)[^\n\]】)\uff09]{{0,30}}{_CLOSE}"
    rf"|(?:截至|截止到?)我的(?:知识|训练数据)[^\n。,\uff0c]{{0,12}}|我的训练数据(?:截止|只到)[^\n。,\uff0c]{{0,12}}"
    rf"|如(?:果(?:您)?)?需要?(?:进一步)?(?:调整|修改|润色|优化|扩写)[^\n。]{{0,20}}请(?:随时)?告诉我"
    r"|\bAs an AI(?: language)?(?: model| assistant)?, I\b[^\n.]{0,30}|^(?:Sure|Certainly|Of course)[,!]\s*[Hh]ere(?:'s|\u2019s| is| are)\b"
    r"|\b[Kk]nowledge cutoff\b|^[Rr]egenerate response$|\bmy last (?:knowledge )?(?:update|training)\b"
    r"|(?<![*\\])\*\*(?=[^*\s])[^*\n]{1,60}(?<=[^*\s])\*\*(?!\*)|^#{2,6}[ \t]+(?=\S)|^#[ \t]+(?=[\u4e00-\u9fff])|^```\w*$"
    r"|^\|?[ \t]*:?-{3,}:?[ \t]*\|[-:| \t]*$"
    ")"
)

PLACEHOLDER_CUES = (
    "XX", "xx", "Xx", "\u00d7\u00d7", "\uff38\uff38", "某某", "***", "名称]", "名称】", "名]", "名】", "姓名]", "姓名】", "名字]", "名字】",
    "[您", "【您", "[你的", "【你的", "[贵", "【贵", "[具体", "【具体", "[填", "【填", "[输入", "【输入", "[请", "【请", "{{", "${",
    "{name", "{title", "{city", "{hospital", "{keyword", "{date", "{year", "{医院", "{城市", "{姓名", "{地区", "{日期", "orem ipsum",
    "orem Ipsum", "待补充", "待完善", "图片说明", "文字说明", "占位", "在此输入", "点击此处", "这里是", "TODO", "TBD", "测试文章",
    "测试内容", "测试数据",
)  # fmt: skip
"""Plain texts one of which stands in every place that nobody filled in."""

_X = r"[Xx\u00d7\uff38]"
_NAMED = r"(?:医院|城市|地区|省份|公司|机构|品牌|疾病|科室|医生|专家|作者|网站|平台|学校|部门|单位|人物|来源|文件|政策)"
_VALUE = r"(?:日期|时间|电话|号码|地址|数字|数据|金额|比例|年份|链接|网址|案例|内容|名称|姓名|联系方式)"
_PLACEHOLDER = compile_led(
    "(?m:"
    # XX型, XX染色体 and 维生素XX are medicine: only what names a place or an office is a blank.
    rf"(?<![A-Za-z0-9,\uff0c+素]){_X}{{2,4}}\s?(?:省|市(?!场)|县|区(?!间|别)|镇|乡|街道|社区|医院|医保|社保|人社|诊所|药房|药店|卫生院|保险公司|大学|年(?!级)|月(?!经)|元(?!素))"
    r"|某某(?:省|市|县|区|医院|医保|公司|诊所|药店|药房|街道|社区|大学|药品|疾病)"
    rf"|(?<!\d)1[3-9]\d\s?-?\s?{_X}{{4}}\s?-?\s?{_X}{{4}}(?![\dXx])|(?<!\d)0\d{{2,3}}\s?-\s?{_X}{{7,8}}(?![\dXx])"
    rf"|(?:电话|热线|地址|医院名称|费用|金额|链接|网址|公众号)(?:为|是)?\s*{_COLON}?\s*\*{{3,}}(?![\d*])"
    r"|(?<![\w*])\*{3,}(?:省|市|县|区|医院|医保|公司)"
    rf"|(?<![选入击写开])[\[【〔]\s*(?:(?:请)?(?:填写|输入|填入)|您的|你的|贵)[^\n\]】〕]{{1,16}}[\]】〕]"
    rf"|(?<![选入击写开])[\[【〔]\s*(?:具体|某|当地|相关)?{_NAMED}(?:名称?|姓名|名字)[\]】〕]"
    rf"|(?<![选入击写开])[\[【〔]\s*具体{_VALUE}[\]】〕]"
    r"|\{\{\s*[\w.\u4e00-\u9fff]{1,30}\s*\}\}|\$\{[A-Za-z_][\w.]{0,30}\}|\{(?:name|title|city|hospital|keyword|date|year|医院|城市|姓名|地区|日期)\w{0,4}\}"
    r"|\b[Ll]orem [Ii]psum\b[^\n]{0,40}"
    r"|[(\uff08\[【](?:[\u4e00-\u9fff]{0,4})待(?:补充|完善)[)\uff09\]】]|^(?:[\u4e00-\u9fff]{0,4}\s?[:\uff1a]?\s?)待补充[。.]?$|[:\uff1a]\s*待补充(?=[。;\uff1b\n]|$)"
    r"|(?:图片|文字)说明(?:在此|文字$)|(?:标题|正文|文字|图片|内容)占位符?|在此输入(?:内容|正文|标题|文字)|点击此处(?:添加|编辑)(?:内容|正文|标题|文字)"
    r"|^这里是(?:标题|正文|摘要|内容|描述)[。.]?$|^(?:TODO|TBD)\b[^\n]{0,20}|^测试(?:文章|内容|数据)\d*[。.]?$"
    ")"
)


def find_residue(text: str, start: int, end: int) -> Iterator[Span]:
    """Spans of prompt remnants (直接回答问题:, 作为AI,我…, **粗体**) in a part of a text, in order."""
    return (match.span() for match in _RESIDUE.finditer(text, start, end))


def find_placeholders(text: str, start: int, end: int) -> Iterator[Span]:
    """Spans of blanks that were never filled in (XX省, [医院名称], {{name}}, 待补充), in order; a masked number is privacy, no blank."""
    return (match.span() for match in _PLACEHOLDER.finditer(text, start, end))
