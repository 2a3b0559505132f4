"""Regulars (熟客): turns one-time buyers into regulars.

>>> import regulars
>>> regulars.__version__.count(".")
2

`regulars.Shop` and `regulars.diagnose_files` are loaded on first use, so that `import regulars`
stays instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regulars.edges.diagnosis.from_files import diagnose_files
    from regulars.edges.shop import Shop

__version__ = "0.1.0"
__all__ = ["Shop", "__version__", "diagnose_files"]


def __getattr__(name: str) -> Any:
    if name == "Shop":
        from regulars.edges.shop import Shop

        return Shop
    if name == "diagnose_files":
        from regulars.edges.diagnosis.from_files import diagnose_files

        return diagnose_files
    raise AttributeError(f"module 'regulars' has no attribute {name!r}")
