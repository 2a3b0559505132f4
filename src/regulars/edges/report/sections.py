"""The sections of the report that have a folder of their own."""

from __future__ import annotations

from regulars.edges.report.benefits.section import SECTION as BENEFITS
from regulars.edges.report.growing.section import SECTION as GROWING
from regulars.edges.report.people.section import SECTION as PEOPLE
from regulars.edges.report.pool.section import SECTION as POOL
from regulars.edges.report.prices.section import SECTION as PRICES
from regulars.edges.report.section import Section
from regulars.edges.report.selling.section import SECTION as SELLING
from regulars.edges.report.timeline.section import SECTION as TIMELINE

SECTIONS: tuple[Section, ...] = (GROWING, PEOPLE, PRICES, SELLING, TIMELINE, POOL, BENEFITS)
