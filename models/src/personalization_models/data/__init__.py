"""What models learn from: transactions, events, the catalogue, and the inputs made of them."""
