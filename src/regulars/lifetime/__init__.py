"""What comes next: arrays in, arrays out. Knows no table, no engine and no clock.

`gaps` turns purchase days into gaps, `survival` draws the plain curve, `cure_mixture` fits the law
of a gap where many never return, and `cycle` gives each customer its repurchase cycle.
"""
