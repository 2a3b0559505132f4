"""The report: one HTML file that opens offline. See `page.render`."""

from regulars.edges.report.page import Note, ReportData, render

__all__ = ["Note", "ReportData", "render"]
