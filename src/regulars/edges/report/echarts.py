"""The ECharts that the report draws with: the copy inside the installed `nicegui` package.

The report must open offline from disk, so the library is written into the page. NiceGUI carries it
as a JavaScript module in two pieces: `index.js` says under which name the large chunk exports
`echarts`. Here the chunk is read as text, its export statement is cut off, and the one name that is
wanted is bound to a variable. Nothing of NiceGUI is imported.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from regulars.errors import RegularsError, Where

VARIABLE = "regularsECharts"
"""The name under which the rest of the page's script finds the library."""

_IMPORT = re.compile(r'import\s*\{([^}]*)\}\s*from\s*"\./([\w.-]+\.js)"')
_EXPORT = re.compile(r"export\s*\{([^{}]*)\}\s*;?\s*(?://#[^\n]*\s*)?\Z")
_PAIR = re.compile(r"([\w$]+)\s+as\s+([\w$]+)")


class BundleChanged(RegularsError):
    """The installed NiceGUI carries ECharts in another shape than this version can read."""

    code = "report.echarts_changed"

    @classmethod
    def because(cls, reason: str, path: Path | None = None) -> BundleChanged:
        """The error with the way out."""
        return cls(
            f"the ECharts of the installed nicegui cannot be read: {reason}",
            where=Where(file=None if path is None else str(path)),
            todo="install the nicegui of requirements/demo.lock, or tell the project",
        )


def bundle_folder() -> Path:
    """The folder of the ECharts module inside the installed nicegui, which is not imported.

    Raises:
        BundleChanged: nicegui is absent.
    """
    spec = find_spec("nicegui")
    if spec is None or not spec.submodule_search_locations:
        raise BundleChanged.because("nicegui is not installed")
    return Path(spec.submodule_search_locations[0]) / "elements" / "echart" / "dist"


@lru_cache(maxsize=2)
def module_text(folder: Path) -> str:
    """The library as module text that ends by binding `VARIABLE`, safe inside a script element.

    Raises:
        BundleChanged: the files are not as expected.
    """
    entry = folder / "index.js"
    try:
        head = entry.read_text(encoding="utf-8")
    except OSError as error:
        raise BundleChanged.because("there is no index.js", entry) from error
    imported, exported = _IMPORT.search(head), _EXPORT.search(head)
    if imported is None or exported is None:
        raise BundleChanged.because("index.js neither imports nor exports as expected", entry)
    local = {public: name for name, public in _PAIR.findall(exported[1])}.get("echarts")
    chunk_name = {name: public for public, name in _PAIR.findall(imported[1])}.get(local or "")
    if chunk_name is None:
        raise BundleChanged.because("index.js exports no echarts", entry)

    chunk = folder / imported[2]
    try:
        text = chunk.read_text(encoding="utf-8")
    except OSError as error:
        raise BundleChanged.because("the chunk that index.js names is absent", chunk) from error
    exports = _EXPORT.search(text)
    if exports is None:
        raise BundleChanged.because("the chunk does not end in an export", chunk)
    inner = {public: name for name, public in _PAIR.findall(exports[1])}.get(chunk_name)
    if inner is None:
        raise BundleChanged.because(f"the chunk exports no {chunk_name}", chunk)
    body = text[: exports.start()].replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return f"{body}\nconst {VARIABLE} = {inner};\n"
