"""One small file for every source, field-faithful, with totals worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from regulars.edges.shop import Shop


@dataclass(frozen=True)
class Sample:
    """A file of one source, as text, and what an import of it must report."""

    source: str
    file: str
    text: str
    expected: dict[str, Any] = field(default_factory=dict)
    delimiter: str = ","


PLAIN = Sample(
    "plain",
    "orders.csv",
    # A: 2 x 10 + 5 shipping 3 = 28 paid; B cancelled: gives back its 40; C by a guest, half refunded;
    # D placed and never paid; E a gift for nothing.
    "order_id,customer_id,placed_at,status,product_id,category,quantity,unit_price,shipping,paid,refunded,source\n"
    "A,c1,2026-01-05 10:00:00,completed,p1,tea,2,10,3,,,wechat\n"
    "A,c1,2026-01-05 10:00:00,completed,p2,rice,1,5,,,,wechat\n"
    "B,c1,2026-01-06,cancelled,p1,tea,4,10,,,,\n"
    "C,,2026/1/7 9:30,completed,p1,tea,1,20,,20,10,\n"
    "D,c2,2026-01-08T08:00:00+08:00,placed,p1,tea,1,10,,,,\n"
    "E,c3,20260109,completed,p3,gift,1,0,,,,\n",
    {
        "rows_read": 6, "accepted": 6, "orders": 5, "cancelled": 1, "guests": 1, "customers": 3,
        "gross": Decimal(20 + 5 + 40 + 20 + 10), "sales": Decimal(95 + 3),
        "paid": Decimal(23 + 5 + 40 + 20), "refunded": Decimal(40 + 10),
        "from_": "2026-01-05", "to": "2026-01-09", "currency": "CNY",
    },
)  # fmt: skip

PLAIN_CUSTOMERS = Sample(
    "plain_customers",
    "customers.csv",
    "customer_id,name,phone,email,gender,birth_date,province,city,education,reputation,interests,tags\n"
    "c1,王小明,138 1234 5678,wang@example.com,男,1990-02-03,浙江,杭州,本科,五星,茶|书,vip;老客\n"
    "c2,李雷,139****0000,,女,,,,,,,\n",
    {"rows_read": 2, "accepted": 2, "customers": 2},
)

PLAIN_PRODUCTS = Sample(
    "plain_products",
    "products.csv",
    "product_id,product_name,category,variant,price,cost\np1,Green tea,tea,100 g,10,4.5\np2,Rice,rice,,5,3\n",
    {"rows_read": 2, "accepted": 2},
)

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

ONLINE_RETAIL = Sample(
    "online_retail",
    "online_retail.csv",
    "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
    "489434,85048,LIGHTS,12,2009-12-01 07:45:00,6.95,13085,United Kingdom\n"
    "489434,85048,LIGHTS,12,2009-12-01 07:45:00,6.95,13085,United Kingdom\n"
    "489434,POST,POSTAGE,1,2009-12-01 07:45:00,18,13085,United Kingdom\n"
    "C489449,22087,PAPER,-2,2009-12-01 10:33:00,2.95,16321,Australia\n"
    "489464,21733,85123a mixed,-96,2009-12-01 10:52:00,0,,United Kingdom\n"
    "A506401,B,Adjust bad debt,1,2010-04-29 13:36:00,-53594.36,,United Kingdom\n",
    {
        "rows_read": 6, "accepted": 6, "orders": 4, "cancelled": 1, "guests": 2, "customers": 2,
        "gross": Decimal("166.8") + 18 - Decimal("5.9") - Decimal("53594.36"),
        "paid": Decimal("184.8"), "refunded": Decimal("5.9"),
        "from_": "2009-12-01", "to": "2010-04-29",
    },
)  # fmt: skip

CDNOW = Sample(
    "cdnow",
    "CDNOW_sample.txt",
    " 00004 0001 19970101  2   29.33\r\n 00004 0001 19970101  2   29.73\r\n"
    " 00004 0001 19970802  1    0.00\r\n 00021 0002 19970101  3   63.34\r\n",
    {
        "rows_read": 4, "accepted": 4, "orders": 3, "customers": 2, "paid": Decimal("122.40"),
        "gross": Decimal("122.40"), "from_": "1997-01-01", "to": "1997-08-02",
    },
)  # fmt: skip

COMPLETE_JOURNEY = Sample(
    "complete_journey",
    "transactions.csv",
    # Sales 3.00 + 0.50 loyalty + 0.25 match = 3.75 on the shelf; the maker pays 0.40 of it.
    "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,"
    "coupon_match_disc,week,transaction_timestamp\n"
    "900,330,31198570044,1095275,1,3.00,0.50,0.40,0.25,1,2017-01-01 11:53:26\n"
    "900,330,31198570044,1095275,1,3.00,0.50,0.40,0.25,1,2017-01-01 11:53:26\n",
    {
        "rows_read": 2, "accepted": 2, "orders": 1, "customers": 1, "gross": Decimal("7.50"),
        "sales": Decimal("6.00"), "paid": Decimal("5.20"), "from_": "2017-01-01",
    },
)  # fmt: skip

COMPLETE_JOURNEY_PRODUCTS = Sample(
    "complete_journey_products",
    "products.csv",
    "product_id,manufacturer_id,department,brand,product_category,product_type,package_size\n"
    "1095275,2,GROCERY,National,FRZN ICE,ICE - CRUSHED/CUBED,22 LB\n",
    {"rows_read": 1, "accepted": 1},
)

COMPLETE_JOURNEY_HOUSEHOLDS = Sample(
    "complete_journey_households",
    "demographics.csv",
    "household_id,age,income,home_ownership,marital_status,household_size,household_comp,kids_count\n"
    "900,65+,35-49K,Homeowner,Married,2,2 Adults No Kids,0\n",
    {"rows_read": 1, "accepted": 1, "customers": 1},
)

COMPLETE_JOURNEY_CAMPAIGNS = Sample(
    "complete_journey_campaigns",
    "campaigns.csv",
    "campaign_id,household_id\n1,900\n2,900\n",
    {"rows_read": 2, "accepted": 2, "customers": 1},
)

SAMPLES = [value for value in globals().values() if isinstance(value, Sample)]


@pytest.fixture(params=SAMPLES, ids=lambda sample: sample.source)
def sample(request: pytest.FixtureRequest) -> Sample:
    """Every sample in turn."""
    return request.param


@pytest.fixture
def samples() -> dict[str, Sample]:
    """All samples by the name of their source."""
    return {sample.source: sample for sample in SAMPLES}


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A shop with an empty home."""
    with Shop.create(tmp_path / "shop", name="Test") as shop:
        yield shop


@pytest.fixture
def put(tmp_path: Path) -> Callable[..., Path]:
    """Write a text to a file."""

    def write(name: str, text: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode(encoding))
        return path

    return write


@pytest.fixture
def new_shops(tmp_path: Path) -> Iterator[Shop]:
    """As many fresh shops as are asked for."""
    return (Shop.create(tmp_path / f"shop{number}", name="x") for number in range(10))
