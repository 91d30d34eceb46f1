"""Distances on a sphere, the shapes of searches, and the cells that cover them (`geohash_helper.c`).

Computed in doubles, in the order in which Redis does, with the C library's sine, cosine and arc sine: results are
the same to the last bit as long as server and model use the same library or ones that round alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import asin, cos, isfinite, nan, pi, sin, sqrt
from typing import Final

from redproof_model.geohash import FINEST_STEP, Area, Cell, decode, encode, neighbour

EARTH_RADIUS_M: Final = 6372797.560856

_DEGREE: Final = pi / 180.0
_MERCATOR_MAX_M: Final = 20037726.37
_NEIGHBOURS: Final = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Steps to the east and to the north, in the order in which the cells are searched (`geo.c` membersOfAllNeighbors)."""


@dataclass(frozen=True, slots=True)
class Metric:
    """How a version measures: up a meridian by the latitudes alone, and bounds by the parallel nearest to a pole."""

    plain_meridians: bool
    bounds_toward_pole: bool

    def distance_m(self, longitude: float, latitude: float, other_longitude: float, other_latitude: float) -> float:
        """The great circle between two points, in metres, by the haversine (`geohash_helper.c` geohashGetDistance)."""
        v = sin((other_longitude * _DEGREE - longitude * _DEGREE) / 2)
        if v == 0 and self.plain_meridians:
            return EARTH_RADIUS_M * abs(other_latitude * _DEGREE - latitude * _DEGREE)
        phi, other_phi = latitude * _DEGREE, other_latitude * _DEGREE
        u = sin((other_phi - phi) / 2)
        # At most one rounding over 1, of which the root is 1.
        return 2.0 * EARTH_RADIUS_M * asin(sqrt(u * u + cos(phi) * cos(other_phi) * v * v))


@dataclass(frozen=True, slots=True)
class Shape:
    """A circle or a box around a centre in degrees; sizes are in a unit of `unit_m` metres.

    A circle has its radius for `half_width` and `half_height`. `reach` is how far its farthest point is.
    """

    longitude: float
    latitude: float
    half_width: float
    half_height: float
    reach: float
    unit_m: float
    is_box: bool

    def distance_m(self, metric: Metric, longitude: float, latitude: float) -> float | None:
        """How far a point is from the centre, in metres, or None if it is not in the shape (`geo.c` geoWithinShape)."""
        if self.is_box and not self._spans(metric, longitude, latitude):
            return None
        distance_m = metric.distance_m(self.longitude, self.latitude, longitude, latitude)
        return distance_m if self.is_box or distance_m <= self.reach * self.unit_m else None

    def _spans(self, metric: Metric, longitude: float, latitude: float) -> bool:
        """Whether a box reaches that far to each side (`geohash_helper.c` geohashGetDistanceIfInRectangle)."""
        height_m = metric.distance_m(longitude, latitude, longitude, self.latitude)
        width_m = metric.distance_m(longitude, latitude, self.longitude, latitude)
        # Whole sides are what the server multiplies.
        return height_m <= 2 * self.half_height * self.unit_m / 2 and width_m <= 2 * self.half_width * self.unit_m / 2


def circle(longitude: float, latitude: float, radius: float, unit_m: float) -> Shape:
    """All that is no farther than `radius` units."""
    return Shape(longitude, latitude, radius, radius, radius, unit_m, is_box=False)


def box(longitude: float, latitude: float, width: float, height: float, unit_m: float) -> Shape:
    """A box with sides along the meridians and the parallels."""
    half_width, half_height = width / 2, height / 2
    reach = sqrt(half_width * half_width + half_height * half_height)
    return Shape(longitude, latitude, half_width, half_height, reach, unit_m, is_box=True)


def covering(metric: Metric, shape: Shape) -> Iterator[Cell]:
    """The cells to search, in order.

    Sources: `geohash_helper.c` geohashCalculateAreasByShapeWGS84 and `geo.c` membersOfAllNeighbors. Very large
    shapes, and those about the poles or the 180th meridian, may not be covered, as in Redis.
    """
    bounds = _bounds(metric, shape)
    step = _step(shape.reach * shape.unit_m, shape.latitude)
    centre = encode(shape.longitude, shape.latitude, step)
    enough = _within_neighbours(centre, bounds) if metric.bounds_toward_pole else _out_of_reach(metric, centre, shape)
    if step > 1 and not enough:
        step -= 1
        centre = encode(shape.longitude, shape.latitude, step)
    area = decode(centre)
    last: Cell | None = None
    for eastward, northward in _NEIGHBOURS:
        if step >= 2 and _useless(area, bounds, eastward, northward):
            continue
        cell = neighbour(centre, eastward, northward)
        if cell != last:
            yield cell
        # Two neighbours may be one cell when the world has few; the centre is not compared with.
        last = cell if (eastward, northward) != (0, 0) else None


def _bounds(metric: Metric, shape: Shape) -> Area:
    """The bounding box of a shape; too narrow for large ones (`geohash_helper.c` geohashBoundingBox)."""
    latitudes = shape.unit_m * shape.half_height / EARTH_RADIUS_M / _DEGREE
    parallel = shape.latitude
    if metric.bounds_toward_pole:
        parallel += -latitudes if shape.latitude < 0 else latitudes
    longitudes = shape.unit_m * shape.half_width / EARTH_RADIUS_M / _cosine(parallel * _DEGREE) / _DEGREE
    return Area(
        shape.longitude - longitudes,
        shape.longitude + longitudes,
        shape.latitude - latitudes,
        shape.latitude + latitudes,
    )


def _cosine(angle: float) -> float:
    return cos(angle) if isfinite(angle) else nan


def _step(reach_m: float, latitude: float) -> int:
    """So fine that a cell and its neighbours are just large enough (geohashEstimateStepsByRadius)."""
    if reach_m == 0:
        return FINEST_STEP
    step = -1
    while reach_m < _MERCATOR_MAX_M:
        reach_m *= 2
        step += 1
    step -= (abs(latitude) > 66) + (abs(latitude) > 80)
    return min(max(step, 1), FINEST_STEP)


def _far_edges(centre: Cell) -> Area:
    """The edges of the neighbours on the four sides that are farthest from the centre."""
    return Area(
        west=decode(neighbour(centre, -1, 0)).west,
        east=decode(neighbour(centre, 1, 0)).east,
        south=decode(neighbour(centre, 0, -1)).south,
        north=decode(neighbour(centre, 0, 1)).north,
    )


def _within_neighbours(centre: Cell, bounds: Area) -> bool:
    """Whether the neighbours reach the bounds; so they do where a bound is no number."""
    far = _far_edges(centre)
    return not (
        far.north < bounds.north or far.south > bounds.south or far.east < bounds.east or far.west > bounds.west
    )


def _out_of_reach(metric: Metric, centre: Cell, shape: Shape) -> bool:
    """Whether all edges of the neighbours are as far as the shape reaches (geohashGetAreasByRadius, until 6.0)."""
    x, y, far = shape.longitude, shape.latitude, _far_edges(centre)
    edges = ((x, far.north), (x, far.south), (far.east, y), (far.west, y))
    return all(metric.distance_m(x, y, *edge) >= shape.reach * shape.unit_m for edge in edges)


def _useless(area: Area, bounds: Area, eastward: int, northward: int) -> bool:
    """Whether a neighbour is out of the bounds, as the cell in the middle reaches over them on that side."""
    return (
        (northward < 0 and area.south < bounds.south)
        or (northward > 0 and area.north > bounds.north)
        or (eastward < 0 and area.west < bounds.west)
        or (eastward > 0 and area.east > bounds.east)
    )
