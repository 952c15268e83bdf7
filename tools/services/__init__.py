"""Real services from packages, without root: a PostgreSQL and a Valkey for `./run --workers` and for the tests."""
