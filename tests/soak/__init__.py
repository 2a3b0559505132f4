"""Long runs against intake: hostile files by the thousand, kill -9 by the hundred.

`make soak` runs `soak_*.py`; `make test` does not collect them, and replays the kept seeds instead
(`tests/faults`).
"""
