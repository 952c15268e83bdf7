"""Times of day, as people ask for them."""

from datetime import time

from recovery_net.core.i18n import N_

# From the first hour to the one before the next band, in the reader's zone.
BANDS = {"morning": (4, 11), "midday": (11, 17), "evening": (17, 21), "night": (21, 4)}
LABELS = {"morning": N_("morning"), "midday": N_("midday"), "evening": N_("evening"), "night": N_("night")}


def name_of(start: time) -> str:
    """The band a time lies in."""
    return next((name for name, (first, end) in BANDS.items() if first <= start.hour < end), "night")
