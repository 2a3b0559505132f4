"""Exports of several layouts that overlap, as examples for the laws of re-import.

Few orders, products and days, so that rows of several files meet, and so that lines of one order
are often told apart by nothing but counting; cells that reject their row, rows that tell of
nothing, and rows that become several records.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st


@dataclass(frozen=True)
class Layout:
    """A source, its headers, and by header what stands in a cell."""

    source: str
    cells: dict[str, tuple[str, ...]]

    @property
    def head(self) -> str:
        """The first line of a file."""
        return ",".join(self.cells) + "\n"

    @property
    def rows(self) -> st.SearchStrategy[str]:
        """A row of a file."""
        return st.tuples(*(st.sampled_from(cells) for cells in self.cells.values())).map(
            lambda cells: ",".join(cells) + "\n"
        )

    @st.composite
    @staticmethod
    def _exports(draw: st.DrawFn, layout: Layout) -> list[list[str]]:
        rows = layout.rows
        first = draw(st.lists(rows, min_size=1, max_size=6))
        found, pool = [first], list(first)
        for _ in range(draw(st.integers(1, 3))):
            again = draw(st.lists(st.sampled_from(pool), max_size=8))
            whole = draw(st.sampled_from([[], first, found[-1]]))
            whole = whole[draw(st.integers(0, 2)) :]  # an order may be cut
            new = draw(st.lists(rows, max_size=3))
            pool += new
            rows_of = [*again, *whole, *new]
            is_mixed = draw(st.booleans())
            found.append((draw(st.permutations(rows_of)) if is_mixed else rows_of) or first)
        return found

    @property
    def exports(self) -> st.SearchStrategy[list[list[str]]]:
        """Files that overlap: each has rows of those before, some twice, and adds its own."""
        return Layout._exports(self)


LAYOUTS = (
    Layout(
        "plain",
        {
            "order_id": ("A", "B"),
            "customer_id": ("c1", "c1", ""),
            "phone": ("", "13812345678"),
            "recipient_name": ("", "Li"),
            "placed_at": ("2026-01-05", "2026-01-05", "nonsense"),
            "status": ("completed", "paid", "cancelled"),
            "product_id": ("p1",),
            "paid": ("10", "10", "10", "20", "ten"),
            "line_id": ("", "", "1"),
        },
    ),
    Layout(  # of a row an order and a line, or one of them, or nothing
        "shopify_orders",
        {
            "Name": ("#1", "#2"),
            "Created at": ("2026-01-05 10:00:00 +0800",),
            "Financial Status": ("paid", "refunded", "", ""),
            "Email": ("a@x.cn", "b@x.cn", ""),
            "Shipping Name": ("", "Li"),
            "Total": ("10", "20", "ten", "", ""),
            "Lineitem name": ("Tee", "Mug", ""),
            "Lineitem quantity": ("1", "2"),
            "Lineitem price": ("5",),
        },
    ),
    Layout(  # an order told by each of its lines
        "jd_orders",
        {
            "订单号": ("1", "2"),
            "下单时间": ("2026-01-05 10:00:00",),
            "订单状态": ("完成", "等待出库", "?"),
            "订单金额": ("10", "20"),
            "下单帐号": ("a", "b", ""),
            "客户姓名": ("", "李"),
            "商品名称": ("杯", "碗"),
            "京东价": ("5", "x"),
            "订购数量": ("1", "2"),
        },
    ),
    Layout(  # an order whose goods stand in one cell
        "youzan_orders",
        {
            "订单号": ("E1", "E2"),
            "订单创建时间": ("2026-01-05 10:00:00",),
            "订单状态": ("交易完成", "待发货", "?"),
            "订单实付金额": ("10", "20"),
            "收货人手机号/提货人手机号": ("13812345678", "13912345678", ""),
            "全部商品名称": ("杯(1件)；碗(2件)", "杯(1件)；杯(1件)", "碗(2件)", ""),
        },
    ),
    Layout(
        "woocommerce_orders",
        {
            "order_id": ("1", "2"),
            "order_date": ("2026-01-05 10:00:00",),
            "status": ("completed", "processing", "?"),
            "order_total": ("10", "20"),
            "customer_email": ("a@x.cn", ""),
            "line_items": (
                "id:1|name:Tea|product_id:7|quantity:1|total:5",
                "id:1|name:Tea|product_id:7|quantity:1|total:5"
                ";id:2|name:Cup|product_id:8|quantity:1|total:5|refunded:5",
                "id:1|name:Tea|product_id:7|quantity:1|total:5"
                ";id:2|name:Cup|product_id:8|quantity:1|total:5",
                "",
            ),
        },
    ),
    Layout(  # numbers of several lines in one cell
        "douyin_orders",
        {
            "主订单编号": ("1", "2"),
            "子订单编号": ("11", "12", "11;12", "11;11"),
            "选购商品": ("杯", "杯;碗"),
            "订单提交时间": ("2026-01-05 10:00:00", "?"),
            "订单状态": ("已完成", "已发货"),
            "商品数量": ("1", "2"),
            "订单应付金额": ("10", "20"),
            "收件人": ("", "李", "吴"),
        },
    ),
    Layout(  # cells filled in from the row above, rows that are no more than a picture
        "shopify_products",
        {
            "Handle": ("tee", "mug"),
            "Title": ("Tee", "Mug", "", ""),
            "Option1 Value": ("S", "M", ""),
            "Variant SKU": ("t1", "t2", ""),
            "Variant Price": ("5", "6", "x", ""),
            "Vendor": ("V", "W", ""),
        },
    ),
    Layout(
        "shopify_customers",
        {
            "Email": ("a@x.cn", "b@x.cn", ""),
            "First Name": ("Li", "Wu"),
            "Last Name": ("",),
            "Accepts Email Marketing": ("yes", "no"),
            "Phone": ("", "13812345678"),
            "City": ("", "Rome"),
        },
    ),
    Layout(  # spend that is not of one day is no record
        "meta_ads",
        {
            "Day": ("2026-01-05", "2026-01-06", "?"),
            "Reporting ends": ("", "2026-01-05", "2026-01-06"),
            "Campaign name": ("c", "d"),
            "Amount spent": ("10", "20", "x"),
        },
    ),
)
