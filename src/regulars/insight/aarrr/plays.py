"""Plays of the playbook, as the view of a stage shows them: plain data that the app fills in."""

from __future__ import annotations

from dataclasses import dataclass

from regulars.kernel.sentence import Sentence

ACQUISITION, ACTIVATION, RETENTION, REVENUE, REFERRAL = STAGES = (
    "acquisition", "activation", "retention", "revenue", "referral",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class StagePlay:
    """A play that addresses a stage.

    Attributes:
        stage: one of `STAGES`.
        play: its id in the playbook.
        name: of the play.
        offer: what it promises, in words; empty where nothing.
        treated: customers on record to whom it was planned.
        held_out: customers on record who are left alone by it, so that its effect can be measured.
    """

    stage: str
    play: str
    name: Sentence
    offer: Sentence
    treated: int
    held_out: int
