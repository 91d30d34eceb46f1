"""The shapes of searches for positions: circles, boxes and polygons (`geohash.h` GeoShape, `geohash_helper.c`)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import atan2, cos, sin, sqrt
from typing import Protocol, TypeAlias

from redproof_model.geo.geodesy import DEGREE, Metric
from redproof_model.geo.geohash import Area

Position: TypeAlias = tuple[float, float]
"""Longitude and latitude in degrees."""


class Shape(Protocol):
    """What can be searched; its sizes are in a unit of `unit_m` metres."""

    @property
    def centre(self) -> Position:
        """Where distances are measured from."""

    @property
    def unit_m(self) -> float:
        """The unit in which distances are told."""

    def reach_m(self, metric: Metric) -> float:
        """How far its farthest point is from the centre."""

    def bounds(self, metric: Metric) -> Area:
        """Its bounding box."""

    def distance_m(self, metric: Metric, place: Position) -> float | None:
        """How far a place is from the centre, None if it is not within (`geo.c` geoWithinShape)."""


@dataclass(frozen=True, slots=True)
class Circle:
    """All that is no farther than a radius."""

    centre: Position
    radius: float
    unit_m: float

    def reach_m(self, metric: Metric) -> float:
        return self.radius * self.unit_m

    def bounds(self, metric: Metric) -> Area:
        return metric.bounds(*self.centre, self.unit_m * self.radius, self.unit_m * self.radius)

    def distance_m(self, metric: Metric, place: Position) -> float | None:
        distance_m = metric.distance_m(*self.centre, *place)
        return distance_m if distance_m <= self.radius * self.unit_m else None


@dataclass(frozen=True, slots=True)
class Box:
    """A box with sides along the meridians and the parallels."""

    centre: Position
    width: float
    height: float
    unit_m: float

    def reach_m(self, metric: Metric) -> float:
        return sqrt((self.width / 2) * (self.width / 2) + (self.height / 2) * (self.height / 2)) * self.unit_m

    def bounds(self, metric: Metric) -> Area:
        return metric.bounds(*self.centre, self.unit_m * (self.width / 2), self.unit_m * (self.height / 2))

    def distance_m(self, metric: Metric, place: Position) -> float | None:
        """Width and height are looked at apart (`geohash_helper.c` geohashGetDistanceIfInRectangle)."""
        longitude, latitude = place
        if metric.height_m(longitude, latitude, self.centre[1]) > self.height * self.unit_m / 2:
            return None
        if metric.distance_m(longitude, latitude, self.centre[0], latitude) > self.width * self.unit_m / 2:
            return None
        return metric.distance_m(*self.centre, *place)


@dataclass(frozen=True, slots=True)
class Polygon:
    """A polygon on the map, in which the degrees of longitude and latitude are straight."""

    vertices: tuple[Position, ...]
    unit_m: float = 1.0

    @property
    def centre(self) -> Position:
        """The mean of the vertices as vectors (`geohash_helper.c` geohashBoundingBox)."""
        x = y = z = 0.0
        for longitude, latitude in self.vertices:
            x += cos(latitude * DEGREE) * cos(longitude * DEGREE)
            y += cos(latitude * DEGREE) * sin(longitude * DEGREE)
            z += sin(latitude * DEGREE)
        return atan2(y, x) / DEGREE, atan2(z, sqrt(x * x + y * y)) / DEGREE

    def reach_m(self, metric: Metric) -> float:
        bounds = self.bounds(metric)
        corners = [(x, y) for x in (bounds.west, bounds.east) for y in (bounds.south, bounds.north)]
        return max(metric.distance_m(*self.centre, *corner) for corner in corners)

    def bounds(self, metric: Metric) -> Area:
        longitudes, latitudes = zip(*self.vertices, strict=True)
        return Area(min(longitudes), max(longitudes), min(latitudes), max(latitudes))

    def distance_m(self, metric: Metric, place: Position) -> float | None:
        """A ray to the east crosses the edges an odd number of times (geohashGetDistanceIfInPolygon)."""
        x, y = place
        crossings = 0
        for (before_x, before_y), (at_x, at_y) in pairwise((self.vertices[-1], *self.vertices)):
            if (at_y > y) != (before_y > y):
                crossings += x < (before_x - at_x) * (y - at_y) / (before_y - at_y) + at_x
        return metric.distance_m(*self.centre, *place) if crossings % 2 else None
