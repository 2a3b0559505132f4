"""Text without columns: each line that is not blank is a row, in one column named `line`."""

from __future__ import annotations

from collections.abc import Iterator

from regulars.intake.files.chunk import (
    BYTES,
    ROWS,
    Chunk,
    Read,
    Unfit,
    screened,
    shortened,
    text_table,
)
from regulars.intake.files.text import Block, lines_of

HEADERS = ("line",)


def read_lines(blocks: Iterator[Block]) -> Iterator[Read]:
    """The lines in chunks."""
    texts: list[str] = []
    numbers: list[int] = []
    unfit: list[Unfit] = []
    held = done = 0

    def chunk() -> Read:
        return Read(screened(Chunk(text_table(HEADERS, [texts], numbers), unfit)), done)

    for block in blocks:
        for number, line, is_text in lines_of(block):
            if not line.strip():
                continue
            held += len(line)
            text = line.decode()
            if is_text:
                texts.append(text)
                numbers.append(number)
            else:
                row = {"line": text}
                unfit.append(Unfit(number, "line", shortened(text), "undecodable", row))
            if len(texts) + len(unfit) == ROWS or held > BYTES:
                yield chunk()
                texts, numbers, unfit, held = [], [], [], 0
        done = block.done
    if texts or unfit:
        yield chunk()
