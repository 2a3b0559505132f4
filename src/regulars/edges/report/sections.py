"""The sections of the report that are made from declared pictures, in their order."""

from __future__ import annotations

from regulars.edges.report.section import Section

SECTIONS: tuple[Section, ...] = ()
