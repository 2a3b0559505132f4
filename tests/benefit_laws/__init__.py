"""The laws of benefits, gone through with the journal in hand.

Nothing here asks the program what is right: from what clients asked and were told, in the journal's
order, it is counted anew what everybody must have.
"""
