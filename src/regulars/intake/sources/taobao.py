"""What Taobao's and Tmall's exports share.

A pre-sale order whose deposit is paid waits for the rest: it counts as not yet paid.
"""

from __future__ import annotations

from regulars.intake.records import Status

PLATFORM = "taobao"

_WORDS = {
    "等待买家付款": Status.PLACED,
    "付款确认中": Status.PLACED,
    "没有创建支付宝交易": Status.PLACED,
    "等待付定金": Status.PLACED,
    "定金未付": Status.PLACED,
    "定金已付": Status.PLACED,
    "等待付尾款": Status.PLACED,
    "等待买家付尾款": Status.PLACED,
    "定金已付，等待尾款": Status.PLACED,
    "已付定金，等待付尾款": Status.PLACED,
    "买家已付定金，等待付尾款": Status.PLACED,
    "定金未付尾款未付": Status.PLACED,
    "定金已付尾款未付": Status.PLACED,
    "定金和尾款都付": Status.PAID,
    "买家已付款": Status.PAID,
    "买家已付款，等待卖家发货": Status.PAID,
    "等待卖家发货": Status.PAID,
    "卖家部分发货": Status.PAID,
    "部分发货": Status.PAID,
    "退款中的订单": Status.PAID,
    "退款中": Status.PAID,
    "卖家已发货": Status.SHIPPED,
    "卖家已发货，等待买家确认": Status.SHIPPED,
    "卖家已发货，等待买家确认收货": Status.SHIPPED,
    "等待买家确认收货": Status.SHIPPED,
    "买家已签收": Status.SHIPPED,
    "交易成功": Status.COMPLETED,
    "交易关闭": Status.CANCELLED,
    "交易被关闭": Status.CANCELLED,
}

STATUSES = _WORDS | {word.replace("，", ","): status for word, status in _WORDS.items()}
"""Seen with both commas."""
