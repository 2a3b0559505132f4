"""Personal values as they may be shown: enough to recognise, too little to use.

>>> mask_phone("13812345678"), mask_email("li.lei@example.com"), mask_text("王小明")
('138****5678', 'l***@example.com', '王**')
>>> mask_within("call 13812345678"), mask_within("2026-13-05"), mask_within("北京市朝阳区 1 号张三")
('call ***********', '2026-13-05', '北**')
"""

from __future__ import annotations

import re

_PHONE_WITHIN = re.compile(r"(?<![\d.])1[3-9]\d{9}(?![\d.])|\+\d{8,15}")
_EMAIL_WITHIN = re.compile(r"[^\s@]+@[^\s@]+")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_LONG_CHINESE = 8


def mask_phone(phone: str) -> str:
    """The first three and last four digits; of a short number only the last two."""
    if len(phone) < 11:
        return "*" * max(len(phone) - 2, 0) + phone[-2:] if len(phone) > 4 else "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def mask_email(email: str) -> str:
    """The first letter and the domain."""
    name, at, domain = email.partition("@")
    return f"{name[:1] if len(name) > 2 else ''}***{at}{domain}"


def mask_text(text: str) -> str:
    """The first character."""
    return text[:1] + "**"


def mask_within(text: str) -> str:
    """A value of a column that should hold nothing personal, in case its cells have shifted."""
    if len(text) > _LONG_CHINESE and _CHINESE.search(text):
        return mask_text(text)
    return mask_numbers(text)


def mask_numbers(text: str) -> str:
    """The text without the phones and e-mail addresses in it."""
    text = _EMAIL_WITHIN.sub("***@***", text)
    return _PHONE_WITHIN.sub(lambda found: "*" * len(found[0]), text)
