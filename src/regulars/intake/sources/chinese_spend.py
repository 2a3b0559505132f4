"""Advertising spend as Chinese platforms export it: one row per day and plan, unit or good.

Alimama (万相台, before it 直通车 and 引力魔方), Ocean Engine (巨量千川, 巨量引擎), Kuaishou
(磁力金牛), Pinduoduo's promotion and Xiaohongshu (聚光) share a form: a day, names, what it cost,
how often it was shown and clicked; what they call these tells them apart. What was paid for is the
platform's own name for the way of promotion (场景名字) where it gives one, else the platform.
Turnover that the platform credits to itself is not taken over. A row that adds the others up
(合计, 总计, 全部 in place of the day) is rejected, so that nothing counts twice.
"""

from __future__ import annotations

from regulars.intake.records import Kind
from regulars.intake.source import Field, Source
from regulars.intake.sources.china import TIME_ZONE, told

_DAY = ("日期", "时间-天", "统计日期", "数据日期", "时间", "日")
_CAMPAIGN = (
    "计划名字", "计划名称", "推广计划名称", "推广计划", "广告计划名称", "项目名称", "计划",
    "推广名称", "广告系列名称", "抖音号名称",
)  # fmt: skip
_AD = (
    "单元名字", "单元名称", "推广单元名称", "广告组名称", "广告名称", "创意名称", "关键词",
    "素材名称", "主体名称", "宝贝名称", "商品名称", "笔记标题",
)  # fmt: skip


def _spend(
    platform: str,
    title: str,
    title_zh: str,
    *,
    cost: tuple[str, ...],
    shown: tuple[str, ...],
    clicked: tuple[str, ...],
    channel: str,
) -> Source:
    return Source(
        name=f"{platform}_spend",
        title=title,
        title_zh=title_zh,
        kind="spend",
        platform=platform,
        record=Kind.SPEND,
        time_zone=TIME_ZONE,
        fields=(
            Field("day", _DAY, known=True, required=True),
            Field("spend", cost, known=True, required=True),
            Field("impressions", shown, known=True),
            Field("clicks", clicked),
            Field("source", ("场景名字", "场景名称", "营销场景", "推广方式", "推广类型")),
            Field("campaign", _CAMPAIGN),
            Field("ad", _AD),
        ),
        derive={
            "source": f"coalesce({told('source')}, '{channel}')",
            "campaign": told("campaign"),
            "ad": told("ad"),
        },
    )


TAOBAO_SPEND = _spend(
    "taobao",
    "Alimama advertising spend",
    "万相台/直通车花费",
    cost=("花费", "花费(元)", "消耗", "消耗(元)"),
    shown=("展现量",),
    clicked=("点击量",),
    channel="阿里妈妈",
)

DOUYIN_SPEND = _spend(
    "douyin",
    "Ocean Engine advertising spend",
    "巨量千川/巨量引擎消耗",
    cost=("整体消耗", "整体消耗(元)", "消耗", "消耗(元)", "总花费", "总花费(元)", "总消耗"),
    shown=("展示数", "展示次数", "整体展示次数", "直播间整体曝光次数"),
    clicked=("点击数", "点击次数", "整体点击次数"),
    channel="巨量",
)

KUAISHOU_SPEND = _spend(
    "kuaishou",
    "Kuaishou advertising spend",
    "磁力金牛花费",
    cost=("花费", "花费(元)", "消耗", "消耗(元)", "总花费", "总花费(元)"),
    shown=("封面曝光数", "封面展示数", "素材曝光数", "广告曝光"),
    clicked=("行为数", "素材点击数", "封面点击数", "点击数"),
    channel="磁力",
)

PDD_SPEND = _spend(
    "pdd",
    "Pinduoduo advertising spend",
    "拼多多推广花费",
    cost=(
        "总花费(元)", "推广总花费(元)", "总营销花费(元)", "成交花费(元)", "实际成交花费(元)",
        "花费(元)", "花费",
    ),
    shown=("曝光量",),
    clicked=("点击量",),
    channel="多多推广",
)  # fmt: skip

XIAOHONGSHU_SPEND = _spend(
    "xiaohongshu",
    "Xiaohongshu advertising spend",
    "小红书聚光消费",
    cost=("消费", "消费(元)"),
    shown=("展现量",),
    clicked=("点击量",),
    channel="聚光",
)

CHINESE_SPEND = (TAOBAO_SPEND, DOUYIN_SPEND, KUAISHOU_SPEND, PDD_SPEND, XIAOHONGSHU_SPEND)
