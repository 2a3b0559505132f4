"""An intake worker: it checks key, size and form, makes what came durable, and answers.

It never touches the warehouse. Whatever is not intake it passes on to the owner.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulars.edges.serve.worker.app import Worker


def from_environment() -> Worker:
    """The ASGI application for the home that `$REGULARS_HOME` names."""
    from regulars.app.home import Home
    from regulars.edges.serve.worker.app import Worker

    return Worker(Home.open(Path(os.environ.get("REGULARS_HOME") or ".")))
