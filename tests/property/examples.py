"""How many examples a law gets: a few in `make test`, three hundred in `make soak`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings


def examples(few: int) -> settings:
    """So many, always the same, or `REGULARS_EXAMPLES`, new each time.

    For laws of whole shops: nothing is made smaller of what fails, as each example costs a second.
    """
    return settings(
        max_examples=int(os.environ.get("REGULARS_EXAMPLES", str(few))),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        derandomize="REGULARS_EXAMPLES" not in os.environ,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
    )
