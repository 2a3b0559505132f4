"""What the shop owes: points, coupons, red envelopes, gifts, tiers, badges, incentives."""
