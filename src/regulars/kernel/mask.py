"""Personal values as they may be shown: enough to recognise, too little to use.

>>> mask_phone("13812345678"), mask_email("li.lei@example.com"), mask_text("王小明")
('138****5678', 'l***@example.com', '王**')
"""

from __future__ import annotations


def mask_phone(phone: str) -> str:
    """The first three and last four digits."""
    if len(phone) < 8:
        return "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def mask_email(email: str) -> str:
    """The first letter and the domain."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}***{at}{domain}"


def mask_text(text: str) -> str:
    """The first character."""
    return text[:1] + "*" * min(len(text) - 1, 6)
