"""Event logs: our own layout, Segment's, and those of public data sets.

Each has what the real ones are known for: empty ids, two products in one second, names in Chinese.
"""

from __future__ import annotations

from samples.sample import Sample

PLAIN_EVENTS = Sample(
    "plain_events",
    "events.csv",
    # Of c1 three events (two of them equal: both happened), of the visitor d1 one, of nobody one.
    "event,at,customer_id,anonymous_id,product_id,amount,search,url,utm_source,page_number\n"
    "Product Viewed,2026-01-05 10:00:00,c1,d1,p1,25,,https://shop.example/p1?mail=x,wechat,1\n"
    "Product Added,2026-01-05 10:01:00,c1,,p1,25,,,,\n"
    "Product Added,2026-01-05 10:01:00,c1,,p1,25,,,,\n"
    "Products Searched,2026-01-06T09:00:00+08:00,,d2,,,龙井茶,,,2\n"
    "Cart Viewed,2026/1/7 9:30,,,,,,,,\n",
    {
        "rows_read": 5, "accepted": 5, "events": 5, "customers": 2, "new_customers": 2,
        "from_": "2026-01-05", "to": "2026-01-07", "orders": 0,
    },
)  # fmt: skip

SEGMENT_LOG = Sample(
    "segment_log",
    "2026-01-05.jsonl",
    # User 7 writes its number as text and as a number; before that it is the browser a-1. So there
    # are three who did something: a-1 (the page), 7 (three messages), and 8.
    '{"type":"page","messageId":"m1","anonymousId":"a-1","userId":null,"name":"首页",'
    '"timestamp":"2026-01-05T02:00:00.123Z","receivedAt":"2026-01-05T02:00:01.000Z",'
    '"properties":{"path":"/"},'
    '"context":{"ip":"203.0.113.7","library":{"name":"analytics.js","version":"5.2.0"},'
    '"page":{"url":"https://shop.example/?utm_source=wechat&utm_campaign=%E6%98%A5"}}}\n'
    '{"type":"identify","messageId":"m2","anonymousId":"a-1","userId":"7",'
    '"timestamp":"2026-01-05T02:01:00.000Z","traits":{"name":"李雷","email":"li.lei@example.com",'
    '"phone":"138 1234 5678","plan":"gold"},"context":{}}\n'
    '{"type":"track","messageId":"m3","anonymousId":"a-1","userId":7,"event":"Product Viewed",'
    '"timestamp":"2026-01-05T02:02:00.000Z","properties":{"product_id":"p1","price":12.50,'
    '"category":"茶","tags":["new","sale"]},"context":{"campaign":{"source":"douyin",'
    '"name":"spring"}},"integrations":{"All":true}}\n'
    '{"type":"track","messageId":"m4","userId":"7","event":"Order Completed",'
    '"originalTimestamp":"2026-01-05T10:03:00+08:00","properties":{"order_id":"A1","revenue":25,'
    '"currency":"CNY","products":[{"product_id":"p1","quantity":2,"price":12.50}]}}\n'
    '{"type":"screen","messageId":"m5","userId":"8","name":"Cart",'
    '"timestamp":"2026-01-06T02:03:00Z","properties":{}}\n',
    {
        "rows_read": 5, "accepted": 5, "events": 5, "customers": 3, "new_customers": 3,
        "from_": "2026-01-05", "to": "2026-01-06",
    },
    has_headers=False,
)  # fmt: skip

SEGMENT_FLAT = Sample(
    "segment_flat",
    "segment.csv",
    "type,messageId,userId,anonymousId,event,timestamp,properties.product_id,properties.price,"
    "properties.color,traits.email,context.page.url,context.campaign.source\n"
    "track,m1,7,a-1,Product Viewed,2026-01-05T02:02:00.000Z,p1,12.50,绿,,"
    "https://shop.example/p1?x=1,wechat\n"
    "identify,m2,7,a-1,,2026-01-05T02:03:00.000Z,,,,li.lei@example.com,,\n"
    "track,m3,,a-2,Cart Viewed,2026-01-06T02:02:00.000Z,,,,,,\n",
    {
        "rows_read": 3, "accepted": 3, "events": 3, "customers": 2,
        "from_": "2026-01-05", "to": "2026-01-06",
    },
)  # fmt: skip

SEGMENT_TRACKS = Sample(
    "segment_tracks",
    "product_viewed.csv",
    # A table of one event; `event_text` is its name as sent, `event` that of the table.
    "id,anonymous_id,user_id,event,event_text,timestamp,original_timestamp,received_at,sent_at,"
    "uuid_ts,context_page_url,context_campaign_source,context_ip,sku,price,shade\n"
    "m1,a-1,7,product_viewed,Product Viewed,2026-01-05 02:02:00+00,2026-01-05 02:01:59+00,"
    "2026-01-05 02:02:01+00,2026-01-05 02:02:00+00,2026-01-05 03:00:00+00,"
    "https://shop.example/p1?x=1,wechat,203.0.113.7,p1,12.50,深绿\n"
    "m2,a-2,,product_viewed,Product Viewed,2026-01-05 02:03:00+00,,,,,,,,p2,9,\n",
    {
        "rows_read": 2, "accepted": 2, "events": 2, "customers": 2,
        "from_": "2026-01-05", "to": "2026-01-05",
    },
)  # fmt: skip

SEGMENT_PAGES = Sample(
    "segment_pages",
    "pages.csv",
    "id,anonymous_id,user_id,timestamp,received_at,name,path,title,url,referrer,context_user_agent\n"
    "m1,a-1,,2026-01-05 02:02:00+00,2026-01-05 02:02:01+00,Home,/,首页,https://shop.example/?a=1,"
    "https://weixin.qq.com/?b=2,Mozilla/5.0\n"
    "m2,a-1,7,2026-01-06 02:02:00+00,2026-01-06 02:02:01+00,,/p1,Tea,https://shop.example/p1,,\n",
    {
        "rows_read": 2, "accepted": 2, "events": 2, "customers": 2,
        "from_": "2026-01-05", "to": "2026-01-06",
    },
)  # fmt: skip

SEGMENT_IDENTIFIES = Sample(
    "segment_identifies",
    "identifies.csv",
    "id,anonymous_id,user_id,timestamp,received_at,email,first_name,plan\n"
    "m1,a-1,7,2026-01-05 02:02:00+00,2026-01-05 02:02:01+00,li.lei@example.com,雷,gold\n"
    "m2,a-2,8,2026-01-05 02:03:00+00,2026-01-05 02:03:01+00,han@example.com,,\n",
    {
        "rows_read": 2, "accepted": 2, "events": 2, "customers": 2,
        "from_": "2026-01-05", "to": "2026-01-05",
    },
)  # fmt: skip

USER_BEHAVIOR = Sample(
    "user_behavior",
    "UserBehavior.csv",
    # 1511658000 is 2017-11-26 09:00:00 in Shanghai; the last is a day later. Of user 1 two are equal.
    "1,2268318,2520377,pv,1511658000\n"
    "1,2268318,2520377,pv,1511658000\n"
    "1,2268318,2520377,cart,1511658060\n"
    "22,2333346,2520771,fav,1511658061\n"
    "1,2268318,2520377,buy,1511744400\n",
    {
        "rows_read": 5, "accepted": 5, "events": 5, "customers": 2, "orders": 0,
        "from_": "2017-11-26", "to": "2017-11-27",
    },
    has_headers=False,
)  # fmt: skip

REES46 = Sample(
    "rees46",
    "2019-Oct.csv",
    # 23:30 UTC is the next day in Shanghai.
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session\n"
    "2019-10-01 00:00:00 UTC,view,44600062,2103807459595387724,,shiseido,35.79,541312140,72d7\n"
    "2019-10-01 00:00:01 UTC,cart,3900821,2053013552326770905,appliances.kitchen,aqua,33.20,554748717,9333\n"
    "2019-10-01 00:00:02 UTC,remove_from_cart,3900821,2053013552326770905,appliances.kitchen,,33.20,554748717,9333\n"
    "2019-10-01 23:30:00 UTC,purchase,3900821,2053013552326770905,appliances.kitchen,aqua,33.20,554748717,9334\n",
    {
        "rows_read": 4, "accepted": 4, "events": 4, "customers": 2, "orders": 0,
        "from_": "2019-10-01", "to": "2019-10-02",
    },
)  # fmt: skip

JDATA = Sample(
    "jdata",
    "JData_Action_201602.csv",
    # The same user with and without the `.0` is one.
    "user_id,sku_id,time,model_id,type,cate,brand\n"
    "266079.0,138778,2016-01-31 23:59:02,,1,8,403\n"
    "266079.0,138778,2016-01-31 23:59:03,0.0,6,8,403\n"
    "266079,138778,2016-02-01 00:00:40,,2,8,403\n"
    "200719.0,61226,2016-02-01 00:01:00,,5,8,30\n"
    "200719.0,61226,2016-02-01 00:02:00,,3,8,30\n"
    "200719.0,61226,2016-02-01 00:03:00,,4,8,30\n",
    {
        "rows_read": 6, "accepted": 6, "events": 6, "customers": 2,
        "from_": "2016-01-31", "to": "2016-02-01",
    },
)  # fmt: skip

JDATA_2019 = Sample(
    "jdata_2019",
    "jdata_action.csv",
    "user_id,sku_id,action_time,module_id,type\n"
    "937922,357022,2018-02-04 08:28:15,8107857,1\n"
    "937922,357022,2018-02-04 08:28:20,8107857,5\n"
    "1369568,10029,2018-03-01 10:00:00,9,2\n",
    {
        "rows_read": 3, "accepted": 3, "events": 3, "customers": 2,
        "from_": "2018-02-04", "to": "2018-03-01",
    },
)  # fmt: skip

EVENT_LOGS = (
    PLAIN_EVENTS,
    SEGMENT_LOG,
    SEGMENT_FLAT,
    SEGMENT_TRACKS,
    SEGMENT_PAGES,
    SEGMENT_IDENTIFIES,
    USER_BEHAVIOR,
    REES46,
    JDATA,
    JDATA_2019,
)
