"""What happened, in words of both languages, for one line of a customer's history."""

from __future__ import annotations

from decimal import Decimal

from regulars.intake.events.after_sales import AFTER_SALES, kind_of
from regulars.kernel.money import format_money
from regulars.kernel.sentence import Sentence

_TRACKED: dict[str, tuple[str, str]] = {
    "products searched": ("searched for {search}", "搜索“{search}”"),
    "product list viewed": ("looked through {category}", "浏览{category}列表"),
    "product list filtered": ("filtered {category}", "筛选{category}列表"),
    "promotion viewed": ("saw a promotion", "看到促销"),
    "promotion clicked": ("clicked a promotion", "点击促销"),
    "product clicked": ("clicked {what}", "点击{what}"),
    "product viewed": ("looked at {what}", "浏览{what}"),
    "product added": ("put {what} into the cart", "加购{what}"),
    "product removed": ("took {what} out of the cart", "移出购物车：{what}"),
    "cart viewed": ("looked at the cart", "查看购物车"),
    "cart shared": ("shared the cart", "分享购物车"),
    "product shared": ("shared {what}", "分享{what}"),
    "checkout started": ("began to check out", "开始结算"),
    "checkout step viewed": ("saw a step of the checkout", "进入结算步骤"),
    "checkout step completed": ("completed a step of the checkout", "完成结算步骤"),
    "payment info entered": ("entered payment details", "填写支付信息"),
    "order placed": ("placed order {order}{amount}", "提交订单 {order}{amount}"),
    "order shipped": ("order {order} was shipped", "订单 {order} 发货"),
    "order delivered": ("order {order} has arrived", "订单 {order} 签收"),
    "order updated": ("changed order {order}", "修改订单 {order}"),
    "order completed": ("ordered ({order}){amount}", "下单（{order}）{amount}"),
    "order refunded": ("order {order} was refunded{amount}", "订单 {order} 退款{amount}"),
    "order cancelled": ("order {order} was cancelled", "订单 {order} 取消"),
    "coupon entered": ("entered a coupon", "输入优惠券"),
    "coupon applied": ("used a coupon", "使用优惠券"),
    "coupon denied": ("a coupon was refused", "优惠券不可用"),
    "coupon removed": ("took a coupon back", "移除优惠券"),
    "product added to wishlist": ("wished for {what}", "收藏{what}"),
    "product removed from wishlist": ("wishes no more for {what}", "取消收藏{what}"),
    "product reviewed": ("reviewed {what}", "评价{what}"),
    "email delivered": ("an e-mail was delivered", "邮件已送达"),
    "email opened": ("opened an e-mail", "打开邮件"),
    "email link clicked": ("clicked a link of an e-mail", "点击邮件链接"),
    "email bounced": ("an e-mail came back", "邮件被退回"),
    "email marked as spam": ("marked an e-mail as spam", "将邮件标为垃圾邮件"),
    "unsubscribed": ("unsubscribed", "退订"),
    "sms sent": ("a text message was sent", "短信已发出"),
    "sms delivered": ("a text message was delivered", "短信已送达"),
    "sms link clicked": ("clicked a link of a text message", "点击短信链接"),
    "sms replied": ("answered a text message", "回复短信"),
    "email sent": ("an e-mail was sent", "邮件已发出"),
    "push notification received": ("received a push message", "收到推送"),
    "push notification tapped": ("tapped a push message", "点开推送"),
    "application installed": ("installed the app", "安装应用"),
    "application opened": ("opened the app", "打开应用"),
    "experiment viewed": ("saw an experiment", "进入实验"),
    "page left": ("left a page", "离开页面"),
    "page loaded": ("a page was loaded", "页面加载完成"),
    "signed up": ("signed up", "注册"),
    "signed in": ("signed in", "登录"),
    "signed out": ("signed out", "退出登录"),
    "points earned": ("earned {points}points", "获得{points}积分"),
    "points spent": ("spent {points}points", "使用{points}积分"),
    "points returned": ("got {points}points back", "退回{points}积分"),
    "points taken back": ("{points}points were taken back", "扣回{points}积分"),
    "points expired": ("{points}points expired", "{points}积分过期"),
    "coupon received": ("received a coupon", "领取优惠券"),
    "coupon returned": ("got a coupon back", "退回优惠券"),
    "coupon expired": ("a coupon expired", "优惠券过期"),
}

_AFTER_SALES = {
    "return": "退货",
    "exchange": "换货",
    "complaint": "投诉",
    "service": "联系客服",
    "satisfaction": "满意度评价",
    "refund": "退款",
}

_STATUS: dict[str, tuple[str, str]] = {
    "placed": ("not paid yet", "未付款"),
    "paid": ("paid", "已付款"),
    "shipped": ("shipped", "已发货"),
    "completed": ("completed", "已完成"),
    "cancelled": ("cancelled", "已取消"),
    "returned": ("returned", "退货单"),
    "adjustment": ("adjustment", "调整"),
}


def of_event(
    kind: str,
    name: str | None,
    *,
    what: str | None = None,
    category: str | None = None,
    search: str | None = None,
    order: str | None = None,
    amount: Decimal | None = None,
    currency: str = "CNY",
    points: str | None = None,
) -> Sentence:
    """What an event tells.

    >>> of_event("track", "Product Viewed", what="Green tea").en
    'looked at Green tea'
    >>> of_event("page", "Home").zh
    '访问页面：Home'
    >>> of_event("track", "Points Earned", points="50").zh
    '获得 50 积分'
    """
    shown = name or ""
    if kind == "page":
        return Sentence(
            f"visited {shown or 'a page'}", f"访问页面：{shown}" if shown else "访问页面"
        )
    if kind == "screen":
        return Sentence(
            f"opened {shown or 'a screen'}", f"打开界面：{shown}" if shown else "打开界面"
        )
    if kind == "identify":
        return Sentence("became known", "身份识别")
    if kind == "alias":
        return Sentence("two ids were joined", "合并身份")
    if kind == "group":
        return Sentence(f"joined the group {shown}".rstrip(), f"加入群组 {shown}".rstrip())
    known = _TRACKED.get(shown.strip().lower())
    if known is None and kind == "receipt":
        return Sentence(f"message: {shown}", f"消息回执：{shown}")
    if known is None and (sort := kind_of(shown)):
        return _after_sales(sort, shown, order)
    if known is None:
        return Sentence(shown or "something happened", shown or "发生了事件")
    money = "" if amount is None else format_money(amount, currency)
    english = known[0].format(
        what=what or "a product",
        category=category or "a list of products",
        search=repr(search) if search else "something",
        order=order or "no number",
        amount=f" for {money}" if money else "",
        points=f"{points} " if points else "",
    )
    chinese = known[1].format(
        what=what or "商品",
        category=category or "商品",
        search=search or "",
        order=order or "无单号",
        amount=f"，{money}" if money else "",
        points=f" {points} " if points else "",
    )
    return Sentence(english, chinese.strip())


def _after_sales(sort: str, name: str, order: str | None) -> Sentence:
    chinese = _AFTER_SALES[sort]
    if not name.isascii():
        chinese = name
    elif name.strip().lower() != AFTER_SALES[sort][0]:  # how far it has come
        chinese += f"：{name}"
    return Sentence(
        f"{name} ({order})" if order else name, f"{chinese}（{order}）" if order else chinese
    )


def of_order(
    order: str, status: str, items: Decimal | None, paid: Decimal | None, currency: str
) -> Sentence:
    """What an order tells.

    >>> of_order("A1", "paid", Decimal(2), Decimal("19.9"), "CNY").en
    'ordered 2 items for ¥19.90 (A1, paid)'
    >>> of_order("A1", "placed", Decimal(2), Decimal(0), "CNY").zh
    '下单 2 件（A1，未付款）'
    """
    en, zh = _STATUS.get(status, (status, status))
    count = "" if items is None else f"{items.normalize():f}"
    pieces = f" {count} {'item' if count == '1' else 'items'}" if count else ""
    if status == "placed" and not paid:
        paid = None  # what is due is not known here
    money = "" if paid is None else format_money(paid, currency)
    price_en, price_zh = (f" for {money}", f"，实付 {money}") if money else ("", "")
    pieces_zh = f" {count} 件" if count else ""
    return Sentence(
        f"ordered{pieces}{price_en} ({order}, {en})", f"下单{pieces_zh}{price_zh}（{order}，{zh}）"
    )


def of_refund(order: str, refunded: Decimal, currency: str) -> Sentence:
    """What a refund tells."""
    money = format_money(refunded, currency)
    return Sentence(f"got {money} back ({order})", f"退款 {money}（{order}）")
