"""Real services for the tests, from packages, without root and without a trace afterwards."""
