"""What the product says, in both of its languages.

>>> Sentence("12 customers", "12 位用户").text("zh")
'12 位用户'
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence in English and Chinese."""

    en: str
    zh: str

    def text(self, language: str) -> str:
        """The sentence in `zh` or `en`."""
        return self.zh if language == "zh" else self.en
