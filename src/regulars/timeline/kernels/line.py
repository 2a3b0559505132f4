"""When each customer came in, by which source, and what they did from then on."""

from __future__ import annotations

import numpy as np

from regulars.timeline.kernel import kernel


@kernel
def came_in(starts, at, day, mask, touch, net, came, bought, active, horizon, patience):  # type: ignore[no-untyped-def]
    """Of each customer, the first entry that counts as coming in, and what follows it.

    Args:
        starts: where each customer's rows begin, and the number of rows.
        at: of each row, in microseconds, rising within a customer.
        day: of each row, in the shop's calendar.
        mask: of each row: what it is.
        touch: of each row: the number of the source it tells, -1 for none.
        net: of each row: what an order brought in, else 0.
        came: the bit of the mask with which one comes in.
        bought: that of an order.
        active: that of whatever the customer did.
        horizon: days after the day of coming in up to which entries count; -1 for no bound.
        patience: days after the day of coming in within which another active day is a return.

    Returns:
        Of each customer: the row of coming in, -1 if there is none; whether something was bought at
        an earlier instant; the source of the first second that tells one (of several, that with the
        lowest number), -1 if none does; the masks within the horizon put together; whether they
        were active again; what their orders within the horizon brought in. And of each row, its
        mask, 0 beyond the horizon.
    """
    customers = len(starts) - 1
    entry = np.full(customers, -1, np.int64)
    before = np.zeros(customers, np.bool_)
    source = np.full(customers, -1, np.int64)
    did = np.zeros(customers, np.int64)
    back = np.zeros(customers, np.bool_)
    amount = np.zeros(customers, np.int64)
    kept = np.zeros(len(mask), mask.dtype)
    for c in range(customers):
        second = -1
        for r in range(starts[c], starts[c + 1]):
            if entry[c] < 0 and mask[r] & came:
                entry[c] = r
            if touch[r] >= 0:
                if source[c] < 0:
                    second = at[r] // 1_000_000
                    source[c] = touch[r]
                elif at[r] // 1_000_000 == second and touch[r] < source[c]:
                    source[c] = touch[r]
        first = entry[c]
        if first < 0:
            continue
        for r in range(starts[c], starts[c + 1]):
            if at[r] < at[first]:
                before[c] = before[c] or (mask[r] & bought) != 0
                continue
            since = day[r] - day[first]
            if horizon < 0 or since <= horizon:
                kept[r] = mask[r]
                did[c] |= mask[r]
                amount[c] += net[r]
            if 0 < since <= patience and mask[r] & active:
                back[c] = True
    return entry, before, source, did, back, amount, kept
