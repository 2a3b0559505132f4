"""Exports of Chinese platforms."""

from __future__ import annotations

from decimal import Decimal

from samples.sample import Sample

TAOBAO_ORDERS = Sample(
    "taobao_orders",
    "ExportOrderList.csv",
    # The traps of the real export: ="…" and ' before numbers, a masked phone, 元, a closed order.
    "订单编号,买家会员名,买家支付宝账号,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,"
    "买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话,"
    "联系手机,订单创建时间,订单付款时间 ,宝贝标题,宝贝种类,物流单号,物流公司,订单备注,宝贝总数量,"
    "店铺Id,店铺名称,订单关闭原因,退款金额\n"
    # 100 + 10 postage = 110, paid 105: 5 were the platform's.
    '="1001",tb_甲,a@x.com,100.00,10.00,0,110.00,0,105.00元,0,交易成功,,王一,浙江省 杭州市 西湖区 1号,快递,'
    "'138****1234,13800001234,2026-03-01 10:00:00,2026-03-01 10:00:30,绿茶,1,,,,2,1,茶店,,0.00\n"
    # Paid 80, 30 given back.
    '="1002",tb_甲,a@x.com,80.00,0.00,0,80.00,0,80.00,0,交易成功,,王一,浙江省 杭州市 西湖区 1号,快递,,'
    "13800001234,2026-03-05 10:00:00,2026-03-05 10:01:00,红茶,1,,,,1,1,茶店,,30.00\n"
    # Closed before payment.
    '="1003",tb_乙,,60.00,0.00,0,60.00,0,0.00,0,交易关闭,,李二,广东省 深圳市,快递,,139****1111,'
    "2026-03-06 10:00:00,,红茶,1,,,,1,1,茶店,买家未付款,0.00\n"
    # Waiting for payment.
    '="1004",tb_丙,,50.00,5.00,0,55.00,0,0.00,0,等待买家付款,,赵三,北京 北京市 朝阳区,快递,,##密文==,'
    "2026-03-07 10:00:00,,红茶,1,,,,1,1,茶店,,0.00\n",
    {
        "rows_read": 4, "accepted": 4, "orders": 4, "cancelled": 1, "guests": 0, "customers": 3,
        "gross": Decimal(100 + 80 + 60 + 50), "sales": Decimal(290 + 10 + 5),
        "paid": Decimal(105 + 80), "refunded": Decimal(30),
        "from_": "2026-03-01", "to": "2026-03-07",
    },
)  # fmt: skip

TAOBAO_LINES = Sample(
    "taobao_lines",
    "ExportOrderDetailList.csv",
    "子订单编号,主订单编号,标题,价格,购买数量,外部系统编号,商品属性,商家编码,支付单号,退款状态,退款金额\n"
    "'10011,'1001,绿茶,50.00,2,SKU1,规格:100克,SKU1,,没有申请退款,0\n"
    "'10021,'1002,红茶,80.00,1,SKU2,规格:50克,SKU2,,退款成功,30.00\n"
    "'99991,'9999,乌龙,20.00,1,SKU3,,SKU3,,没有申请退款,0\n",
    {
        "rows_read": 3, "accepted": 3, "orders": 3, "guests": 0, "customers": 0,
        "gross": Decimal(200), "refunded": Decimal(30),
    },
)  # fmt: skip

CHINESE = (
    TAOBAO_ORDERS,
    TAOBAO_LINES,
)
