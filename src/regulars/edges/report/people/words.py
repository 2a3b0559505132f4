"""What the section says, in both languages: (Chinese, English) by key."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "nav.people": ("people", "people"),
}
