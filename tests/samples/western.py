"""Exports of Western platforms."""

from __future__ import annotations

from samples.sample import Sample

WESTERN: tuple[Sample, ...] = ()
