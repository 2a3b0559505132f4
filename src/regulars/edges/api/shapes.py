"""What the answers of the interface look like; their description is made from these."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field


class ErrorShape(BaseModel):
    """What went wrong, and what to do."""

    code: str
    message: str
    where: dict[str, Any] = Field(default_factory=dict)
    todo: str = ""


class Words(BaseModel):
    """What happened, in both languages."""

    en: str
    zh: str


class HappeningShape(BaseModel):
    """One row of a customer's history."""

    at: datetime
    kind: str = Field(description="event, order or refund")
    type: str | None = Field(description="track, page, screen, identify, group, alias, receipt")
    name: str | None = Field(description="of an event, or the status of an order")
    words: Words
    platform: str | None
    product_id: str | None
    product_name: str | None
    category: str | None
    order_id: str | None
    amount: float | None = Field(description="in the shop's currency")
    quantity: float | None
    search: str | None
    url: str | None
    referrer: str | None
    source: str | None
    medium: str | None
    campaign: str | None
    connection: str | None
    properties: dict[str, Any] | None


class TimelineShape(BaseModel):
    """A page of a customer's history, the newest first."""

    customer_id: int
    merged: list[int] = Field(description="further numbers that are the same customer")
    rows: list[HappeningShape]
    before: str | None = Field(description="cursor of the next page; null on the last")


class CustomerShape(BaseModel):
    """What is known of a customer."""

    customer_id: int
    merged: list[int]
    as_of: str | None = Field(description="the day that the profile knows of")
    profile: dict[str, Any] | None = Field(description="the row of the people table")


class RewardingShape(BaseModel):
    """What rules have given by themselves since the server began."""

    passes: int
    given: int
    refused: int
    failures: int
    last_at: float = Field(description="UNIX time of the end of the last pass; 0: none yet")
    last_seconds: float
    failing: str = Field(description="Why the last pass failed; empty if it did not")


class HealthShape(BaseModel):
    """How the owner is."""

    status: str = Field(description="ok or failing")
    reasons: list[str]
    backlog_bytes: int | None
    inbox_bytes: int
    sessions: int
    rewarding: RewardingShape | None = None
