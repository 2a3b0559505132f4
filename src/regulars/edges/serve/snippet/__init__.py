"""The script that shops put into their pages, as the server hands it out.

>>> text, tag = snippet()
>>> text.startswith(b"(function"), len(text) < 24_000, len(snippet_gzipped()) < 8_000
(True, True, True)
"""

from __future__ import annotations

import gzip
from functools import cache
from hashlib import sha256
from importlib.resources import files

CONTENT_TYPE = "text/javascript; charset=utf-8"

PARTS = ("settings", "keeping", "visit", "queue", "pages", "products", "calls")
"""What the script is made of, in order: `parts/*.js`, which share one scope."""

_BEGIN = ["(function (window, document, navigator) {", '"use strict";', "try {"]
_END = ["} catch (error) { /* never into the shop's page */ }", "})(window, document, navigator);"]


@cache
def snippet() -> tuple[bytes, str]:
    """`regulars.js` and its entity tag (in quotes, as HTTP wants it).

    Whole lines of comment and the indentation are left out; nothing else differs from the parts.
    """
    folder = files(__package__).joinpath("parts")
    lines = [
        stripped
        for part in PARTS
        for line in folder.joinpath(f"{part}.js").read_text(encoding="utf-8").splitlines()
        if (stripped := line.strip()) and not stripped.startswith("//")
    ]
    text = "".join(f"{line}\n" for line in [*_BEGIN, *lines, *_END]).encode()
    return text, f'"{sha256(text).hexdigest()[:20]}"'


@cache
def snippet_gzipped() -> bytes:
    """The same, gzipped; equal from run to run."""
    return gzip.compress(snippet()[0], 9, mtime=0)
