"""From somebody's file to listings. Pure: no database, no clock, no network.

`sources.read` turns bytes into rows, `normalise.normalise` turns rows into listings, refusals and repairs.
"""
