"""Colour profiles of the spaces that a file names by code points, or by gamma and chromaticities.

A profile of a matrix and three curves (https://www.color.org/specification/ICC.1-2022-05.pdf, 8.3)
is 400 bytes, or some kilobytes for HDR, and Little CMS does the rest.
"""

import struct
from collections.abc import Callable
from functools import cache

Matrix = tuple[tuple[float, float, float], ...]
Chromaticity = tuple[float, float]
Primaries = tuple[Chromaticity, Chromaticity, Chromaticity, Chromaticity]  # white, red, green, blue

D65 = (0.3127, 0.3290)
ILLUMINANT_C = (0.310, 0.316)
DCI_WHITE = (0.314, 0.351)
SRGB_PRIMARIES = (D65, (0.640, 0.330), (0.300, 0.600), (0.150, 0.060))

# ITU-T H.273, table 2.
PRIMARIES: dict[int, Primaries] = {
    1: SRGB_PRIMARIES,
    4: (ILLUMINANT_C, (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
    5: (D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: (D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: (D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    8: (ILLUMINANT_C, (0.681, 0.319), (0.243, 0.692), (0.145, 0.049)),  # film
    9: (D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020
    10: ((1 / 3, 1 / 3), (1.0, 0.0), (0.0, 1.0), (0.0, 0.0)),  # XYZ
    11: (DCI_WHITE, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: (D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
    22: (D65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}

# A curve as the profile has it: the type of a parametric one and its numbers (10.18).
GAMMA, PIECEWISE = 0, 3
Curve = tuple[int, tuple[float, ...]]
SRGB_CURVE: Curve = (PIECEWISE, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
# A screen's (ITU-R BT.1886), as in Chromium. H.273 has a camera's, which makes pictures pale.
TELEVISION_CURVE: Curve = (GAMMA, (2.4,))
SMPTE_240M_CURVE: Curve = (PIECEWISE, (1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 1 / 4, 0.0912))
CINEMA_CURVE: Curve = (PIECEWISE, (2.6, (52.37 / 48) ** (1 / 2.6), 0.0, 0.0, 0.0))

# ITU-T H.273, table 3, without the logarithmic ones.
CURVES: dict[int, Curve] = {
    1: TELEVISION_CURVE,
    4: (GAMMA, (2.2,)),
    5: (GAMMA, (2.8,)),
    6: TELEVISION_CURVE,
    7: SMPTE_240M_CURVE,
    8: (GAMMA, (1.0,)),
    11: TELEVISION_CURVE,
    13: SRGB_CURVE,
    14: TELEVISION_CURVE,
    15: TELEVISION_CURVE,
    17: CINEMA_CURVE,
}
PQ, HLG = 16, 18
SRGB_CODES = (1, 13)
USUAL_GAMMAS = range(43_182, 47_728)  # 1 / 2.2, by 5 %
TABLE_LENGTH = 4096

# HDR, in nits: white as it is meant (ITU-R BT.2408), and the brightest that is still told apart.
# Brighter ones are rare, and Chromium assumes the same of a picture that doesn't say.
REFERENCE_WHITE = 203.0
BRIGHTEST = 1000.0
HLG_SYSTEM_GAMMA = 1.2  # of a screen with 1000 nits (ITU-R BT.2100, table 5)

# From any white to D50, the white of profiles: Bradford's cone responses (annex E).
D50 = (0.9642, 1.0, 0.8249)
NEARLY_ZERO = 1e-9
BRADFORD: Matrix = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)


def coded_profile(cicp: bytes) -> bytes | None:
    """The profile of a colour space by its code points; nothing for sRGB, None for unknown ones.

    A PNG has RGB, so the matrix must be 0. Narrow range is left to video.
    """
    primaries, transfer, matrix, full_range = cicp
    if matrix != 0 or full_range != 1 or primaries not in PRIMARIES:
        return None
    if (primaries, transfer) == SRGB_CODES:
        return b""
    if transfer in HDR_LIGHT:
        return _profile(PRIMARIES[primaries], _hdr_table(transfer))
    if transfer not in CURVES:
        return None
    return _profile(PRIMARIES[primaries], _parametric(CURVES[transfer]))


def gamma_profile(gamma: int, chromaticities: tuple[int, ...]) -> bytes:
    """The profile of a PNG's gAMA and cHRM; nothing for sRGB.

    As in Chromium, a usual gamma alone, a cHRM alone and an impossible cHRM mean sRGB, too.
    """
    if gamma == 0 or (gamma in USUAL_GAMMAS and not chromaticities):
        return b""
    curve = _parametric((GAMMA, (100_000 / gamma,)))
    if not chromaticities:
        return _profile(SRGB_PRIMARIES, curve)
    parts = [value / 100_000 for value in chromaticities]
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    try:
        return _profile((pairs[0], pairs[1], pairs[2], pairs[3]), curve) if max(parts) <= 1 else b""
    except (ZeroDivisionError, struct.error):
        return b""  # three colours on one line, or a white of no brightness


def _profile(primaries: Primaries, curve: bytes) -> bytes:
    """A profile for RGB. All three colours have the same curve."""
    columns = list(zip(*_to_d50(primaries), strict=True))
    white = _xyz(D50)
    contents = [white, *map(_xyz, columns), curve]
    names = ((b"wtpt", 0), (b"rXYZ", 1), (b"gXYZ", 2), (b"bXYZ", 3))
    curves = ((b"rTRC", 4), (b"gTRC", 4), (b"bTRC", 4))
    tags = (*names, *curves)
    start = 128 + 4 + 12 * len(tags)
    offsets = [start + 20 * number for number in range(len(contents))]
    table = b"".join(
        struct.pack(">4sII", name, offsets[number], len(contents[number])) for name, number in tags
    )
    body = struct.pack(">I", len(tags)) + table + b"".join(contents)
    return _header(128 + len(body)) + body


def _header(length: int) -> bytes:
    """A profile's header (7.2): version 4, for a display, from RGB to XYZ."""
    return (
        struct.pack(">I4xI4s4s4s12x4s28x", length, 0x04000000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
        + struct.pack(">3i", *map(_fixed, D50))
    ).ljust(128, b"\0")


def _fixed(value: float) -> int:
    return round(value * 65536)


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *map(_fixed, values))


def _parametric(curve: Curve) -> bytes:
    kind, numbers = curve
    return struct.pack(f">4s4xH2x{len(numbers)}i", b"para", kind, *map(_fixed, numbers))


@cache
def _hdr_table(transfer: int) -> bytes:
    """A curve from coded values to light, with all that is brighter than white brought below it."""
    light = HDR_LIGHT[transfer]
    shown = (_in_range(light(index / (TABLE_LENGTH - 1))) for index in range(TABLE_LENGTH))
    values = [round(min(1.0, value) * 65535) for value in shown]
    return struct.pack(f">4s4xI{TABLE_LENGTH}H", b"curv", TABLE_LENGTH, *values)


def _in_range(nits: float) -> float:
    """Reinhard's curve, with the brightest at 1."""
    relative, most = nits / REFERENCE_WHITE, BRIGHTEST / REFERENCE_WHITE
    return relative * (1 + relative / most**2) / (1 + relative)


def _pq_light(value: float) -> float:
    """Nits of a value in PQ (SMPTE ST 2084)."""
    power = value ** (1 / 78.84375)
    part = max(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
    return float(10_000 * part ** (1 / 0.1593017578125))


def _hlg_light(value: float) -> float:
    """Nits of a value in HLG (ITU-R BT.2100), of a grey."""
    if value <= 0.5:
        scene = value**2 / 3
    else:
        scene = (2.718281828459045 ** ((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return float(BRIGHTEST * scene**HLG_SYSTEM_GAMMA)


HDR_LIGHT: dict[int, Callable[[float], float]] = {PQ: _pq_light, HLG: _hlg_light}


def _to_d50(primaries: Primaries) -> Matrix:
    """The matrix from linear RGB to XYZ under D50."""
    white = _xyz_of(primaries[0])
    by_colour = _transposed(tuple((x, y, 1 - x - y) for x, y in primaries[1:]))
    amounts = _times(_inverse(by_colour), white)
    to_xyz = tuple(
        (row[0] * amounts[0], row[1] * amounts[1], row[2] * amounts[2]) for row in by_colour
    )
    return _product(_adaptation(white), to_xyz)


def _adaptation(white: tuple[float, float, float]) -> Matrix:
    """The matrix from XYZ under a white to XYZ under D50."""
    here, there = _times(BRADFORD, white), _times(BRADFORD, D50)
    scaled = tuple(
        (there[n] / here[n] * row[0], there[n] / here[n] * row[1], there[n] / here[n] * row[2])
        for n, row in enumerate(BRADFORD)
    )
    return _product(_inverse(BRADFORD), scaled)


def _xyz_of(chromaticity: Chromaticity) -> tuple[float, float, float]:
    x, y = chromaticity
    return (x / y, 1.0, (1 - x - y) / y)


def _times(matrix: Matrix, vector: tuple[float, float, float]) -> tuple[float, float, float]:
    x, y, z = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return (x, y, z)


def _transposed(matrix: Matrix) -> Matrix:
    return tuple(zip(*matrix, strict=True))


def _product(one: Matrix, other: Matrix) -> Matrix:
    columns = _transposed(other)
    return _transposed(tuple(_times(one, column) for column in columns))


def _inverse(matrix: Matrix) -> Matrix:
    """Cramer's rule.

    Raises:
        ZeroDivisionError: It has none.
    """
    one, two, three = _transposed(matrix)
    rows = (_cross(two, three), _cross(three, one), _cross(one, two))
    determinant = sum(a * b for a, b in zip(one, rows[0], strict=True))
    if abs(determinant) < NEARLY_ZERO:
        raise ZeroDivisionError
    return tuple((a / determinant, b / determinant, c / determinant) for a, b, c in rows)


def _cross(
    one: tuple[float, float, float], other: tuple[float, float, float]
) -> tuple[float, float, float]:
    (a, b, c), (d, e, f) = one, other
    return (b * f - c * e, c * d - a * f, a * e - b * d)
