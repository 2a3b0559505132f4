"""What the exports of Chinese platforms share: Beijing time, dashes for nothing, provinces."""

from __future__ import annotations

TIME_ZONE = "Asia/Shanghai"
"""Every Chinese platform writes Beijing time, wherever the shop is."""

PROVINCES = (
    "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江",
    "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州",
    "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古", "广西", "西藏", "宁夏", "新疆", "香港",
    "澳门",
)  # fmt: skip

_BEGINS = f"^({'|'.join(PROVINCES)})"

PROVINCE_OF_ADDRESS = f"nullif(regexp_extract(recipient_address, '{_BEGINS}'), '')"
"""The province with which a Chinese address begins; the address itself goes into the vault."""

PROVINCE_PLAIN = f"coalesce(nullif(regexp_extract(province, '{_BEGINS}'), ''), province)"
"""浙江 where the cell says 浙江省, so that the platforms' provinces are the same."""


NOTHING = ("-", "--", "——", "无", "无退款申请", "没有申请退款", "未申请退款")
"""What stands for an empty cell in columns of amounts and times."""


def told(column: str) -> str:
    """The SQL of a text cell in which a dash stands for nothing.

    >>> told("code")
    "nullif(nullif(nullif(code, '-'), '--'), '——')"
    """
    return f"nullif(nullif(nullif({column}, '-'), '--'), '——')"


def unmasked(column: str) -> str:
    """The SQL of an account name, NULL where the platform masks it: `t**1` is many people."""
    return f"CASE WHEN NOT contains({column}, '*') THEN {column} END"
