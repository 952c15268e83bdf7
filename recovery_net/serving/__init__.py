"""Serving: migrate, say where it is, run the jobs beside, and leave in order.

Alone a process does all of that. Of several (`./run --workers`, deploy/), one prepares, and each worker only serves.
"""
