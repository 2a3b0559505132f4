"""Attribution: which sources were there before an order, by eight ways of dividing the credit."""
