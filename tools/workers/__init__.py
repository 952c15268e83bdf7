"""`./run --workers N`: the scaled shape on one machine, started in order, looked after, and ended in order."""
