"""The curve of second orders as SVG: no script is needed to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.insight.cycle_curve import CycleCurve

WIDTH, HEIGHT = 640, 250
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 14, 26
_STEPS = (0.02, 0.05, 0.1, 0.2, 0.25)
_LINES = 5
_DAYS = (30, 60, 90, 180, 270, 365)


def curve_svg(curve: CycleCurve, title: str, days_axis: str) -> str:
    """The share returned by day with its 95 % band; P50 and P80 of those who return are marked."""
    end = max(curve.end, 1)
    top = max(curve.high) * 1.08 or 1.0
    step = next((one for one in _STEPS if top / one <= _LINES), 0.5)

    def x(day: float) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * day / end

    def y(share: float) -> float:
        return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * share / top

    def line(values: tuple[float, ...]) -> str:
        return " ".join(f"{x(day):.1f},{y(value):.1f}" for day, value in enumerate(values))

    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">',
    ]
    level = 0.0
    while level <= top:
        parts.append(
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y(level):.1f}"'
            f' y2="{y(level):.1f}"/><text class="label" x="{_LEFT - 6}" y="{y(level) + 4:.1f}"'
            f' text-anchor="end">{level:.0%}</text>'
        )
        level += step
    for day in _DAYS:
        if day <= end:
            parts.append(
                f'<text class="label" x="{x(day):.1f}" y="{HEIGHT - 8}"'
                f' text-anchor="middle">{day}</text>'
            )
    parts.append(
        f'<text class="label" x="{_LEFT}" y="{HEIGHT - 8}" text-anchor="start">{days_axis}</text>'
    )
    band = line(curve.low) + " " + " ".join(reversed(line(curve.high).split(" ")))
    parts.append(f'<polygon class="band" points="{band}"/>')
    for name, day in zip(("P50", "P80"), curve.percentiles[:2], strict=True):
        parts.append(
            f'<line class="mark" x1="{x(day):.1f}" x2="{x(day):.1f}" y1="{y(0):.1f}"'
            f' y2="{_TOP}"/><text class="label" x="{x(day) + 4:.1f}" y="{_TOP + 8}">{name}:'
            f" {day}</text>"
        )
    parts.append(f'<polyline class="curve" points="{line(curve.returned)}"/></svg>')
    return "".join(parts)
