"""Distances, in SQL and out of it."""

import math

from sqlalchemy import ColumnElement, and_, or_

from recovery_net.meetings.models import Meeting

Point = tuple[float, float]  # latitude, longitude

_KM_A_DEGREE = 111.195  # of latitude
_TURNS = (-360, 0, 360)  # the other side of the date line is near, too


def within(near: Point, km: float) -> ColumnElement[bool]:
    """Meetings in a circle, without trigonometry in SQL: flat, the meridians drawn together; off by at most 0.1 %."""
    latitude, longitude = near
    reach = km / _KM_A_DEGREE
    narrowest = math.cos(math.radians(min(89.5, abs(latitude) + reach)))
    wide = min(180.0, reach / narrowest)
    slope = math.sin(math.radians(latitude)) * math.radians(1) / 2
    north = Meeting.latitude - latitude
    circles = []
    for turned in (longitude + turn for turn in _TURNS if abs(longitude + turn) - wide <= 180):
        east = (Meeting.longitude - turned) * (math.cos(math.radians(latitude)) - north * slope)
        box = Meeting.longitude.between(turned - wide, turned + wide)
        circles.append(and_(box, north * north + east * east <= reach * reach))
    return and_(Meeting.latitude.between(latitude - reach, latitude + reach), or_(*circles))


def distance(here: Point, there: Point) -> float:
    """Kilometres along the ground."""
    lat_a, lon_a, lat_b, lon_b = (math.radians(degrees) for degrees in (*here, *there))
    chord = math.sin((lat_b - lat_a) / 2) ** 2
    chord += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371.0 * math.asin(min(1.0, math.sqrt(chord)))
