"""The owner of the warehouse, one process: `python -m regulars.edges.serve.owner HOME`.

It has the file, absorbs what workers take in, and answers sessions and HTTP through Unix sockets
that only its user can open.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from regulars.edges.serve.absorbing import Absorbs
from regulars.edges.serve.keeper import Keeper
from regulars.edges.serve.log import describe, log, places
from regulars.edges.serve.parent import CANNOT, end_with_parent
from regulars.edges.serve.places import Places
from regulars.edges.serve.sessions import Sessions
from regulars.edges.serve.sockets import listen
from regulars.errors import HomeBusy, RegularsError

if TYPE_CHECKING:
    from regulars.app.home import Home
    from regulars.engines.duckdb import Warehouse
    from regulars.intake.vault import Vault

_TURN = 0.0005
"""Seconds after which a thread lets another one go on. Between two statements of an answer stands
whoever absorbs; by Python's own 5 ms each of them would wait for that long."""


def absorber_of(warehouse: Warehouse, home: Home, vault: Vault) -> Absorbs:
    """The absorber of the home's inbox."""
    from regulars.intake.events.absorb import Absorber
    from regulars.intake.landing import Landing

    return Absorber(warehouse, Landing(home.landing), vault, home.settings)


def own(home: Home) -> None:
    """Own the home's warehouse until SIGTERM."""
    import uvicorn

    from regulars.edges.api.app import api
    from regulars.intake.vault import Vault

    places = Places.make(home.running)
    with Vault.open(home.keys) as vault:
        keeper = Keeper(home, vault, absorber_of)
        for stop in (signal.SIGTERM, signal.SIGINT):
            signal.signal(stop, lambda *_: keeper.stop())
        try:
            keeper.open()
        except HomeBusy:
            if keeper.is_stopping:
                return
            raise
        sessions = Sessions(keeper, places.warehouse)
        application = api(home, keeper, vault, sessions)
        config = uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            lifespan="off",
            ws="none",
        )
        server = uvicorn.Server(config)
        door = listen(places.http, 256)
        serving = threading.Thread(target=server.run, args=([door],), name="http", daemon=True)
        serving.start()
        places.tell(home.warehouse.name)
        log("owner", "ready")
        try:
            keeper.keep()
        finally:
            log("owner", "stopping")
            places.forget()
            server.should_exit = True
            serving.join(10)
            sessions.close()
            keeper.close()
            log("owner", "stopped")


def main() -> None:
    """Own the warehouse of the home that is named; leaves with `CANNOT` where that is no use."""
    from regulars.app.home import Home

    end_with_parent()
    sys.setswitchinterval(_TURN)
    try:
        own(Home.open(Path(sys.argv[1])))
    except (RegularsError, OSError) as error:
        log("owner", "cannot work", "error", error=str(error))
        sys.exit(CANNOT)
    except Exception as error:
        log("owner", "broke off", "error", error=describe(error), at_lines=places(error))
        sys.exit(1)


if __name__ == "__main__":
    main()
