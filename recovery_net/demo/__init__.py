"""`./run --demo`: an instance with people, rooms, a week of talk and a list of meetings, all of it made up."""

from recovery_net.demo.filling import fill

__all__ = ["fill"]
