"""Exports of Chinese platforms, as a person would check them in the warehouse."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal

import pytest

from regulars.errors import UnknownLayout
from samples.chinese import DOUYIN_HEADER
from samples.sample import table

PRESENT = "known_until > TIMESTAMPTZ '2199-01-01 00:00:00+00'"


def ask(shop, query: str) -> list[tuple]:
    """Rows of a query over the canonical tables, in which only present states stand."""
    from regulars.app.as_of import refresh

    refresh(shop.warehouse, shop.home)
    with_present = (
        f"WITH the_orders AS (FROM orders WHERE {PRESENT}),"
        f" the_lines AS (SELECT line.*, o.order_id FROM order_lines line"
        f" JOIN (SELECT DISTINCT order_no, order_id FROM orders) o USING (order_no)"
        f" WHERE {PRESENT}) "
    )
    return [tuple(row.values()) for row in shop.warehouse.sql(with_present + query).to_pylist()]


GOODS = (
    "SELECT order_id, product_id, product_name, variant, quantity FROM the_lines"
    " ORDER BY order_id, line_no, product_name"
)
MONEY = (
    "SELECT order_id, status, gross, shop_discount, platform_discount, shipping, paid, refunded"
    " FROM the_orders ORDER BY order_id"
)
BALANCE = (
    "SELECT order_id FROM the_orders WHERE status <> 'placed' AND paid > 0"
    " AND gross - shop_discount - platform_discount + shipping <> paid"
)


def number(*values: object) -> tuple:
    """Integers as the decimals that the warehouse holds."""
    return tuple(Decimal(value) if isinstance(value, int) else value for value in values)


@pytest.mark.parametrize(
    "name",
    ["taobao_orders", "jd_orders", "pdd_orders", "douyin_orders", "youzan_orders"],
)
def test_value_less_discounts_and_with_postage_is_what_was_paid(shop, put, samples, name):
    shop.import_files(put("a.csv", samples[name].text))
    assert ask(shop, BALANCE) == []


class TestYouzan:
    @pytest.fixture
    def orders(self, samples):
        return samples["youzan_orders"].text

    def test_goods_of_one_cell_become_lines_with_their_counts(self, shop, put, orders):
        shop.import_files(put("a.csv", orders))
        assert ask(shop, GOODS)[:3] == [
            number("E1", "红茶", "红茶", None, 1),
            number("E1", "绿茶,春摘", "绿茶,春摘", None, 2),
            number("E2", "红茶", "红茶", None, 1),
        ]

    @pytest.mark.parametrize(
        ("cell", "kinds", "goods"),
        [
            ("绿茶(1件)", "1", [("绿茶", 1)]),
            ("绿茶（12件）；红茶（1件）", "2", [("红茶", 1), ("绿茶", 12)]),
            ("绿茶 (春) (2件), 红茶(3件)", "2", [("红茶", 3), ("绿茶 (春)", 2)]),
            ("绿茶,春摘,特级", "1", [("绿茶,春摘,特级", 1)]),
            ("绿茶,红茶", "2", [("绿茶,红茶", 1)]),
            ("绿茶;红茶", "2", [("红茶", 1), ("绿茶", 1)]),
            ("绿茶;礼盒", "1", [("绿茶;礼盒", 1)]),
            ("", "0", []),
        ],
    )
    def test_a_cell_is_parted_only_where_that_is_sure(self, shop, put, cell, kinds, goods):
        text = table(
            "订单号,订单状态,订单创建时间,买家付款时间,订单实付金额,全部商品名称,商品种类数",
            {"订单号": "E9", "订单状态": "交易完成", "订单创建时间": "2026-03-01 10:00:00",
             "买家付款时间": "2026-03-01 10:00:00", "订单实付金额": "10",
             "全部商品名称": cell, "商品种类数": kinds},
        )  # fmt: skip
        (report,) = shop.import_files(put("a.csv", text))
        assert (report.accepted, report.rejected) == (1, 0)
        found = ask(shop, "SELECT product_name, quantity FROM the_lines ORDER BY product_name")
        assert found == [number(*one) for one in goods]

    def test_the_goods_file_waits_for_the_orders_and_adds_no_money(
        self, shop, put, samples, orders
    ):
        goods = samples["youzan_lines"].text
        shop.import_files(put("goods.csv", goods))
        assert ask(shop, "SELECT count(*) FROM pending_lines") == [(3,)]
        assert ask(shop, "SELECT * FROM the_orders") == []
        shop.import_files(put("orders.csv", orders))
        assert ask(shop, "SELECT count(*) FROM pending_lines") == [(0,)]
        assert ask(shop, "SELECT sum(paid), sum(refunded) FROM the_orders") == [number(273, 80)]
        priced = "SELECT product_id, gross, shop_discount, paid FROM the_lines"
        assert ask(shop, f"{priced} WHERE unit_price IS NOT NULL ORDER BY line_no") == [
            ("SKU1", Decimal(100), Decimal("15.38"), Decimal("84.62")),
            ("SKU2", Decimal(30), Decimal("4.62"), Decimal("25.38")),
            ("SKU2", Decimal(80), Decimal(0), Decimal(80)),
        ]

    def test_customers_and_orders_meet_by_phone(self, shop, put, samples, orders):
        shop.import_files(put("c.csv", samples["youzan_customers"].text), put("o.csv", orders))
        # Two of the customers file; the third is told by an order only, as its recipient.
        assert ask(shop, "SELECT count(DISTINCT customer_id) FROM customers") == [(3,)]
        found = ask(
            shop,
            "SELECT birth_date, gender, tags, traits['points'], count(*) FROM the_orders"
            f" JOIN (FROM customers WHERE {PRESENT}) USING (customer_id)"
            " WHERE birth_date IS NOT NULL GROUP BY ALL",
        )
        assert found == [(date(1990, 1, 1), "女", ["老客", "茶客"], "200", 2)]

    def test_a_customer_of_whom_only_a_masked_phone_is_told_is_rejected(self, shop, put, samples):
        text = samples["youzan_customers"].text.replace("13900139000", "139******00")
        (report,) = shop.import_files(put("c.csv", text))
        assert (report.accepted, report.rejected) == (1, 1)
        assert shop.rejects()["reason"].to_pylist() == ["no_identity"]

    def test_a_refund_in_a_later_export_updates_one_order(self, shop, put, orders):
        shop.import_files(put("a.csv", orders))
        later = orders.replace("部分退款完成,30.00", "全额退款完成,80.00")
        (report,) = shop.import_files(put("b.csv", later))
        assert (report.accepted, report.updated, report.duplicate) == (1, 1, 5)
        assert ask(shop, "SELECT count(*), sum(refunded) FROM the_orders") == [(6, Decimal(130))]
        assert len(ask(shop, GOODS)) == 7


class TestJd:
    @pytest.fixture
    def orders(self, samples):
        return samples["jd_orders"].text

    def test_an_order_of_two_rows_counts_its_money_once(self, shop, put, orders):
        shop.import_files(put("a.csv", orders))
        assert ask(shop, MONEY)[:3] == [
            number("5001", "completed", 180, 10, 5, 0, 165, 0),
            number("5002", "paid", 40, 0, 0, 6, 46, 0),
            number("5003", "cancelled", 30, 0, 0, 0, 30, 30),
        ]
        assert ask(shop, GOODS)[:2] == [
            number("5001", "100001", "绿茶", None, 2),
            number("5001", "100002", "红茶", None, 1),
        ]
        assert ask(shop, "SELECT sum(gross) FROM the_lines WHERE order_id = '5001'") == [
            (Decimal(180),)
        ]
        assert shop.understand(date(2026, 3, 31)).customers == 3

    def test_an_order_that_is_cancelled_later_is_updated(self, shop, put, orders):
        shop.import_files(put("a.csv", orders))
        (report,) = shop.import_files(
            put("b.csv", orders.replace(",等待出库,", ",(删除)等待出库,"))
        )
        assert (report.accepted, report.updated) == (1, 1)
        found = ask(shop, MONEY)
        assert len(found) == 5
        assert found[1] == number("5002", "cancelled", 40, 0, 0, 6, 46, 46)
        assert len(ask(shop, GOODS)) == 6

    def test_a_masked_account_is_nobody(self, shop, put, orders):
        (report,) = shop.import_files(put("a.csv", orders.replace("jd_甲", "j***d")))
        assert (report.guests, report.customers) == (3, 2)

    def test_an_export_of_fewer_columns_takes_the_amount_of_the_order(self, shop, put):
        """Without status, account and settlement; two rows of one order."""
        text = (
            "订单号,商品名称,订购数量,下单时间,京东价,订单金额,客户姓名,客户地址,联系电话\n"
            "7,绿茶,1,2026-01-15 10:00:00,250.00,500.00,冯*,广东深圳市福田区,1******6198\n"
            "7,红茶,1,2026-01-15 10:00:00,250.00,500.00,冯*,广东深圳市福田区,1******6198\n"
        )
        (report,) = shop.import_files(put("a.csv", text))
        assert (report.format, report.orders, report.guests) == ("jd_orders", 1, 1)
        assert ask(shop, "SELECT paid, province FROM the_orders") == [(Decimal(500), "广东")]


class TestPinduoduo:
    @pytest.fixture
    def orders(self, samples):
        return samples["pdd_orders"].text

    def test_what_the_shop_and_what_the_platform_gives_stand_apart(self, shop, put, orders):
        shop.import_files(put("a.csv", orders))
        assert ask(shop, MONEY) == [
            number("260301-111", "completed", 100, 10, 7, 0, 83, 0),
            number("260302-222", "cancelled", 50, 0, 0, 0, 50, 50),
            number("260303-333", "cancelled", 30, 0, 0, 0, 0, 0),
            number("260304-444", "placed", 20, 0, 0, 0, 0, 0),
            number("260305-555", "shipped", 60, 0, 6, 6, 60, 0),
        ]
        assert ask(shop, GOODS)[:2] == [
            number("260301-111", "SKU1", "绿茶", "100克", 2),
            number("260302-222", "6002", "红茶", None, 1),
        ]

    def test_an_order_that_was_never_paid_has_its_day_from_its_number(self, shop, put, orders):
        shop.import_files(put("a.csv", orders))
        day = "CAST(placed_at AT TIME ZONE 'Asia/Shanghai' AS DATE)"
        found = ask(shop, f"SELECT {day} FROM the_orders WHERE order_id = '260303-333'")
        assert found == [(date(2026, 3, 3),)]

    def test_a_price_that_is_changed_later_makes_no_second_line(self, shop, put, orders):
        shop.import_files(put("a.csv", orders))
        later = orders.replace("已发货，待签收,60.00", "已签收,59.00").replace(
            "60.00\t,", "59.00\t,"
        )
        (report,) = shop.import_files(put("b.csv", later))
        assert (report.accepted, report.updated) == (1, 1)
        assert len(ask(shop, GOODS)) == 5
        assert ask(shop, MONEY)[4] == number("260305-555", "completed", 59, 0, 6, 6, 59, 0)

    def test_an_older_export_with_full_width_brackets_and_a_clear_phone(self, shop, put):
        text = table(
            "商品,订单号,订单状态,商品总价（元）,邮费（元）,店铺优惠折扣（元）,平台优惠折扣（元）,用户实付金额（元）,"
            "商家实收金额（元）,商品数量（件）,支付时间,商品id,商品规格,省,市,用户购买手机号,订单成交时间",
            {"商品": "绿茶", "订单号": "200101-1", "订单状态": "已签收", "商品总价（元）": "10.00",
             "用户实付金额（元）": "10.00", "商家实收金额（元）": "10.00", "商品数量（件）": "1",
             "支付时间": "2020-01-01 09:00:00", "商品id": "6001", "省": "内蒙古自治区",
             "用户购买手机号": "13800001111", "订单成交时间": "2020-01-01 09:05:00"},
        )  # fmt: skip
        (report,) = shop.import_files(put("a.csv", text))
        assert (report.format, report.customers, report.guests) == ("pdd_orders", 1, 0)
        hour = "strftime(placed_at AT TIME ZONE 'Asia/Shanghai', '%H:%M')"
        assert ask(shop, f"SELECT {hour}, province FROM the_orders") == [("09:00", "内蒙古")]

    def test_an_export_that_tells_only_what_the_shop_receives(self, shop, put):
        text = (
            "订单号,订单状态,商家实收金额(元),商品数量(件),商品id,商品规格,商家编码-规格维度,售后状态,订单成交时间\n"
            "260915-1,已发货,19.50,2,123,两袋,SKU-NEW,无售后,2026-09-15 23:06:56\n"
        )
        (report,) = shop.import_files(put("a.csv", text))
        assert (report.format, report.paid, report.gross) == (
            "pdd_orders",
            Decimal("19.5"),
            Decimal("19.5"),
        )

    @pytest.mark.parametrize(
        ("word", "status", "paid", "refunded"),
        [
            ("待发货", "paid", 50, 0),
            ("已发货，待收货", "shipped", 50, 0),
            ("已发货,待签收", "shipped", 50, 0),
            ("已收货", "completed", 50, 0),
            ("已签收，退款成功", "cancelled", 50, 50),
            ("已取消，退款成功", "cancelled", 50, 50),
            ("未成交，退款成功", "cancelled", 50, 50),
            ("待支付", "placed", 0, 0),
        ],
    )
    def test_its_words_for_a_status(self, shop, put, orders, word, status, paid, refunded):
        lines = orders.splitlines()
        row = (
            lines[2]
            .replace("未发货，退款成功", f'"{word}"')
            .replace("退款成功,,,2026", "无,,,2026")
        )
        shop.import_files(put("a.csv", f"{lines[0]}\n{row}\n"))
        found = ask(shop, "SELECT status, paid, refunded FROM the_orders")
        assert found == [number(status, paid, refunded)]

    def test_a_refund_with_an_amount_is_that_amount(self, shop, put, orders):
        head, first, *_ = orders.splitlines()
        text = f"{head},退款金额(元)\n{first.replace('已收货', '已收货，退款成功')},20.00\n"
        shop.import_files(put("a.csv", text))
        assert ask(shop, "SELECT status, paid, refunded FROM the_orders") == [
            number("completed", 83, 20)
        ]


class TestDouyin:
    @pytest.fixture
    def orders(self, samples):
        return samples["douyin_orders"].text

    def test_an_order_is_the_sum_of_its_sub_orders(self, shop, put, orders):
        shop.import_files(put("a.csv", orders))
        assert ask(shop, MONEY) == [
            number("6917001", "completed", 100, 25, 21, 0, 54, 0),
            number("6917002", "cancelled", 80, 0, 8, 5, 77, 77),
            number("6917003", "cancelled", 40, 0, 0, 0, 0, 0),
            number("6917004", "placed", 30, 0, 0, 0, 0, 0),
            # It shows 10 as the platform's own, of which the shop bears 6.
            number("6917005", "paid", 60, 6, 4, 0, 50, 0),
        ]
        assert ask(shop, GOODS)[:2] == [
            number("6917001", "SKU1", "绿茶", "100克", 2),
            number("6917001", "3400009", "赠品", "默认", 1),
        ]

    def test_where_a_customer_came_in_is_told_once_it_is_known(self, shop, put, orders):
        shop.import_files(put("a.csv", orders))
        found = ask(shop, "SELECT source, province FROM the_orders ORDER BY order_id LIMIT 2")
        assert found == [("直播", "浙江"), (None, "广东")]
        later = orders.replace("数据将于第二天更新", "商品卡")
        (report,) = shop.import_files(put("b.csv", later))
        assert (report.accepted, report.updated) == (1, 1)

    def test_a_sub_order_that_is_given_back_later_is_updated(self, shop, put, orders):
        shop.import_files(put("a.csv", orders))
        later = orders.replace(",备货中,,,,,,,-,", ",已关闭,,,,,,,退款成功,")
        assert later != orders
        (report,) = shop.import_files(put("b.csv", later))
        assert (report.accepted, report.updated, report.duplicate) == (1, 1, 5)
        assert ask(shop, MONEY)[4] == number("6917005", "cancelled", 60, 6, 4, 0, 50, 50)

    def test_part_of_an_order_given_back_leaves_the_rest(self, shop, put):
        """Two goods of one order, one of them given back."""
        row = {"主订单编号": "1", "订单提交时间": "2026-03-01 10:00:00", "商品数量": "1",
               "支付完成时间": "2026-03-01 10:00:30"}  # fmt: skip
        text = table(
            DOUYIN_HEADER,
            row | {"子订单编号": "11", "选购商品": "绿茶", "商品单价": "30", "订单应付金额": "30",
                   "订单状态": "已完成", "售后状态": "-"},
            row | {"子订单编号": "12", "选购商品": "红茶", "商品单价": "20", "订单应付金额": "20",
                   "订单状态": "已关闭", "售后状态": "退款成功"},
        )  # fmt: skip
        shop.import_files(put("a.csv", text))
        assert ask(shop, MONEY) == [number("1", "completed", 50, 0, 0, 0, 50, 20)]

    def test_goods_joined_in_one_row_become_lines_that_share_its_amount(self, shop, put):
        """Newer exports: 商品金额 instead of 商品单价, and orders of several goods in one row."""
        text = table(
            "主订单编号,子订单编号,支付方式,选购商品,货号,商品ID,商家编码,商品数量,商品金额,订单提交时间,"
            "支付完成时间,订单状态,售后状态,订单应付金额,运费,商家实际承担优惠金额",
            {"主订单编号": "8", "子订单编号": "81;82;83", "选购商品": "绿茶;红茶;乌龙",
             "商品ID": "2001;2002;2003", "商家编码": "A01;B02;C03", "商品数量": "3",
             "商品金额": "100.00", "订单应付金额": "90.00", "运费": "0.00",
             "商家实际承担优惠金额": "10.00", "订单提交时间": "2026-08-01 10:00:00",
             "支付完成时间": "2026-08-01 10:00:10", "订单状态": "已发货", "售后状态": "-"},
        )  # fmt: skip
        (report,) = shop.import_files(put("a.csv", text))
        assert (report.rows_read, report.accepted, report.orders) == (1, 1, 1)
        assert (report.gross, report.paid) == (Decimal(100), Decimal(90))
        assert ask(shop, MONEY) == [number("8", "shipped", 100, 10, 0, 0, 90, 0)]
        assert ask(shop, GOODS) == [
            number("8", "C03", "乌龙", None, 1),
            number("8", "B02", "红茶", None, 1),
            number("8", "A01", "绿茶", None, 1),
        ]


ORDERS_HEAD = (
    "订单编号,买家会员名,买家支付宝账号,支付单号,支付详情,买家应付货款,买家应付邮费,买家支付积分,总金额,返点积分,"
    "买家实际支付金额,买家实际支付积分,订单状态,买家留言,收货人姓名,收货地址 ,运送方式,联系电话 ,"
    "联系手机,订单创建时间,订单付款时间 ,宝贝标题 ,宝贝种类 ,物流单号 ,物流公司,订单备注,"
    "宝贝总数量,店铺Id,店铺名称,"
    "订单关闭原因,卖家服务费,买家服务费,发票抬头,是否手机订单,分阶段订单信息,特权订金订单id,是否上传合同照片,"
    "是否上传小票,是否代付,定金排名,修改后的sku,修改后的收货地址,异常信息,天猫卡券抵扣,集分宝抵扣,是否是O2O交易,"
    "满返红包金额,新零售交易类型,新零售导购门店名称,新零售导购门店id,新零售发货门店名称,新零售发货门店id,退款金额,"
    "预约门店,确认收货时间,打款商家金额,含应开票给个人的个人红包,是否信用购,体验期结束时间,前N有礼,配送类型,"
    "直播返现状态,返现金额,新零售成交门店昵称,新零售成交门店id,新零售成交经销商id,主订单编号"
)
LINES_HEAD = (
    "子订单编号,主订单编号,商品标题,商品价格,购买数量,外部系统编号,商品属性,套餐信息,联系方式备注,订单状态,商家编码,"
    "支付单号,买家应付货款,买家实付金额,退款状态,退款金额,订单创建时间,订单付款时间,淘鲜达渠道,商品ID,分阶段信息,"
    "备注标签,商家备注,主订单买家留言,是否主动赔付,主动赔付金额,主动赔付出账时间"
)


class TestTaobao:
    """The newer exports; the older ones are the samples."""

    @pytest.fixture
    def orders(self):
        paid = {"订单付款时间 ": "2026-03-01 10:01:00", "订单创建时间": "2026-03-01 10:00:00"}
        return table(
            ORDERS_HEAD,
            # 90 goods and 10 postage; 3 by card coupon and 2 by points, so 95 were paid.
            {"订单编号": "1", "买家会员名": "tb_甲", "买家应付货款": "90.00",
             "买家应付邮费": "10.00", "总金额": "100.00", "返点积分": "47",
             "买家实际支付金额": "95.00", "订单状态": "交易成功", "天猫卡券抵扣": "3",
             "集分宝抵扣": "200", "退款金额": "0.00", "宝贝总数量": "2", **paid},
            # A masked name: two people may be behind it.
            {"订单编号": "2", "买家会员名": "t**1", "买家应付货款": "20.00",
             "总金额": "20.00", "买家实际支付金额": "20.00",
             "订单状态": "卖家已发货，等待买家确认", **paid},
            {"订单编号": "3", "买家会员名": "t**1", "买家应付货款": "30.00", "总金额": "30.00",
             "买家实际支付金额": "30.00", "订单状态": "交易成功", **paid},
            # A pre-sale whose deposit is paid.
            {"订单编号": "4", "买家会员名": "tb_乙", "买家应付货款": "200.00", "总金额": "200.00",
             "买家实际支付金额": "20.00", "订单状态": "定金已付，等待尾款",
             "分阶段订单信息": "定金已付尾款未付", "订单创建时间": "2026-03-02 10:00:00"},
        )  # fmt: skip

    @pytest.fixture
    def lines(self):
        row = {"主订单编号": "1", "订单状态": "交易成功", "订单创建时间": "2026-03-01 10:00:00"}
        return table(
            LINES_HEAD,
            # 60 less 5 of the shop; 2.50 came from the platform.
            row | {"子订单编号": "11", "商品标题": "绿茶", "商品价格": "60.00", "购买数量": "1",
                   "商家编码": "SKU1", "外部系统编号": "OUT1", "买家应付货款": "55.00",
                   "买家实付金额": "52.50", "退款状态": "没有申请退款", "退款金额": "无退款申请"},
            row | {"子订单编号": "12", "商品标题": "红茶", "商品价格": "35.00", "购买数量": "1",
                   "外部系统编号": "OUT2", "商品ID": "610000000002", "买家应付货款": "35.00",
                   "买家实付金额": "32.50", "退款状态": "退款成功", "退款金额": "12.50元"},
        )  # fmt: skip

    def test_what_coupons_and_points_paid_is_told_once(self, shop, put, orders):
        (report,) = shop.import_files(put("a.csv", orders))
        assert report.format == "taobao_orders"
        assert ask(shop, MONEY)[0] == number("1", "completed", 90, 0, 5, 10, 95, 0)

    def test_a_masked_name_is_nobody_and_a_deposit_no_purchase(self, shop, put, orders):
        (report,) = shop.import_files(put("a.csv", orders))
        assert (report.orders, report.guests, report.customers) == (4, 2, 2)
        assert ask(shop, MONEY)[3] == number("4", "placed", 200, 0, 0, 0, 0, 0)

    @pytest.mark.parametrize("first", ["orders", "lines"])
    def test_orders_and_lines_come_in_either_order_and_money_counts_once(
        self, shop, put, orders, lines, first
    ):
        files = [put("orders.csv", orders), put("lines.csv", lines)]
        for path in files if first == "orders" else files[::-1]:
            shop.import_files(path)
        assert ask(shop, "SELECT count(*) FROM pending_lines") == [(0,)]
        assert ask(shop, MONEY)[0] == number("1", "completed", 90, 0, 5, 10, 95, 0)
        found = ask(
            shop,
            "SELECT product_id, gross, shop_discount, platform_discount, paid, refunded"
            " FROM the_lines ORDER BY line_no",
        )
        assert found == [
            ("SKU1", Decimal(60), Decimal(5), Decimal("2.5"), Decimal("52.5"), Decimal(0)),
            ("OUT2", Decimal(35), Decimal(0), Decimal("2.5"), Decimal("32.5"), Decimal("12.5")),
        ]

    def test_lines_without_their_order_wait(self, shop, put, lines):
        (report,) = shop.import_files(put("lines.csv", lines))
        assert report.accepted == 2
        assert ask(shop, "SELECT count(*) FROM pending_lines") == [(2,)]
        assert shop.understand().customers == 0

    def test_products_meet_the_lines_and_members_the_orders(self, shop, put, samples):
        names = ("taobao_orders", "taobao_lines", "taobao_products", "taobao_members")
        shop.import_files(*(put(f"{name}.csv", samples[name].text) for name in names))
        found = ask(
            shop,
            "SELECT line.product_id, product.category FROM the_lines line"
            f" JOIN (FROM products WHERE {PRESENT}) product USING (platform, product_id)",
        )
        assert found == [("SKU1", "50012345")]
        found = ask(
            shop,
            "SELECT traits['member_level'], count(order_id) FROM the_orders"
            f" JOIN (FROM customers WHERE {PRESENT}) USING (customer_id)"
            " GROUP BY ALL ORDER BY ALL",
        )
        assert found == [("VIP会员", 2), ("店铺客户", 1), (None, 1)]

    def test_a_member_with_a_masked_name_is_rejected(self, shop, put, samples):
        text = samples["taobao_members"].text.replace("tb_乙", "t**乙")
        (report,) = shop.import_files(put("m.csv", text))
        assert (report.accepted, report.rejected) == (1, 1)


class TestSpend:
    def test_rows_that_add_the_others_up_are_rejected(self, shop, put, samples):
        head, *rows = samples["douyin_spend"].text.splitlines()
        total = "全部,,,,,400.00,25000,,1100,,,,"
        text = "\n".join([head, total, *rows]) + "\n"
        (report,) = shop.import_files(put("a.csv", text))
        assert (report.spend, report.accepted, report.rejected) == (Decimal(400), 2, 1)
        (row,) = shop.rejects().to_pylist()
        assert (row["line"], row["column"], row["reason"]) == (2, "时间-天", "total_row")

    def test_the_channel_is_the_way_of_promotion_or_else_the_platform(self, shop, put, samples):
        names = [name for name in samples if name.endswith("_spend") and name != "plain_spend"]
        chinese = {"taobao", "douyin", "kuaishou", "pdd", "xiaohongshu"}
        names = [name for name in names if name.removesuffix("_spend") in chinese]
        shop.import_files(*(put(f"{name}.csv", samples[name].text) for name in names))
        assert ask(
            shop,
            "SELECT platform, source, campaign, ad, spend, impressions, clicks FROM spend"
            " ORDER BY platform, campaign, ad",
        ) == [
            number("douyin", "巨量", "直播间", "早场", Decimal("99.5"), 5000, 200),
            number("douyin", "巨量", "直播间", "晚场", Decimal("300.5"), 20000, 900),
            number("kuaishou", "磁力", "春茶", None, 50, 3000, 60),
            number("pdd", "多多推广", "绿茶全站", None, Decimal("93.72"), 1552, 313),
            number("taobao", "关键词推广", "春茶", "绿茶", Decimal("159.9"), 8225, 274),
            number("taobao", "人群推广", "老客", "红茶", Decimal("40.1"), 1000, 30),
            number("xiaohongshu", "聚光", "种草", None, 20, 900, 12),
        ]

    def test_a_later_export_corrects_the_day(self, shop, put, samples):
        text = samples["pdd_spend"].text
        shop.import_files(put("a.csv", text))
        (report,) = shop.import_files(put("b.csv", text.replace("93.72", "95.00")))
        assert (report.accepted, report.updated) == (1, 1)
        assert ask(shop, f"SELECT sum(spend) FROM spend WHERE {PRESENT}") == [(Decimal(95),)]


@pytest.mark.parametrize("order", [("orders", "lines"), ("lines", "orders")])
def test_goods_joined_in_a_cell_give_way_to_a_fuller_export_of_the_same_order(
    shop, put, samples, order
):
    for name in order:
        shop.import_files(put(f"{name}.csv", samples[f"youzan_{name}"].text))
    lines = "SELECT product_name, quantity, gross FROM order_lines WHERE product_name LIKE '绿茶,%'"
    assert ask(shop, lines) == [("绿茶,春摘", Decimal(2), Decimal(100))]


@pytest.mark.shared
class TestRealFiles:
    def test_the_tmall_report_pays_what_its_columns_say(self, shop, shared):
        """28,010 orders; of paid orders the total is the amount before the refund."""
        path = shared("chinese_orders/tmall_order_report.csv")
        with path.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        came = [row for row in rows if row["订单付款时间 "]]
        refunded = sum(Decimal(row["退款金额"]) for row in rows)
        paid = sum(
            Decimal(row["总金额"])
            if Decimal(row["退款金额"]) > 0
            and Decimal(row["买家实际支付金额"]) + Decimal(row["退款金额"])
            == Decimal(row["总金额"])
            else Decimal(row["买家实际支付金额"])
            for row in came
        )
        (report,) = shop.import_files(path)
        assert (report.paid, report.refunded) == (paid, refunded)
        assert report.gross == sum(Decimal(row["总金额"]) for row in rows)
        assert ask(shop, BALANCE) == []
        assert ask(shop, "SELECT count(DISTINCT province) FROM the_orders") == [(31,)]

    def test_files_without_orders_are_refused_and_not_taken_for_some(self, shop, shared):
        """A list of goods found on Taobao; purchases without money and who they were for."""
        for name in (
            "chinese_orders/double11_taobao_cosmetics.csv",
            "portraits/tianchi_mum_baby_trade_history.csv",
            "portraits/tianchi_mum_baby.csv",
        ):
            with pytest.raises(UnknownLayout):
                shop.import_files(shared(name))
