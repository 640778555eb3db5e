"""Words that make another statement when one is put for the other; negators and numbers are read, these are looked up."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import Literal

_LONGEST = 4

_OPPOSITES = """
高/低 升/降 增/减 涨/跌 多/少 前/后 上/下 内/外 早/晚 左/右 冷/热 寒/热 快/慢 大/小 长/短 轻/重 先/后 真/假 有/无 男/女 父/母 阴/阳 加/减
深/浅 进/出 收/支 买/卖 新/旧 强/弱 软/硬 干/湿 饱/饿 开/关 生/死 利/弊 优/劣 好/坏 对/错 良/恶 显/隐 急/慢 甲/乙/丙/丁 公/私 正/反 正/负
硬/软 里/外 东/西/南/北 春/夏/秋/冬 是/否 是/非 已/未 曾/未 可/勿 宜/忌 常/偶 可/禁 能/难 易/难 足/缺 满/未 同/异 相同/不同 一致/不一
总/从不 增加/减少 增多/减少 增长/下降 提高/降低 升高/降低 上升/下降 上调/下调 上浮/下浮 扩大/缩小 加重/减轻 加重/缓解 加快/减慢 延长/缩短
提前/推迟 提前/延后 促进/抑制 激活/冻结 以上/以下 以内/以外 之前/之后 以前/以后 饭前/饭后 餐前/餐后 空腹/饭后 空腹/餐后 睡前/睡后
早上/晚上 上午/下午 白天/夜间 超过/不足 超过/低于 高于/低于 大于/小于 多于/少于 不超/不低 最高/最低 最多/最少 至多/至少 上限/下限
封顶/起付 首次/再次 单次/多次 单独/联合 直接/间接 主动/被动 强制/自愿 必须/可以 必须/可选 必须/无需 必须/不必 必须/禁止 必须/自愿
应当/可以 应该/可以 可以/必须 可以/不得 可以/不能 可以/不可 需要/不必 可以/禁止 可以/严禁 允许/禁止 允许/严禁 准许/禁止 支持/反对
支持/禁止 支持/拒绝 建议/禁止 鼓励/禁止 推荐/禁止 推荐/避免 建议/避免 同意/拒绝 接受/拒绝 需要/无需 需要/无须 需要/免于 需要/不用
能够/无法 可以/无法 能/无法 包括/排除 包含/排除 包括/除外 纳入/排除 纳入/剔除 属于/并非 具有/没有 存在/没有 存在/缺乏 得到/失去 全部/部分
全额/部分 一律/部分 所有/部分 都/部分 所有/个别 大多/少数 多数/少数 大部分/小部分 经常/偶尔 经常/很少 总是/从不 总是/偶尔 一定/可能
肯定/可能 必然/可能 全国/部分 统一/各地 开始/停止 开始/结束 恢复/停止 恢复/暂停 继续/停止 继续/暂停 保留/取消 保留/清零 累计/清零
累积/清零 结转/清零 结转/作废 保留/作废 有效/作废 有效/无效 有效/失效 生效/失效 开通/关闭 启用/停用 绑定/解绑 参保/停保 参保/退保
参保/断保 续保/停保 新增/取消 设立/取消 实行/取消 执行/取消 退还/没收 返还/扣除 转入/转出 存入/取出 收入/支出 免费/收费 免费/自费
报销/自费 报销/自付 免缴/补缴 免征/征收 统筹/个人 统筹/自付 单位/个人 家庭/个人 公立/私立 公立/民营 公办/民办 门诊/住院 本地/异地
省内/省外 市内/市外 境内/境外 国内/国外 线上/线下 城镇/农村 城市/农村 在职/退休 成人/儿童 成年/未成年 老人/儿童 孕妇/产妇 父亲/母亲
丈夫/妻子 男性/女性 男方/女方 甲类/乙类/丙类 急性/慢性 良性/恶性 阳性/阴性 显性/隐性 先天/后天 原发/继发 口服/外用 口服/注射 安全/危险
有益/有害 有利/不利 有利/有害 有助/有害 有助/妨碍 正常/异常 合法/违法 合法/非法 合规/违规 真实/虚假 正确/错误 充足/不足 充分/不足
优点/缺点 好处/坏处 改善/恶化 好转/恶化 痊愈/复发 容易/难以 容易/很难 适合/不宜 适宜/不宜 适用/不适 严重/轻微 明显/轻微 快速/缓慢
长期/短期 永久/临时 定期/不定 固定/灵活 单方/双方 顺产/剖腹产 顺产/剖宫产 母乳/奶粉 中药/西药 处方/非处方
"""
_TIMES = """
今年/去年/明年/前年/后年/次年/当年/上年/往年 本年度/上年度/下年度 本月/上月/下月/次月/当月 今天/昨天/明天 今日/昨日/明日/次日/当日
本周/上周/下周 上半年/下半年 年初/年中/年底/年末 月初/月中/月底/月末 春季/夏季/秋季/冬季 一季度/二季度/三季度/四季度 上旬/中旬/下旬
早晨/中午/晚上 早餐/午餐/晚餐 孕早期/孕中期/孕晚期
"""
# 年底 and 年末 are one time, 次日 and 明日 too.
_SAME_TIMES = frozenset(
    map(frozenset, (("年底", "年末"), ("月底", "月末"), ("今日", "当日"), ("次日", "明日"), ("次年", "明年"), ("次月", "下月")))
)


def _pairs(table: str) -> frozenset[frozenset[str]]:
    return frozenset(frozenset(pair) for group in table.split() for pair in combinations(group.split("/"), 2))


OPPOSITES = _pairs(_OPPOSITES)
OTHER_TIMES = _pairs(_TIMES) - _SAME_TIMES
_OPPOSITES_OF: dict[str, set[str]] = defaultdict(set)
for _one, _other in OPPOSITES:
    if len(_one) > 1 and len(_other) > 1:
        _OPPOSITES_OF[_one].add(_other)
        _OPPOSITES_OF[_other].add(_one)
CHARACTERS = frozenset(character for pair in OPPOSITES | OTHER_TIMES for word in pair for character in word)
"""Every character of these words: a hunk without one on both sides puts none of them for another."""


def find_opposites(one: str, start: int, end: int, other: str, other_start: int, other_end: int) -> Literal["polarity", "date"] | None:
    """What two stretches are if one holds the opposite of the other; shared characters (相同, 不同) are part of the words."""
    longest = max(end - start, other_end - other_start)
    if longest > _LONGEST or CHARACTERS.isdisjoint(one[start:end]) or CHARACTERS.isdisjoint(other[other_start:other_end]):
        return None
    found: Literal["polarity", "date"] | None = None
    for left in range(min(start, other_start, _LONGEST - longest) + 1):
        for right in range(_LONGEST - longest - left + 1):
            pair = frozenset((one[start - left : end + right], other[other_start - left : other_end + right]))
            if pair in OTHER_TIMES:
                return "date"
            if pair in OPPOSITES:
                found = "polarity"
    return found


def find_within(here: str, there: str) -> Literal["polarity"] | None:
    """The same where other characters differ beside the words: 可以滚 and 无法敲."""
    if len(here) < 2 or len(there) < 2 or CHARACTERS.isdisjoint(here) or CHARACTERS.isdisjoint(there):
        return None
    for start, end in combinations(range(len(here) + 1), 2):
        for opposite in _OPPOSITES_OF.get(here[start:end], ()):
            if opposite in there and opposite not in here and here[start:end] not in there:
                return "polarity"
    return None
