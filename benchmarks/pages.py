"""Pages of our own making, as many as wanted: a small site of health answers with related blocks, reposts and disputes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

CITIES = [
    "杭州",
    "南京",
    "武汉",
    "成都",
    "西安",
    "青岛",
    "长沙",
    "合肥",
    "昆明",
    "南昌",
    "太原",
    "沈阳",
    "贵阳",
    "厦门",
    "徐州",
    "绵阳",
    "洛阳",
    "保定",
    "桂林",
    "遵义",
]
PEOPLE = ["在职职工", "退休人员", "灵活就业人员", "城乡居民", "大学生", "新生儿", "参保人", "家属"]
MATTERS = ["门诊费用", "住院费用", "异地就医", "慢病用药", "体检费用", "生育费用", "转院手续", "药店购药", "账户余额", "补缴手续"]
PLACES = ["医保窗口", "定点医院", "社区服务站", "手机平台", "银行网点", "政务大厅"]
PLAIN = (
    "{who}办理{what}时,应先在{place}核对自己的参保状态,再按要求提交材料。",
    "如果{what}的材料不齐,{place}会一次告知需要补充的内容,补齐以后重新排队。",
    "{city}的{place}在工作日上午人比较多,下午去办理{what}往往更快一些。",
    "{what}的票据要妥善保管,遗失以后补开比较麻烦,还要单位或社区出具说明。",
    "不少{who}对{what}有疑问,可以带上身份证到{place}当面咨询工作人员。",
    "办理{what}前最好先打电话问清楚,以免白跑一趟,节假日的安排以公告为准。",
    "{who}换了工作单位以后,{what}的关系要跟着转移,否则查询时看不到记录。",
)
CLAIMS = (
    "{city}职工医保个人账户的余额年底{not_}会清零。",
    "{city}{who}的{what}报销比例为{percent}%。",
    "{who}的{what}{not_}可以由个人账户支付。",
    "{city}居民医保的起付线为{amount}元。",
    "单位缴纳的医疗保险费{not_}划入个人账户。",
    "{who}异地就医{not_}需要提前备案。",
    "{city}规定{who}累计缴费满{years}年可以享受退休待遇。",
)
HOST = "https://bench.example"


def write_pages(folder: Path, count: int, seed: int = 1) -> None:
    """Write `count` HTML pages, about 900 characters of text and 20 related links each; the same for the same seed."""
    folder.mkdir(parents=True, exist_ok=True)
    titles = _titles(count, random.Random(seed))
    bodies: list[str] = []
    for number in range(count):
        chance = random.Random(f"{seed}-{number}")
        # One page in ten is a repost of an earlier one.
        body = chance.choice(bodies[-500:]) if bodies and chance.random() < 0.1 else _body(chance)
        bodies.append(body)
        (folder / f"{number:06}.html").write_text(_page(number, titles, body, bodies, chance), encoding="utf-8")


def _fill(pattern: str, chance: random.Random) -> str:
    return pattern.format(
        who=chance.choice(PEOPLE),
        what=chance.choice(MATTERS),
        place=chance.choice(PLACES),
        city=chance.choice(CITIES),
        not_=chance.choice(("", "不")),
        percent=chance.randrange(40, 95, 5),
        amount=chance.randrange(200, 2000, 100),
        years=chance.choice((15, 20, 25, 30)),
    )


def _titles(count: int, chance: random.Random) -> list[str]:
    asks = ("怎么办理", "如何查询", "多久到账", "需要什么材料", "能不能代办")
    return [
        f"{chance.choice(CITIES)}{chance.choice(PEOPLE)}{chance.choice(MATTERS)}第{n // 3}号{chance.choice(asks)}" for n in range(count)
    ]


def _body(chance: random.Random) -> str:
    paragraphs = []
    for heading in ("一、基本规定", "二、办理流程", "三、注意事项"):
        sentences = [_fill(chance.choice(PLAIN if chance.random() < 0.75 else CLAIMS), chance) for _ in range(8)]
        paragraphs.append(f"<h2>{heading}</h2>\n<p>{''.join(sentences[:4])}</p>\n<p>{''.join(sentences[4:])}</p>")
    return "\n".join(paragraphs)


def _page(number: int, titles: list[str], body: str, bodies: list[str], chance: random.Random) -> str:
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{titles[number]}_示例健康</title>'
        f'<link rel="canonical" href="{HOST}/health/{number}.html"></head><body><nav><a href="/">首页</a> <a href="/list">资讯</a></nav>'
        f'<article><h1>{titles[number]}</h1><div class="info">发布时间:2025-{number % 12 + 1:02}-{number % 28 + 1:02}</div>\n{body}\n'
        "<p>提示:本内容仅供参考,不能代替医生的诊断。</p></article>"
        f"<section><h3>相关推荐</h3><ul>{''.join(_related(titles, bodies, chance))}</ul></section></body></html>"
    )


def _related(titles: list[str], bodies: list[str], chance: random.Random) -> Iterator[str]:
    for _ in range(20):
        target = chance.randrange(len(titles))
        snippet = bodies[target % len(bodies)].split("<p>")[1].split("</p>")[0][:90]
        yield (
            f'<li><a href="/health/{target}.html">{titles[target]}</a><p>{snippet}</p>'
            f"<span>健康新闻</span> <span>2025-{target % 12 + 1:02}-{target % 28 + 1:02}</span></li>"
        )
