"""What a teller's log tells of webhooks: names that the shop gave them, and never addresses."""

from __future__ import annotations

from regulars.app.webhook_sending import Happened
from regulars.edges.serve.log import describe, log


class Logged(Happened):
    """Writes it into the log."""

    def missed(self, name: str, said: str) -> None:
        """The first of some messages was not heard."""
        log("teller", "a webhook does not get through", "warning", webhook=name, said=said)

    def heard_again(self, name: str) -> None:
        """And now one was."""
        log("teller", "a webhook gets through again", webhook=name)

    def gone(self, name: str) -> None:
        """The endpoint is told nothing any more, since it wants nothing."""
        log("teller", "a webhook is paused: it answered 410", "warning", webhook=name)

    def failed(self, error: Exception) -> None:
        """A pass failed at our end; once until one succeeds."""
        log("teller", "sending webhooks failed", "error", error=describe(error))
