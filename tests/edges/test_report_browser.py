"""The report in a real browser: it opens from disk, draws every chart, and fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chromium import chromium
from regulars.edges.report import ReportData, render

pytestmark = pytest.mark.browser

# A canvas is blank when all its pixels are the same.
_PAINTED = """
return [...document.querySelectorAll("[data-option]")].map(box => {
  const canvas = box.querySelector("canvas");
  if (!canvas || !canvas.width || !canvas.height) return [box.id, 0];
  const pixels = new Uint32Array(canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return [box.id, new Set(pixels).size];
});
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


@pytest.fixture(scope="module", params=["zh", "en"])
def address(request: pytest.FixtureRequest, report_data: ReportData, tmp_path_factory: Any) -> str:
    path: Path = tmp_path_factory.mktemp("report") / f"{request.param}.html"
    path.write_text(render(report_data, request.param), encoding="utf-8")
    return path.as_uri()


def _open(browser: Any, address: str, width: int) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.get(address)
    browser.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done));"
    )


@pytest.mark.parametrize("width", [1280, 360])
def test_it_draws_everything_and_does_not_scroll_sideways(
    browser: Any, address: str, width: int
) -> None:
    _open(browser, address, width)
    colours = dict(browser.execute_script(_PAINTED))
    assert len(colours) >= 8
    assert {name: count for name, count in colours.items() if count < 3} == {}
    overflow = "const e = document.documentElement; return e.scrollWidth - e.clientWidth"
    assert browser.execute_script(overflow) == 0
    log = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert log == []
    assert browser.execute_script("return window.attacked") is None


def test_a_definition_shows_within_the_screen_of_a_phone(browser: Any, address: str) -> None:
    _open(browser, address, 360)
    shown = browser.execute_script(
        """
        return [...document.querySelectorAll("button.tip")].map(button => {
          button.scrollIntoView({block: "center", inline: "nearest"});
          button.click();
          const tip = document.getElementById("tip"), box = tip.getBoundingClientRect();
          return [tip.hidden, box.left, box.right, box.top, box.bottom, tip.textContent.length];
        });
        """
    )
    assert len(shown) > 10
    for hidden, left, right, top, bottom, length in shown:
        assert not hidden
        assert left >= 0
        assert right <= 360
        assert top >= 0
        assert bottom <= 800
        assert length > 5


def test_the_flow_switches_its_span(browser: Any, address: str) -> None:
    _open(browser, address, 1280)
    before, after, pressed = browser.execute_script(
        """
        const box = document.getElementById("chart-flow");
        const picture = () => box.querySelector("canvas").toDataURL();
        const before = picture();
        const button = document.querySelector("button[data-shows='flow-90']");
        button.click();
        const chart = box.dataset.option;
        return [before === picture(), chart, button.getAttribute("aria-pressed")];
        """
    )
    assert (after, pressed) == ("flow-90", "true")
    assert before is False
