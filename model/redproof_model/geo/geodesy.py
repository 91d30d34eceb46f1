"""Distances on a sphere (`geohash_helper.c`).

Computed in doubles, in the order in which Redis does, with the C library's sine, cosine and arc sine: results are
the same to the last bit as long as server and model use the same library or ones that round alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, isfinite, nan, pi, sin, sqrt
from typing import Final

from redproof_model.geo.geohash import Area

EARTH_RADIUS_M: Final = 6372797.560856
DEGREE: Final = pi / 180.0


@dataclass(frozen=True, slots=True)
class Metric:
    """How a version measures.

    Two points are on one meridian, and as far apart as their latitudes are, if the sine of half the difference of
    their longitudes is no more than `meridian_width`; None if it always takes the haversine. With
    `bounds_toward_pole` the bounding box of a shape is as wide as on the shape's side toward a pole.
    """

    meridian_width: float | None
    bounds_toward_pole: bool

    def distance_m(self, longitude: float, latitude: float, other_longitude: float, other_latitude: float) -> float:
        """The great circle between two points, in metres, by the haversine (`geohash_helper.c` geohashGetDistance)."""
        v = sin((other_longitude * DEGREE - longitude * DEGREE) / 2)
        if self.meridian_width is not None and abs(v) <= self.meridian_width:
            return EARTH_RADIUS_M * abs(other_latitude * DEGREE - latitude * DEGREE)
        phi, other_phi = latitude * DEGREE, other_latitude * DEGREE
        u = sin((other_phi - phi) / 2)
        # At most one rounding over 1, of which the root is 1.
        return 2.0 * EARTH_RADIUS_M * asin(sqrt(u * u + cos(phi) * cos(other_phi) * v * v))

    def height_m(self, longitude: float, latitude: float, other_latitude: float) -> float:
        """How far two latitudes are apart, in metres (`geohash_helper.c` geohashGetLatDistance)."""
        return self.distance_m(longitude, latitude, longitude, other_latitude)

    def bounds(self, longitude: float, latitude: float, half_width_m: float, half_height_m: float) -> Area:
        """The bounding box of a circle or a box; too narrow if it is large (`geohash_helper.c` geohashBoundingBox)."""
        latitudes = half_height_m / EARTH_RADIUS_M / DEGREE
        parallel = latitude
        if self.bounds_toward_pole:
            parallel += -latitudes if latitude < 0 else latitudes
        longitudes = half_width_m / EARTH_RADIUS_M / _cosine(parallel * DEGREE) / DEGREE
        return Area(longitude - longitudes, longitude + longitudes, latitude - latitudes, latitude + latitudes)


def _cosine(angle: float) -> float:
    return cos(angle) if isfinite(angle) else nan
