"""One small file for every source, field-faithful, with totals worked out by hand."""

from __future__ import annotations

from samples.chinese import CHINESE
from samples.event_logs import EVENT_LOGS
from samples.own import OWN
from samples.sample import Sample
from samples.western import WESTERN

SAMPLES: tuple[Sample, ...] = (*OWN, *CHINESE, *WESTERN, *EVENT_LOGS)
