"""What the shop could know at the end of a day, as conditions of SQL over the canonical tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from regulars.kernel.clock import end_of_day

_NOW = "TIMESTAMPTZ '2199-12-31 00:00:00+00'"
"""Before `canonical_orders.FOREVER`, after anything else."""

_KNOWN = "known_at < {t} AND known_until >= {t}"


@dataclass(frozen=True, slots=True)
class AsOf:
    """The end of a day, and what may be known of the time until then.

    Attributes:
        day: of the shop's calendar; what came about later does not count.
        time_zone: of that calendar.
        hindsight: whether all that is known by now of the time until the day may be used. Without
            it, only what was known at the day's end: a refund that a later export told, without a
            time of its own, was not.
    """

    day: date
    time_zone: str
    hindsight: bool = False

    @property
    def end(self) -> str:
        """The end of the day as an SQL literal."""
        return f"TIMESTAMPTZ '{end_of_day(self.day, self.time_zone).isoformat()}'"

    @property
    def has_come(self) -> str:
        """The condition under which something known once and for all is known."""
        return f"known_at < {_NOW if self.hindsight else self.end}"

    @property
    def known(self) -> str:
        """The condition under which a row of a versioned table is the state to use."""
        return _KNOWN.format(t=_NOW if self.hindsight else self.end)

    @property
    def is_purchase(self) -> str:
        """The condition under which a known order placed by then is a purchase."""
        return (
            f"(paid_at < {self.end} AND status IN ('paid', 'shipped', 'completed')"
            " AND (paid > refunded OR (paid = 0 AND refunded = 0)))"
        )

    @property
    def is_undone(self) -> str:
        """The condition under which it was cancelled or wholly taken back."""
        return "(status = 'cancelled' OR (paid > 0 AND refunded >= paid))"

    @property
    def is_credit(self) -> str:
        """The condition under which it gives money back beyond what was paid for it.

        A credit note names no order: it lowers what its customer paid, on its own day. So does an
        order that gave back more than was paid for it.
        """
        return (
            "(status = 'returned' OR (status IN ('paid', 'shipped', 'completed')"
            f" AND paid_at < {self.end} AND refunded > paid))"
        )

    @property
    def credit(self) -> str:
        """How much that is."""
        return "(refunded - CASE WHEN status = 'returned' THEN 0 ELSE paid END)"

    def local(self, instant: str) -> str:
        """The instant on the clocks of the shop."""
        return f"({instant} AT TIME ZONE '{self.time_zone}')"
