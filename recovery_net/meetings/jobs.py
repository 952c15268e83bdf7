"""Scheduled work of the meetings."""
