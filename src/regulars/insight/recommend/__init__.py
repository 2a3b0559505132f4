"""What to offer, person by person: supply and demand matched on what was bought and when.

    bought      order lines as of a day → who bought which good on which day, and the goods
    knowledge   what the shop knows of its goods: sales, price bands, gaps, followers, companions
    history     what each person bought, as of the person's own moment
    candidates  a few dozen goods for each person, each with the measures that speak for it
    blend       the weights of the measures, learnt from earlier baskets
    ranking     the best of each person, each with its reason
    words       the reason in words
    judge       how well it would have foretold the last baskets

All but `bought` and the two ends (`blend`, `judge`) are Ibis expressions that run on DuckDB and on
Spark alike. What is summed are whole numbers (`fixed`), so that the same lines give the same sums,
in whatever order an engine adds them.
"""
