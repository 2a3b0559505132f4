"""What Taobao's order and line exports share."""

from __future__ import annotations

from regulars.intake.records import Status

PLATFORM = "taobao"

STATUSES = {
    "等待买家付款": Status.PLACED,
    "定金已付，等待尾款": Status.PLACED,
    "买家已付款，等待卖家发货": Status.PAID,
    "买家已付款,等待卖家发货": Status.PAID,
    "卖家部分发货": Status.PAID,
    "卖家已发货，等待买家确认": Status.SHIPPED,
    "卖家已发货,等待买家确认": Status.SHIPPED,
    "交易成功": Status.COMPLETED,
    "交易关闭": Status.CANCELLED,
    "退款中的订单": Status.PAID,
}

PROVINCES = (
    "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江",
    "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南", "广东", "海南", "四川", "贵州",
    "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古", "广西", "西藏", "宁夏", "新疆", "香港",
    "澳门",
)  # fmt: skip

PROVINCE_OF_ADDRESS = f"nullif(regexp_extract(recipient_address, '^({'|'.join(PROVINCES)})'), '')"
"""The province with which a Chinese address begins; the address itself goes into the vault."""
