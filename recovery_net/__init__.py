"""Recovery Net: support groups that talk live, meetings, and a personal recovery network."""

__version__ = "0.1.0"
