"""Writes arrays.json: NPY files of every type, byte order, order of storage and version, with what NumPy reads in them."""

import io
import json

import numpy as np
from numpy.lib import format

NUMBERS = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]


def bytes_of(array, version=None):
    file = io.BytesIO()
    format.write_array(file, array, version=version)
    return file.getvalue()


def table(kind):
    """Three rows of two numbers, among them the ends of what the type holds, as far as doubles hold them."""
    if kind[0] == "f":
        ends = np.finfo(kind)
        return np.array([[1.5, -2], [ends.max, ends.smallest_subnormal], [-1 / 3, 0]], dtype=kind)
    ends = np.iinfo(kind)
    low, high = max(ends.min, -(2**53)), min(ends.max, 2**53)
    return np.array([[1, 2], [low, high], [7, 0]], dtype=kind)


def case(name, array, version=None):
    read = np.load(io.BytesIO(bytes_of(array, version)))
    rows = [[float(x) for x in np.atleast_1d(row)] for row in read]
    return {"name": name, "file": bytes_of(array, version).hex(), "rows": rows}


def refused(name, array, words):
    file = io.BytesIO()
    format.write_array(file, array, allow_pickle=True)
    return {"name": name, "file": file.getvalue().hex(), "refused": words}


cases = []
for kind in NUMBERS:
    for order in "<>":
        array = table(kind).astype(order + kind)
        cases.append(case(f"{order}{kind} by row", array))
        cases.append(case(f"{order}{kind} by column", np.asfortranarray(array)))
cases.append(case("truth values", np.array([[True, False], [False, False]])))
cases.append(case("a line", np.array([3.5, -1, 2])))
cases.append(case("one number", np.array([[2.5]])))
cases.append(case("every other row", np.arange(12.0).reshape(6, 2)[::2]))
for version in [(1, 0), (2, 0), (3, 0)]:
    cases.append(case(f"version {version[0]}", table("f8"), version))

cases.append(refused("complex", np.array([1j]), "complex numbers"))
cases.append(refused("objects", np.array([{}], dtype=object), "Python objects"))
cases.append(refused("bytes", np.array([b"a"]), "text"))
cases.append(refused("text", np.array(["a"]), "text"))
cases.append(refused("records", np.zeros(1, dtype=[("a", "<f8"), ("b", "<i4")]), "records"))
cases.append(refused("voids", np.zeros(1, dtype="V3"), "records"))
cases.append(refused("dates", np.array(["2020-01-01"], dtype="M8[D]"), "times"))
cases.append(refused("durations", np.array([1], dtype="m8[s]"), "times"))
cases.append(refused("long doubles", np.array([1], dtype=np.longdouble), "floats of more than 8 bytes"))
cases.append(refused("a number alone", np.array(1.0), "0 dimensions"))
cases.append(refused("three dimensions", np.zeros((1, 1, 1)), "3 dimensions"))
cases.append(refused("no rows", np.zeros((0, 2)), "nothing in it"))
cases.append(refused("beyond doubles", np.array([2**53 + 1], dtype="<i8"), "beyond 2^53"))
cases.append(refused("far beyond doubles", np.array([2**64 - 1], dtype=">u8"), "beyond 2^53"))

with open("arrays.json", "w") as file:
    lines = ",\n".join(json.dumps(case) for case in cases)
    file.write('{"numpy": "%s", "arrays": [\n%s\n]}\n' % (np.__version__, lines))
