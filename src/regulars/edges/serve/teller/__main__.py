"""The teller, one process: `python -m regulars.edges.serve.teller HOME`."""

from __future__ import annotations

import gc
import signal
import sys
from contextlib import ExitStack
from pathlib import Path

from regulars.edges.serve.log import describe, log, places
from regulars.edges.serve.parent import CANNOT, end_with_parent
from regulars.edges.serve.stopping import asked_to_stop
from regulars.errors import RegularsError, StoreAway

_TURN = 0.0005
"""Seconds after which a thread lets another one go on: each commit wakes several."""


def tell(folder: Path) -> None:
    """Keep the book of the home in the folder until SIGTERM or SIGINT."""
    from regulars.app.home import Home
    from regulars.edges.serve.teller.chores import Chores
    from regulars.edges.serve.teller.desk import Desk
    from regulars.edges.serve.teller.door import Door
    from regulars.edges.serve.teller.opening import opened
    from regulars.edges.serve.teller.place import Place

    home = Home.open(folder)
    with (
        asked_to_stop(signal.SIGTERM, signal.SIGINT) as stop,
        opened(home) as book,
        ExitStack() as last,
    ):
        place = Place.make(home.running)
        with Desk(book.store, book.ledger, book.gate, book.sessions, book.benefits) as desk:
            gc.freeze()  # what stays for ever is not looked through again while somebody waits
            door = Door(place.listen(), desk)
            place.tell()
            log("teller", "ready")
            try:
                chores = last.enter_context(Chores(home, book))  # ends after the last answer
                desk.counts.also(chores.figures)
                stop.wait()
            finally:
                log("teller", "stopping")
                place.forget()
                door.close()
    log("teller", "stopped")


def main() -> None:
    """Keep the book of the home that is named; leaves with `CANNOT` where that is no use."""
    end_with_parent()
    sys.setswitchinterval(_TURN)
    try:
        tell(Path(sys.argv[1]))
    except StoreAway as error:
        log("teller", "the store does not answer", "error", error=str(error))
        sys.exit(1)
    except (RegularsError, OSError) as error:
        log("teller", "cannot work", "error", error=str(error))
        sys.exit(CANNOT)
    except Exception as error:
        log("teller", "broke off", "error", error=describe(error), at_lines=places(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
