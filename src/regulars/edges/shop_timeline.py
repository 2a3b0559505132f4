"""The pictures of the timeline in Python: one method for each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from regulars.edges.shop_pictures import Day

if TYPE_CHECKING:
    from regulars.insight.picture import Picture


class ShopTimeline(ABC):
    """What `Shop` can tell of entries and steps, sources and content."""

    @abstractmethod
    def picture(self, name: str, as_of: Day = None, **asked: Any) -> Picture:
        """The picture of this name."""

    def funnel(
        self,
        steps: str | None = None,
        as_of: Day = None,
        *,
        from_: Day = None,
        to: Day = None,
        stage: Sequence[str] = (),
        **asked: Any,
    ) -> Picture:
        """How many come how far along the steps, how fast, and where they are lost.

        Args:
            steps: with commas between (docs/timeline.md); by default the line of the settings.
            as_of: the day up to whose end the picture knows.
            from_: the first day; by default the last 90 days.
            to: the last day.
            stage: only customers of these stages.
            asked: window, order, per, gap, by, touch, top, exclude, as on the command line.
        """
        return self.picture("funnel", as_of, steps=steps, from_=from_, to=to, stage=stage, **asked)

    def attribution(
        self,
        as_of: Day = None,
        *,
        from_: Day = None,
        to: Day = None,
        stage: Sequence[str] = (),
        lookback: int = 30,
        half_life: float = 7.0,
        first_share: float = 0.4,
        last_share: float = 0.4,
        top: int = 12,
    ) -> Picture:
        """Which sources were there before orders, by eight ways of dividing the credit.

        Args:
            as_of: the day up to whose end the picture knows.
            from_: the first day; by default the last 90 days.
            to: the last day.
            stage: only customers of these stages.
            lookback: days before an order within which touches count.
            half_life: days in which a touch loses half its weight by time decay.
            first_share: what the first touch gets by position.
            last_share: what the last one gets.
            top: at most so many sources, the rest is gathered.
        """
        return self.picture(
            "attribution", as_of, from_=from_, to=to, stage=stage, lookback=lookback,
            half_life=half_life, first_share=first_share, last_share=last_share, top=top,
        )  # fmt: skip

    def sessions(
        self,
        as_of: Day = None,
        *,
        from_: Day = None,
        to: Day = None,
        stage: Sequence[str] = (),
        gap: int = 30,
        midnight: bool = False,
        top: int = 10,
    ) -> Picture:
        """How often people visit, for how long, when, from where, and which visits bring orders.

        Args:
            as_of: the day up to whose end the picture knows.
            from_: the first day; by default the last 90 days.
            to: the last day.
            stage: only customers of these stages.
            gap: minutes without an entry after which a session is over.
            midnight: whether midnight ends a session, too.
            top: so many sources, and so many first and last entries.
        """
        return self.picture(
            "sessions", as_of, from_=from_, to=to, stage=stage, gap=gap, midnight=midnight, top=top
        )

    def paths(
        self,
        as_of: Day = None,
        *,
        from_: Day = None,
        to: Day = None,
        stage: Sequence[str] = (),
        from_step: str | None = None,
        to_step: str | None = None,
        **asked: Any,
    ) -> Picture:
        """Which ways people go from a step on, or up to one, and where they stop.

        Args:
            as_of: the day up to whose end the picture knows.
            from_: the first day; by default the last 90 days.
            to: the last day.
            stage: only customers of these stages.
            from_step: with which paths begin; by default the first entry.
            to_step: with which paths end, instead.
            asked: per, window, gap, depth, top, repeats, as on the command line.
        """
        return self.picture(
            "paths", as_of, from_=from_, to=to, stage=stage, from_step=from_step, to_step=to_step,
            **asked,
        )  # fmt: skip

    def retention(
        self,
        as_of: Day = None,
        *,
        start: str = "any",
        back: str = "any",
        from_: Day = None,
        to: Day = None,
        stage: Sequence[str] = (),
        **asked: Any,
    ) -> Picture:
        """Of those who began, who comes back, and when.

        Args:
            as_of: the day up to whose end the picture knows.
            start: with what a customer begins (docs/timeline.md).
            back: what counts as coming back.
            from_: the first day on which customers begin; by default the last 90 days.
            to: the last day.
            stage: only customers of these stages.
            asked: mode, brackets, upto, days, period, first, by, top, as on the command line.
        """
        return self.picture(
            "retention", as_of, start=start, back=back, from_=from_, to=to, stage=stage, **asked
        )

    def stickiness(
        self,
        as_of: Day = None,
        *,
        active: str = "any",
        gap: int = 30,
        from_: Day = None,
        to: Day = None,
        stage: Sequence[str] = (),
    ) -> Picture:
        """How many are active a day, a week and a month, on how many days, and for how long.

        Args:
            as_of: the day up to whose end the picture knows.
            active: what makes a customer active (docs/timeline.md).
            gap: minutes without an entry after which a session is over.
            from_: the first day; by default the last 90 days.
            to: the last day.
            stage: only customers of these stages.
        """
        return self.picture(
            "stickiness", as_of, active=active, gap=gap, from_=from_, to=to, stage=stage
        )

    def sources(
        self,
        as_of: Day = None,
        *,
        from_: Day = None,
        to: Day = None,
        stage: Sequence[str] = (),
        top: int = 12,
        months: int = 12,
    ) -> Picture:
        """How far the newcomers of each source come, what they are worth, and what they cost.

        Args:
            as_of: the day up to whose end the picture knows.
            from_: the first day on which newcomers come in; by default the last 90 days.
            to: the last day.
            stage: only customers of these stages.
            top: so many sources are told apart; the rest is gathered.
            months: how far payback is followed.
        """
        return self.picture(
            "sources", as_of, from_=from_, to=to, stage=stage, top=top, months=months
        )

    def aarrr(
        self,
        as_of: Day = None,
        *,
        from_: Day = None,
        to: Day = None,
        stage: Sequence[str] = (),
        within: int = 30,
    ) -> Picture:
        """Acquisition, activation, retention, revenue and referral, against the period before.

        Args:
            as_of: the day up to whose end the picture knows.
            from_: the first day on which newcomers come in; by default the last 90 days.
            to: the last day.
            stage: only customers of these stages.
            within: days after coming in within which steps count.
        """
        return self.picture("aarrr", as_of, from_=from_, to=to, stage=stage, within=within)

    def screening(
        self,
        as_of: Day = None,
        *,
        from_: Day = None,
        to: Day = None,
        stage: Sequence[str] = (),
        days: int = 60,
        top: int = 20,
        minimum: int = 30,
    ) -> Picture:
        """Source, lead-in item, price band, need, order, order again: who goes on at each layer.

        Args:
            as_of: the day up to whose end the picture knows.
            from_: the first day on which customers come; by default the last 90 days of those who
                can be watched.
            to: the last day.
            stage: only customers of these stages.
            days: for which each is watched from coming.
            top: items and needs that are told apart.
            minimum: of fewer customers no verdict is given.
        """
        return self.picture(
            "screening", as_of, from_=from_, to=to, stage=stage, days=days, top=top,
            minimum=minimum,
        )  # fmt: skip

    def content(
        self,
        as_of: Day = None,
        *,
        from_: Day = None,
        to: Day = None,
        stage: Sequence[str] = (),
        days: int = 7,
        top: int = 20,
        pages: Sequence[str] = (),
    ) -> Picture:
        """After which content orders follow more often than without it; questions answered.

        Args:
            as_of: the day up to whose end the picture knows.
            from_: the first day; by default the last 90 days.
            to: the last day.
            stage: only customers of these stages.
            days: after it within which an order follows.
            top: items of a kind, by viewers.
            pages: parts of addresses below which articles stand, such as `blog`.
        """
        return self.picture(
            "content", as_of, from_=from_, to=to, stage=stage, days=days, top=top, pages=pages
        )

    def effort(
        self,
        as_of: Day = None,
        *,
        from_: Day = None,
        to: Day = None,
        stage: Sequence[str] = (),
        window: int = 7,
        lookback: int = 30,
        top: int = 10,
    ) -> Picture:
        """What the shop asks of people: searches in vain, steps, waits, carts left, last steps.

        Args:
            as_of: the day up to whose end the picture knows.
            from_: the first day; by default the last 90 days.
            to: the last day.
            stage: only customers of these stages.
            window: days after which a cart without an order is left.
            lookback: days before a first order within which visits count.
            top: rows of each list.
        """
        return self.picture(
            "effort", as_of, from_=from_, to=to, stage=stage, window=window, lookback=lookback,
            top=top,
        )  # fmt: skip
