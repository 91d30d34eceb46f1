"""Which cells are searched for a shape (`geohash_helper.c`, `geo.c`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from redproof_model.geo.geodesy import Metric
from redproof_model.geo.geohash import FINEST_STEP, Area, Cell, decode, encode, neighbour
from redproof_model.geo.shapes import Shape

_MERCATOR_MAX_M: Final = 20037726.37
_NEIGHBOURS: Final = ((0, 0), (0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Steps to the east and to the north, in the order in which the cells are searched (`geo.c` membersOfAllNeighbors)."""


def covering(metric: Metric, shape: Shape) -> Iterator[Cell]:
    """The cells to search, in order.

    Sources: `geohash_helper.c` geohashCalculateAreasByShapeWGS84 and `geo.c` membersOfAllNeighbors. Very large
    shapes, and those about the poles or the 180th meridian, may not be covered, as in Redis.
    """
    bounds = shape.bounds(metric)
    longitude, latitude = shape.centre
    step = _step(shape.reach_m(metric), latitude)
    centre = encode(longitude, latitude, step)
    enough = _within_neighbours(centre, bounds) if metric.bounds_toward_pole else _out_of_reach(metric, centre, shape)
    if step > 1 and not enough:
        step -= 1
        centre = encode(longitude, latitude, step)
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
    (x, y), far = shape.centre, _far_edges(centre)
    edges = ((x, far.north), (x, far.south), (far.east, y), (far.west, y))
    return all(metric.distance_m(x, y, *edge) >= shape.reach_m(metric) for edge in edges)


def _useless(area: Area, bounds: Area, eastward: int, northward: int) -> bool:
    """Whether a neighbour is out of the bounds, as the cell in the middle reaches over them on that side."""
    return (
        (northward < 0 and area.south < bounds.south)
        or (northward > 0 and area.north > bounds.north)
        or (eastward < 0 and area.west < bounds.west)
        or (eastward > 0 and area.east > bounds.east)
    )
