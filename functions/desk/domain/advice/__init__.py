"""How many attendants it takes: days of one kind of request, simulated in a few milliseconds."""
