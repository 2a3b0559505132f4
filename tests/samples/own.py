"""Our own plain layouts, and those of public data sets."""

from __future__ import annotations

from decimal import Decimal

from samples.sample import Sample

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
    has_headers=False,
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

PLAIN_SPEND = Sample(
    "plain_spend",
    "spend.csv",
    # 120.50 + 30 = 150.50 on the first day, of which two rows are equal; 80 on the second.
    "day,source,campaign,spend,impressions,clicks\n"
    "2026-01-05,douyin,spring,120.50,10000,230\n"
    "2026-01-05,wechat,,15,900,12\n"
    "2026-01-05,wechat,,15,900,12\n"
    "2026/1/6,douyin,spring,¥80,8000,150\n",
    {
        "rows_read": 4, "accepted": 4, "spend": Decimal("230.50"),
        "from_": "2026-01-05", "to": "2026-01-06", "currency": "CNY",
    },
)  # fmt: skip

OWN = (
    PLAIN_SPEND,
    PLAIN,
    PLAIN_CUSTOMERS,
    PLAIN_PRODUCTS,
    ONLINE_RETAIL,
    CDNOW,
    COMPLETE_JOURNEY,
    COMPLETE_JOURNEY_PRODUCTS,
    COMPLETE_JOURNEY_HOUSEHOLDS,
    COMPLETE_JOURNEY_CAMPAIGNS,
)
