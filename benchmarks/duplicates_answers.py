"""Answers with known clusters, as many as wanted: by the generator of `../shared` where it is at hand, else by rule.

Columns: title, text, cluster (answers of one number are reposts of one), family (answers of one template, -1 for none), mode.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

SHORTEST, LONGEST = 110, 1_000
"""Characters of an answer, log-uniform: 445 on average."""
PART = 200_000
"""Answers generated at once; a million come from five seeds."""
_CHARACTERS = (
    "医保账户余额报销门诊住院参保单位个人缴费年度费用比例起付线封顶统筹基金支付药品目录诊疗项目定点机构异地备案转诊手续材料窗口平台查询办理申请审核结算发票病历"
    "处方慢病特药检查治疗手术康复护理生育工伤失业养老居民职工学生儿童老人家庭成员共济划转结转清零冻结激活绑定解除注销补办挂失密码社区街道县市省区中心局厅"
    "血压血糖血脂心脏肝胆脾胃肠肺肾脑神经骨骼肌肉关节皮肤眼耳鼻喉口腔牙齿甲状腺乳房子宫卵巢前列感染炎症疼痛发热咳嗽头晕乏力失眠腹泻便秘水肿出血过敏瘙痒"
)
_SENTENCES: tuple[str, ...] = (
    "{a}的{b}需要{c}{d},{e}以后应当{f}{g}。", "如果{a}{b}了{c},{d}可能会{e}{f}。", "{a}和{b}有关,一般由{c}、{d}或者{e}引起。",
    "建议先{a}{b},{c}的时候注意{d}和{e}。", "{a}在{b}当中比较常见,{c}约占{n}%,及时{d}可以{e}{f}。", "{a}{b}:{c}{d},{e}{f}。",
    "对于{a}的人,{b}能够{c}{d},但是{e}需要谨慎。", "{a}每次{b}{n}元,超过的部分按{m}%{c}{d}。", "不要{a}{b},以免{c}{d}的{e}。",
    "{a}没有{b}的,可以在{n}天以内{c}{d}{e}。", "自20{y}年起,{a}的{b}由{c}{d}。", "{a}是{b}的{c},不是{d}的{e}。",
)  # fmt: skip
_NOTICE = "提示:本内容不能代替面诊,如有不适请尽快就医。"
_CITIES = (
    "山东菏泽 山东聊城 山东济南 福建厦门 福建泉州 广东广州 广东佛山 江苏南京 江苏徐州 "
    "浙江宁波 浙江温州 湖北武汉 湖南长沙 河南洛阳 四川成都 陕西西安 云南昆明 广西桂林"
)
_PARTS, _SIGNS = "膝盖 腰部 颈部 手指 眼睛 耳朵 胃部 后背", "疼痛 麻木 出血 红肿 发热 瘙痒"
_SYMPTOMS = [f"{part}{sign}" for part in _PARTS.split() for sign in _SIGNS.split()]
_FRAMES = ("2025年{c}出现{s}去哪家医院好", "2025年{c}{s}能走医保吗", "{c}{s}挂什么科", "{c}治疗{s}大概多少钱")
_QUESTIONS = (
    ("怎样{a}{b}", "如何{a}{b}"),
    ("{a}{b}怎么办", "{a}{b}怎么处理"),
    ("{a}和{b}有什么区别", "{a}和{b}有何不同"),
    ("为什么{a}{b}", "为啥{a}{b}"),
)
_SYNONYMS = (
    ("可能", "或许"),
    ("需要", "需"),
    ("建议", "推荐"),
    ("一般", "通常"),
    ("注意", "留意"),
    ("引起", "导致"),
    ("对于", "针对"),
    ("比较", "较为"),
)
_EDITED = (0.003, 0.01, 0.015, 0.02, 0.03)

Row = tuple[str, str, int, int, str]


def write_answers(path: Path, count: int, seed: int, shared: Path, lengths: tuple[int, int] = (SHORTEST, LONGEST)) -> None:
    """Write `count` answers to a Parquet file, the same ones for one seed."""
    script = shared / "benchmarks" / "duplicates" / "generate.py"
    if script.is_file():
        command = [sys.executable, str(script), str(count), str(lengths[0]), str(lengths[1]), str(path), str(seed)]
        subprocess.run(command, check=True, capture_output=True)
        return
    rows = AnswerWriter(seed, lengths).write(count)
    pq.write_table(
        pa.table(dict(zip(("title", "text", "cluster", "family", "mode"), map(list, zip(*rows, strict=True)), strict=True))), path
    )


class AnswerWriter:
    """Composes answers of words that mean nothing, in sentences that do: templates, reposts, and answers alone."""

    def __init__(self, seed: int, lengths: tuple[int, int]) -> None:
        """Make the words that every seed shares, and what chance decides of them."""
        common = random.Random(0)
        self._words = ["".join(common.choices(_CHARACTERS, k=common.choice((2, 2, 2, 3)))) for _ in range(8_000)]
        self._random = random.Random(seed)
        self._lengths = lengths
        self._cluster = self._family = 0

    def write(self, count: int) -> list[Row]:
        """So many answers, in an order by chance."""
        rows: list[Row] = []
        while len(rows) < count // 4:
            rows += self._template(self._random.choice((3, 8, 20, 60, max(3, count // 200))))
        while len(rows) < count:
            rows += self._answer()
        del rows[count:]
        self._random.shuffle(rows)
        return rows

    def _sentence(self) -> str:
        pick = self._random
        words = {name: pick.choice(self._words) for name in "abcdefg"}
        return pick.choice(_SENTENCES).format(**words, n=pick.randint(2, 900), m=pick.randint(2, 95), y=pick.randint(18, 26))

    def _body(self) -> list[str]:
        wanted, body = self._random.uniform(*(length**0.5 for length in self._lengths)) ** 2, [self._sentence()]
        while sum(map(len, body)) < wanted:
            body.append(self._sentence())
        return body

    def _template(self, size: int) -> Iterator[Row]:
        """Answers of one frame, each filled with another place and symptom; a tenth of them reposted."""
        pick = self._random
        body, frame, notice = self._body(), pick.choice(_FRAMES), pick.choice(("", _NOTICE))
        places = pick.sample(range(len(body)), min(len(body), pick.randint(1, 4)))
        fillers = {(pick.choice(_CITIES.split()), pick.choice(_SYMPTOMS)) for _ in range(size)}
        self._family += 1
        for city, symptom in sorted(fillers):
            filled = [f"{city}的{symptom}患者," * (place in places) + sentence for place, sentence in enumerate(body)]
            title = frame.format(c=city, s=symptom)
            yield from self._with_reposts(title, title, filled, notice, self._family, 0.1)

    def _answer(self) -> Iterator[Row]:
        pick = self._random
        question = {name: pick.choice(self._words) for name in "ab"}
        one, other = (form.format(**question) for form in pick.choice(_QUESTIONS))
        yield from self._with_reposts(one, other, self._body(), pick.choice(("", _NOTICE)), -1, 0.16)

    def _with_reposts(self, title: str, other_title: str, body: list[str], notice: str, family: int, share: float) -> Iterator[Row]:
        pick = self._random
        self._cluster += 1
        yield title, "".join(body) + notice, self._cluster, family, "base"
        while pick.random() < share:
            mode, make = pick.choice(self._reposts())
            yield pick.choice((title, title, other_title, f"健康科普:{title}")), make(body) + notice, self._cluster, family, mode
            share = max(share, 0.4)

    def _reposts(self) -> list[tuple[str, Callable[[list[str]], str]]]:
        return [
            ("spaced", lambda body: "\n\n  ".join(body)),
            *[(f"slips {share}", lambda body, share=share: self._with_slips("".join(body), share)) for share in _EDITED],
            ("synonyms", self._reworded),
            ("sentence lost", lambda body: "".join(body[:-1] if len(body) > 5 else body)),
            ("sentence added", lambda body: "".join([*body, self._sentence()] if len(body) > 3 else body)),
            ("sentences turned", lambda body: "".join([body[1], body[0], *body[2:]] if len(body) > 3 else body)),
        ]

    def _reworded(self, body: list[str]) -> str:
        text = "".join(body)
        for word, other in self._random.sample(_SYNONYMS, 5):
            text = text.replace(word, other)
        return text

    def _with_slips(self, text: str, share: float) -> str:
        """Characters exchanged, lost and put in by chance."""
        characters = list(text)
        for _ in range(max(1, round(len(text) * share))):
            place, chance = self._random.randrange(len(characters)), self._random.random()
            wrong = self._random.choice(_CHARACTERS)
            characters[place] = wrong if chance < 0.5 else "" if chance < 0.75 else characters[place] + wrong
        return "".join(characters)
