"""Exports of Western platforms."""

from __future__ import annotations

from decimal import Decimal

from samples.sample import Sample, table

# The export of 2024, in its order; American shops have `Canceled at`.
SHOPIFY_HEADER = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,"
    "Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,"
    "Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price,Lineitem sku,"
    "Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,Billing Name,"
    "Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,"
    "Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,"
    "Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,"
    "Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,"
    "Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,"
    "Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,"
    "Duties,Billing Province Name,Shipping Province Name,Payment ID,Payment Terms Name,"
    "Next Payment Due At,Payment References"
)


def shopify_order(number: int, email: str, status: str, total: str, **more: str) -> dict[str, str]:
    """The first row of an order of one good, unless `more` says otherwise."""
    return {
        "Name": f"#{number}", "Email": email, "Financial Status": status, "Currency": "USD",
        "Subtotal": total, "Shipping": "0.00", "Taxes": "0.00", "Total": total,
        "Discount Amount": "0.00", "Lineitem quantity": "1", "Lineitem name": "Speckled Mug",
        "Lineitem price": total, "Lineitem sku": "MUG-1", "Lineitem discount": "0.00",
        "Created at": f"2026-01-{number - 1000:02} 22:30:00 -0500", "Refunded Amount": "0.00",
        "Fulfillment Status": "unfulfilled", "Outstanding Balance": "0.00", "Source": "web",
        "Id": f"555000000{number}", "Vendor": "Acme",
    } | {name.replace("_", " "): value for name, value in more.items()}  # fmt: skip


SHOPIFY_ORDERS = Sample(
    "shopify_orders",
    "orders_export.csv",
    table(
        SHOPIFY_HEADER,
        # 2 x 16 + 20 = 52 less 5 = 47; postage 6 and tax 3.29 on top: 56.29.
        shopify_order(
            1001, "Ada@Example.com", "paid", "56.29", Subtotal="47.00", Shipping="6.00", Taxes="3.29",
            Discount_Code="FALL5", Discount_Amount="5.00", Lineitem_quantity="2",
            Lineitem_name="Botanical Fern Print", Lineitem_price="16.00", Lineitem_sku="FERN-1",
            Fulfillment_Status="fulfilled", Paid_at="2026-01-01 22:31:00 -0500",
            Shipping_Name="Ada Example", Shipping_Street="1 Fictional Lane, Apt 2",
            Shipping_City="Testville", Shipping_Zip="'00501", Shipping_Province="NY",
            Shipping_Country="US", Shipping_Phone="'+1 555-010-0100", Shipping_Province_Name="New York",
        ),
        # Further rows of an order carry its name, the e-mail, the time and a good.
        {
            "Name": "#1001", "Email": "Ada@Example.com", "Lineitem quantity": "1",
            "Lineitem name": "Canvas Tote Bag - Natural / L", "Lineitem price": "20.00",
            "Created at": "2026-01-01 22:30:00 -0500", "Lineitem discount": "0.00", "Vendor": "Acme",
        },
        # 10 of 25 given back.
        shopify_order(1002, "bo@example.com", "partially_refunded", "25.00", Refunded_Amount="10.00"),
        # All given back: no purchase.
        shopify_order(1003, "ada@example.com", "refunded", "30.00", Refunded_Amount="30.00"),
        # A bank deposit that has not come.
        shopify_order(1004, "cy@example.com", "pending", "40.00"),
        # Cancelled before the money was taken: nothing paid, nothing given back.
        shopify_order(1005, "dan@example.com", "voided", "15.00",
                      Cancelled_at="2026-01-06 09:00:00 -0500"),
        # At the till, by nobody known.
        shopify_order(1006, "", "paid", "12.00", Source="pos", Location="Main Street"),
        # 60 of 100 still to come; known by phone.
        shopify_order(1007, "", "partially_paid", "100.00", Outstanding_Balance="60.00",
                      Phone="'+15550100107", Billing_Province="CA", Billing_City="Sampleton"),
    ),
    {
        "rows_read": 8, "accepted": 8, "orders": 7, "cancelled": 2, "guests": 1, "customers": 5,
        "gross": Decimal(52 + 25 + 30 + 40 + 15 + 12 + 100), "sales": Decimal(274 - 5 + 6),
        "paid": Decimal("56.29") + 25 + 30 + 12 + 40, "refunded": Decimal(10 + 30),
        "from_": "2026-01-01", "to": "2026-01-07", "currency": "USD",
    },
    currency="USD",
    time_zone="America/New_York",
)  # fmt: skip

SHOPIFY_CUSTOMERS = Sample(
    "shopify_customers",
    "customers_export.csv",
    # The export of 2023 onwards. One person without an address, known by phone.
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
    "Default Address Address1,Default Address Address2,Default Address City,"
    "Default Address Province Code,Default Address Country Code,Default Address Zip,"
    "Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags\n"
    "'7210448301122,Ada,Example,ada@example.com,yes,,1 Fictional Lane,Apt 2,Testville,NY,US,'00501,"
    "'+1 555-010-0100,'+15550100100,no,86.29,2,,no,\"vip, wholesale\"\n"
    "'7210448301123,,Placeholder,BO@example.com,no,,,,,,,,,,no,15.00,1,,no,\n"
    "'7210448301124,Dee,,,no,,,,,,,,,'+15550100107,yes,40.00,1,,no,\n",
    {"rows_read": 3, "accepted": 3, "customers": 3},
    currency="USD",
    time_zone="America/New_York",
)

SHOPIFY_PRODUCTS = Sample(
    "shopify_products",
    "products_export.csv",
    # Title, vendor and type on the first row of a product only; the mug has one variant.
    table(
        "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,"
        "Option1 Value,Option1 Linked To,Option2 Name,Option2 Value,Option2 Linked To,Option3 Name,"
        "Option3 Value,Option3 Linked To,Variant SKU,Variant Grams,Variant Inventory Tracker,"
        "Variant Inventory Qty,Variant Inventory Policy,Variant Fulfillment Service,Variant Price,"
        "Variant Compare At Price,Variant Requires Shipping,Variant Taxable,Variant Barcode,"
        "Image Src,Image Position,Image Alt Text,Gift Card,SEO Title,SEO Description,"
        "Google Shopping / Google Product Category,Google Shopping / Gender,"
        "Google Shopping / Age Group,Google Shopping / MPN,Google Shopping / Condition,"
        "Google Shopping / Custom Product,Variant Image,Variant Weight Unit,Variant Tax Code,"
        "Cost per item,Status",
        {"Handle": "canvas-tote", "Title": "Canvas Tote Bag", "Vendor": "Acme", "Type": "Bags",
         "Product Category": "Luggage & Bags", "Option1 Name": "Color", "Option1 Value": "Natural",
         "Option2 Name": "Size", "Option2 Value": "L", "Variant Price": "20.00",
         "Cost per item": "8.00", "Status": "active"},
        {"Handle": "canvas-tote", "Option1 Value": "Black", "Option2 Value": "L",
         "Variant SKU": "TOTE-BL", "Variant Price": "22.00"},
        {"Handle": "speckled-mug", "Title": "Speckled Mug", "Type": "Mugs", "Status": "active",
         "Option1 Name": "Title", "Option1 Value": "Default Title", "Variant SKU": "MUG-1",
         "Variant Price": "25.00"},
    ),
    {"rows_read": 3, "accepted": 3},
    currency="USD",
    together="Handle",
)  # fmt: skip

# Order Export & Import (WebToffee), with as many goods as it was told to make columns for.
WOOCOMMERCE_HEADER = (
    "order_id,order_number,order_date,paid_date,status,shipping_total,shipping_tax_total,fee_total,"
    "fee_tax_total,tax_total,cart_discount,order_discount,discount_total,order_total,order_subtotal,"
    "order_currency,payment_method,payment_method_title,transaction_id,customer_ip_address,"
    "customer_user_agent,shipping_method,customer_id,customer_user,customer_email,"
    "billing_first_name,billing_last_name,billing_company,billing_email,billing_phone,"
    "billing_address_1,billing_address_2,billing_postcode,billing_city,billing_state,"
    "billing_country,shipping_first_name,shipping_last_name,shipping_company,shipping_phone,"
    "shipping_address_1,shipping_address_2,shipping_postcode,shipping_city,shipping_state,"
    "shipping_country,customer_note,wt_import_key,shipping_items,fee_items,tax_items,coupon_items,"
    "refund_items,order_notes,download_permissions,meta:_wc_order_attribution_source_type,"
    "meta:_wc_order_attribution_utm_source,line_item_1,line_item_2,line_item_3"
)


def woocommerce_order(
    number: int, email: str, status: str, total: str, **more: str
) -> dict[str, str]:
    """An order of one good, unless `more` says otherwise."""
    return {
        "order_id": str(number), "order_number": str(number), "status": status,
        "order_date": f"2026-02-{number - 100:02} 10:00:00", "shipping_total": "0.00",
        "fee_total": "0.00", "tax_total": "0.00", "discount_total": "0.00", "order_total": total,
        "order_subtotal": total, "order_currency": "EUR", "customer_id": "0", "billing_email": email,
        "billing_phone": "", "billing_city": "Roma", "billing_state": "RM", "billing_country": "IT",
        "line_item_1":
            f"name:Tè verde|product_id:31|sku:TEA-1|quantity:1|total:{total}|sub_total:{total}",
    } | more  # fmt: skip


WOOCOMMERCE_ORDERS = Sample(
    "woocommerce_orders",
    "order_export_2026-02-10.csv",
    table(
        WOOCOMMERCE_HEADER,
        # 2 x 10 + 30 = 50 less 5 = 45; postage 4, tax 9.80, wrapping 2: 60.80.
        woocommerce_order(
            101, "Anna@esempio.it", "completed", "60.80", order_subtotal="50.00",
            shipping_total="4.00", tax_total="9.80", fee_total="2.00", discount_total="5.00",
            customer_id="7", paid_date="2026-02-01 10:00:30", coupon_items="code:BENVENUTO|amount:5.00",
            billing_phone="+39 333 1111111", shipping_first_name="Anna", shipping_last_name="Bianchi",
            shipping_address_1="Via Roma 1", shipping_postcode="00100", shipping_city="Roma",
            shipping_state="RM", shipping_country="IT",
            line_item_1="name:Tè verde|product_id:31|sku:TEA-1|quantity:2|total:18.00|sub_total:20.00",
            line_item_2=r"name:Tazza \| 2; bianca|product_id:0|sku:|quantity:1|total:27.00|sub_total:30.00",
            **{"meta:_wc_order_attribution_utm_source": "google"},
        ),
        # The same person as a guest; 5 + 2.50 given back.
        woocommerce_order(
            102, "anna@esempio.it", "processing", "20.00", paid_date="2026-02-02 10:01:00",
            refund_items="amount:5.00|reason:|date:2026-02-04 10:00:00;amount:2.50|reason:late|date:2026-02-05 10:00:00",
        ),
        woocommerce_order(103, "luca@esempio.it", "wc-on-hold", "15.00"),
        # Cancelled because nobody paid; refunded after payment; failed at the card.
        woocommerce_order(104, "luca@esempio.it", "cancelled", "15.00"),
        woocommerce_order(105, "sara@esempio.it", "refunded", "12.00", paid_date="2026-02-05 10:01:00"),
        woocommerce_order(106, "sara@esempio.it", "failed", "12.00"),
    ),
    {
        "rows_read": 6, "accepted": 6, "orders": 6, "cancelled": 3, "guests": 0, "customers": 3,
        "gross": Decimal(50 + 20 + 15 + 15 + 12 + 12), "sales": Decimal(124 - 5 + 4),
        "paid": Decimal("60.80") + 20 + 12, "refunded": Decimal("7.50") + 12,
        "from_": "2026-02-01", "to": "2026-02-06", "currency": "EUR",
    },
    currency="EUR",
    time_zone="Europe/Rome",
)  # fmt: skip

# Customer / Order / Coupon Export (SkyVerge), "Default - One Row per Item".
WOOCOMMERCE_ITEMS_HEADER = (
    "order_id,order_number_formatted,order_number,order_date,status,shipping_total,"
    "shipping_tax_total,fee_total,fee_tax_total,tax_total,discount_total,order_total,refunded_total,"
    "order_currency,payment_method,shipping_method,customer_id,billing_first_name,billing_last_name,"
    "billing_company,billing_email,billing_phone,billing_address_1,billing_address_2,"
    "billing_postcode,billing_city,billing_state,billing_country,shipping_first_name,"
    "shipping_last_name,shipping_address_1,shipping_address_2,shipping_postcode,shipping_city,"
    "shipping_state,shipping_country,shipping_company,customer_note,item_id,item_product_id,"
    "item_name,item_sku,item_quantity,item_subtotal,item_subtotal_tax,item_total,item_total_tax,"
    "item_refunded,item_refunded_qty,item_meta,shipping_items,fee_items,tax_items,coupon_items,"
    "refunds,order_notes,download_permissions"
)
_ITEMS_ORDER = {
    "order_id": "201", "order_number_formatted": "201", "order_number": "201",
    "order_date": "2026-03-01 09:00:00", "status": "Completed", "shipping_total": "4.00",
    "fee_total": "0.00", "tax_total": "9.80", "discount_total": "5.00", "order_total": "58.80",
    "refunded_total": "9.00", "order_currency": "EUR", "customer_id": "7",
    "billing_email": "anna@esempio.it", "billing_city": "Roma", "billing_country": "IT",
}  # fmt: skip

WOOCOMMERCE_ITEMS = Sample(
    "woocommerce_items",
    "orders-export-2026_03_02.csv",
    table(
        WOOCOMMERCE_ITEMS_HEADER,
        # One order on two rows: 58.80 - 9.80 tax - 4 postage + 5 discount = 50 of goods, told once.
        _ITEMS_ORDER | {"item_id": "11", "item_product_id": "31", "item_name": "Tè verde",
                        "item_sku": "TEA-1", "item_quantity": "2", "item_subtotal": "20.00",
                        "item_total": "18.00", "item_refunded": "9.00"},
        _ITEMS_ORDER | {"item_id": "12", "item_product_id": "40", "item_name": "Tazza bianca",
                        "item_quantity": "1", "item_subtotal": "30.00", "item_total": "27.00"},
        _ITEMS_ORDER | {"order_id": "202", "order_number": "202", "order_date": "2026-03-02 09:00:00",
                        "status": "Pending payment", "order_total": "10.00", "discount_total": "0.00",
                        "tax_total": "0.00", "shipping_total": "0.00", "refunded_total": "0.00", "item_id": "13",
                        "item_product_id": "31", "item_name": "Tè verde", "item_sku": "TEA-1",
                        "item_quantity": "1", "item_subtotal": "10.00", "item_total": "10.00"},
    ),
    {
        "rows_read": 3, "accepted": 3, "orders": 2, "cancelled": 0, "guests": 0, "customers": 1,
        "gross": Decimal(50 + 10), "sales": Decimal(60 - 5 + 4), "paid": Decimal("58.80"),
        "refunded": Decimal(9), "from_": "2026-03-01", "to": "2026-03-02", "currency": "EUR",
    },
    currency="EUR",
    time_zone="Europe/Rome",
)  # fmt: skip

WOOCOMMERCE_CUSTOMERS = Sample(
    "woocommerce_customers",
    "customers-export.csv",
    "customer_id,first_name,last_name,user_login,email,user_pass,date_registered,billing_first_name,"
    "billing_last_name,billing_company,billing_email,billing_phone,billing_address_1,"
    "billing_address_2,billing_postcode,billing_city,billing_state,billing_country,"
    "shipping_first_name,shipping_last_name,total_spent,order_count\n"
    "7,Anna,Bianchi,anna,anna@esempio.it,$P$B,2025-12-01 08:00:00,Anna,Bianchi,,anna@esempio.it,"
    "+39 333 1111111,Via Roma 1,,00100,Roma,RM,IT,Anna,Bianchi,80.80,2\n"
    "0,Luca,Verdi,,luca@esempio.it,,,Luca,Verdi,,luca@esempio.it,,,,20100,Milano,MI,IT,,,0,1\n",
    {"rows_read": 2, "accepted": 2, "customers": 2},
    currency="EUR",
    time_zone="Europe/Rome",
)

WOOCOMMERCE_PRODUCTS = Sample(
    "woocommerce_products",
    "wc-product-export-10-2-2026.csv",
    table(
        'ID,Type,SKU,Name,Published,"Is featured?","Visibility in catalog","Short description",'
        'Description,"Date sale price starts","Date sale price ends","Tax status","Tax class",'
        '"In stock?",Stock,"Low stock amount","Backorders allowed?","Sold individually?",'
        '"Weight (kg)","Length (cm)","Width (cm)","Height (cm)","Allow customer reviews?",'
        '"Purchase note","Sale price","Regular price",Categories,Tags,"Shipping class",Images,'
        '"Download limit","Download expiry days",Parent,"Grouped products",Upsells,Cross-sells,'
        '"External URL","Button text",Position,"Attribute 1 name","Attribute 1 value(s)",'
        '"Attribute 1 visible","Attribute 1 global"',
        {"ID": "31", "Type": "simple", "SKU": "TEA-1", "Name": "Tè verde", "Regular price": "10",
         "Categories": r"Bevande > Tè\, caffè, Offerte"},
        {"ID": "40", "Type": "variable", "Name": "Tazza", "Categories": "Casa",
         "Attribute 1 name": "Colore", "Attribute 1 value(s)": "bianca, nera"},
        {"ID": "41", "Type": "variation", "Name": "Tazza - bianca", "Regular price": "30",
         "Parent": "id:40", "Attribute 1 name": "Colore", "Attribute 1 value(s)": "bianca"},
    ),
    {"rows_read": 3, "accepted": 3},
    currency="EUR",
)  # fmt: skip

# Ada buys twice, under two customer numbers; Bo's order was paid and never sent.
OLIST_ORDERS = Sample(
    "olist_orders",
    "olist_orders_dataset.csv",
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
    "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n"
    "e481f51cbdc54678,c1,delivered,2017-10-02 10:56:33,2017-10-02 11:07:15,2017-10-04 19:55:00,"
    "2017-10-10 21:25:13,2017-10-18 00:00:00\n"
    "53cdb2fc8bc7dce0,c2,delivered,2018-07-24 20:41:37,2018-07-26 03:24:27,2018-07-26 14:31:00,"
    "2018-08-07 15:27:45,2018-08-13 00:00:00\n"
    "47770eb9100c2d0c,c3,unavailable,2018-08-08 08:38:49,2018-08-08 08:55:23,,,2018-09-04 00:00:00\n"
    "949d5b44dbf5de91,c4,created,2018-08-09 23:59:59,,,,2018-09-04 00:00:00\n",
    {
        "rows_read": 4, "accepted": 4, "orders": 4, "cancelled": 1, "guests": 0, "customers": 4,
        "from_": "2017-10-02", "to": "2018-08-09", "currency": "BRL",
    },
    currency="BRL",
    time_zone="America/Sao_Paulo",
)  # fmt: skip

OLIST_ITEMS = Sample(
    "olist_items",
    "olist_order_items_dataset.csv",
    # Two of one product are two items.
    '"order_id","order_item_id","product_id","seller_id","shipping_limit_date","price","freight_value"\n'
    "e481f51cbdc54678,1,p1,s1,2017-10-06 11:07:15,29.99,8.72\n"
    "e481f51cbdc54678,2,p1,s1,2017-10-06 11:07:15,29.99,8.72\n"
    "53cdb2fc8bc7dce0,1,p2,s2,2018-07-30 03:24:27,118.70,22.76\n"
    "47770eb9100c2d0c,1,p3,s3,2018-08-13 08:55:23,159.90,19.22\n",
    {
        "rows_read": 4, "accepted": 4, "orders": 3, "guests": 0, "customers": 0,
        "gross": Decimal("29.99") * 2 + Decimal("118.70") + Decimal("159.90"),
        "currency": "BRL",
    },
    currency="BRL",
    time_zone="America/Sao_Paulo",
)  # fmt: skip

OLIST_PAYMENTS = Sample(
    "olist_payments",
    "olist_order_payments_dataset.csv",
    # The first order: 18.12 by card and two vouchers, 77.42 = 2 x (29.99 + 8.72) in all.
    '"order_id","payment_sequential","payment_type","payment_installments","payment_value"\n'
    "e481f51cbdc54678,1,credit_card,1,18.12\n"
    "e481f51cbdc54678,3,voucher,1,2.00\n"
    "e481f51cbdc54678,2,voucher,1,57.30\n"
    "53cdb2fc8bc7dce0,1,boleto,1,141.46\n"
    "47770eb9100c2d0c,1,credit_card,3,179.12\n",
    {"rows_read": 5, "accepted": 5, "orders": 3, "paid": Decimal("398.00"), "currency": "BRL"},
    currency="BRL",
    time_zone="America/Sao_Paulo",
)

OLIST_CUSTOMERS = Sample(
    "olist_customers",
    "olist_customers_dataset.csv",
    '"customer_id","customer_unique_id","customer_zip_code_prefix","customer_city","customer_state"\n'
    "c1,ada,14409,franca,SP\n"
    "c2,ada,14409,franca,SP\n"
    "c3,bo,09790,sao bernardo do campo,SP\n"
    "c4,cy,01151,sao paulo,SP\n",
    {"rows_read": 4, "accepted": 4, "customers": 3},
    currency="BRL",
    time_zone="America/Sao_Paulo",
)

OLIST_PRODUCTS = Sample(
    "olist_products",
    "olist_products_dataset.csv",
    '"product_id","product_category_name","product_name_lenght","product_description_lenght",'
    '"product_photos_qty","product_weight_g","product_length_cm","product_height_cm","product_width_cm"\n'
    "p1,utilidades_domesticas,40,268,4,500,19,8,13\np2,perfumaria,29,178,1,400,19,13,19\np3,,,,,300,20,20,20\n",
    {"rows_read": 3, "accepted": 3},
    currency="BRL",
    time_zone="America/Sao_Paulo",
)

GOOGLE_ADS = Sample(
    "google_ads",
    "Campaign report.csv",
    "Day,Campaign,Currency code,Clicks,Impr.,CTR,Avg. CPC,Cost,Conversions,Cost / conv.,Conv. rate\n"
    '2026-01-05,Brand — Search,USD,40,"1,900",2.11%,0.31,"1,012.40",1.50,8.27,3.75%\n'
    "2026-01-06,Brand — Search,USD,55,1200,4.58%,0.30,16.50,2.00,8.25,3.64%\n"
    "2026-01-06,Shopping,USD,0,0,0.00%, --,0.00,0.00,0.00,0.00%\n",
    {
        "rows_read": 3, "accepted": 3, "spend": Decimal("1028.90"), "from_": "2026-01-05",
        "to": "2026-01-06", "currency": "USD",
    },
    currency="USD",
)  # fmt: skip

META_ADS = Sample(
    "meta_ads",
    "Untitled-report-Jan-5-2026-to-Jan-6-2026.csv",
    "Campaign name,Ad set name,Ad name,Day,Delivery status,Reach,Impressions,Frequency,Attribution setting,"
    "Result type,Results,Amount spent (USD),Cost per result,Link clicks,CPC (cost per link click) (USD),"
    "Reporting starts,Reporting ends\n"
    "Spring,Broad,Mug video,2026-01-05,active,900,1000,1.11,7-day click,Purchase,4,20.00,5.00,40,0.50,2026-01-05,2026-01-05\n"
    "Spring,Broad,Mug video,2026-01-06,active,900,1100,1.22,7-day click,Purchase,5,21.25,4.25,42,0.51,2026-01-06,2026-01-06\n"
    "Spring,Lookalike,Mug video,2026-01-06,active,10,11,1.10,7-day click,,,0.75,,,,2026-01-06,2026-01-06\n",
    {
        "rows_read": 3, "accepted": 3, "spend": Decimal("42.00"), "from_": "2026-01-05",
        "to": "2026-01-06", "currency": "USD",
    },
    currency="USD",
)  # fmt: skip

TIKTOK_ADS = Sample(
    "tiktok_ads",
    "Custom report(2026-01-05 to 2026-01-06).csv",
    "By Day,Campaign name,Ad group name,Ad name,Currency,Cost,CPC (destination),CPM,Impressions,"
    "Clicks (destination),CTR (destination),Reach\n"
    "2026-01-05,Spring,18-24,Mug,USD,12.00,0.30,6.00,2000,40,2.00%,1800\n"
    "2026-01-06,Spring,18-24,Mug,USD,8.50,0.34,5.00,1700,25,1.47%,1500\n",
    {
        "rows_read": 2, "accepted": 2, "spend": Decimal("20.50"), "from_": "2026-01-05",
        "to": "2026-01-06", "currency": "USD",
    },
    currency="USD",
)  # fmt: skip

WESTERN: tuple[Sample, ...] = (
    SHOPIFY_ORDERS,
    SHOPIFY_CUSTOMERS,
    SHOPIFY_PRODUCTS,
    WOOCOMMERCE_ORDERS,
    WOOCOMMERCE_ITEMS,
    WOOCOMMERCE_CUSTOMERS,
    WOOCOMMERCE_PRODUCTS,
    OLIST_ORDERS,
    OLIST_ITEMS,
    OLIST_PAYMENTS,
    OLIST_CUSTOMERS,
    OLIST_PRODUCTS,
    GOOGLE_ADS,
    META_ADS,
    TIKTOK_ADS,
)
