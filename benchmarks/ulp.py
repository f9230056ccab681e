#!/usr/bin/env python3
"""Measures the largest error of Chorus's elementary functions over all float32 inputs, and checks Philox.

    pip install pyopencl numpy scipy
    scripts/with-runtimes python3 benchmarks/ulp.py                     # all functions, all 2^32 inputs
    scripts/with-runtimes python3 benchmarks/ulp.py --every 61 erf      # one of 61 inputs of one function

benchmarks/README.md states the method. The headers are read from Kernels/, so this measures what training runs.
"""

import argparse
import concurrent.futures
import datetime
import hashlib
import json
import os
import pathlib
import platform
import re
import sys
import time

import numpy as np
import pyopencl as cl
import scipy.special

KERNELS = pathlib.Path(__file__).resolve().parent.parent / "Kernels"
BLOCK = 1 << 22  # inputs of a launch
REPEATS = 64  # vectors of 16 inputs that one work-item computes
VECTOR = "vstore16({}(as_float16(bits)), i, y)"
SCALAR = "for (int j = 0; j < 16; ++j) y[16 * i + j] = {}(as_float(first + (uint)(16 * i + j) * every))"

# Name, C expression of 16 results, reference in double precision.
FUNCTIONS = {
    "exp": (VECTOR.format("exponential"), np.exp),
    "log": (VECTOR.format("logarithm16"), np.log),
    "log_scalar": (SCALAR.format("logarithm"), np.log),
    "tanh": (VECTOR.format("hyperbolic_tangent"), np.tanh),
    "erf": (VECTOR.format("error_function"), scipy.special.erf),
    "rsqrt": (VECTOR.format("reciprocal_square_root16"), lambda x: 1 / np.sqrt(x)),
    "rsqrt_scalar": (SCALAR.format("reciprocal_square_root"), lambda x: 1 / np.sqrt(x)),
    "sqrt": (VECTOR.format("square_root16"), np.sqrt),
    "sqrt_scalar": (SCALAR.format("square_root"), np.sqrt),
    "sigmoid": (VECTOR.format("sigmoid"), scipy.special.expit),
    "softplus": (VECTOR.format("softplus"), lambda x: np.logaddexp(0.0, x)),
}

# Activations of these, by their number in activation.h: only where named, as far below 0 few digits are left.
ACTIVATIONS = {
    "gelu": (3, lambda x: 0.5 * x * scipy.special.erfc(-x * np.sqrt(0.5))),
    "gelu_tanh": (4, lambda x: x * scipy.special.expit(np.sqrt(8 / np.pi) * (x + 0.044715 * x * x * x))),
    "silu": (5, lambda x: x * scipy.special.expit(x)),
}
MEASURED = FUNCTIONS | {
    name: (f"vstore16(activate({code}, as_float16(bits)), i, y)", reference)
    for name, (code, reference) in ACTIVATIONS.items()}

# Always compared, whatever --every leaves out: zeros, infinities, quiet and signalling NaNs of both signs, the
# smallest and largest denormal and normal floats, 1, and what lies beside the limits of exp.
SPECIAL = np.array(
    [0x00000000, 0x7F800000, 0x7FC00000, 0x7F800001, 0x7FFFFFFF, 0x00000001, 0x007FFFFF, 0x00800000, 0x7F7FFFFF,
     0x3F800000, 0x42B17217, 0x42B17218, 0x42AEAC50, 0x42CFF1B4, 0x42CFF1B5, 0x42D00000], np.uint32)
SPECIAL = np.concatenate([SPECIAL, SPECIAL | 0x80000000])

# Lines of Random123's kat_vectors for philox4x32-10: counter, key, block.
PHILOX_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    ((0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
     (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1)),
]


def header(name, seen):
    """The text of a header, with each header it includes in the place of its first #include."""
    def include(match):
        if match.group(1) in seen:
            return ""
        seen.add(match.group(1))
        return header(match.group(1), seen)

    text = (KERNELS / name).read_text().replace("#pragma once\n", "")
    return re.sub(r'^#include "(.*?)"$', include, text, flags=re.M)


def headers():
    seen = set()
    return "\n".join(header(name, seen) for name in ("common.h", "activation.h", "philox.h"))


def code_hash():
    """SHA-256 of the headers without comments and line ends."""
    code = " ".join(re.sub(r"//.*", "", headers()).split())
    return hashlib.sha256(code.encode()).hexdigest()


def find_device(word):
    """The first device, or the first whose name or platform contains `word`."""
    devices = [d for p in cl.get_platforms() for d in p.get_devices()]
    for device in devices:
        if word is None or word.lower() in (device.platform.name + " " + device.name).lower():
            return device
    sys.exit("ulp.py: no OpenCL device" + (f" has '{word}' in its name" if word else " was found"))


class Worst:
    """The largest error so far, how many results are not the nearest float, and the special values that differ."""

    def __init__(self):
        self.error, self.at, self.not_nearest, self.mismatches = 0.0, 0, 0, []

    def add(self, bits, got, reference):
        """Compares results with a reference in double precision.

        A result is compared by its bits where the reference is NaN, zero, infinite or rounds to an infinite float
        (every NaN is the same), or where the result is. Elsewhere the error is the distance to the exact value,
        in units of the last place of a float there: 2^-149 below the normal range.
        """
        with np.errstate(all="ignore"):
            exact = reference(bits.view(np.float32).astype(np.float64))
            nearest = exact.astype(np.float32)
            by_bits = ~np.isfinite(nearest) | (exact == 0) | ~np.isfinite(got)
            same = (nearest.view(np.uint32) == got.view(np.uint32)) | (np.isnan(nearest) & np.isnan(got))
            exponent = np.maximum(np.frexp(exact)[1], -125)
            error = np.ldexp(np.abs(got.astype(np.float64) - exact), 24 - exponent)
        error[by_bits] = 0
        worst = int(np.argmax(error))
        differ = bits[by_bits & ~same]
        not_nearest = int(np.count_nonzero(nearest != got) - np.isnan(got).sum())
        return float(error[worst]), int(bits[worst]), not_nearest, differ

    def merge(self, part):
        error, at, not_nearest, differ = part
        if error > self.error:
            self.error, self.at = error, at
        self.not_nearest += not_nearest
        self.mismatches += differ.tolist()


class Bench:
    def __init__(self, device):
        self.device, self.context = device, cl.Context([device])
        self.queue = cl.CommandQueue(self.context)
        self.pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())

    def kernel(self, source):
        return cl.Kernel(cl.Program(self.context, headers() + source).build(["-cl-std=CL1.2"]), "measure")

    def measure(self, name, every):
        """Runs a function on one of `every` floats, and on the special ones."""
        body, reference = MEASURED[name]
        kernel = self.kernel(
            "kernel void measure(global float* y, uint first, uint every) {"
            " for (int k = 0; k < %d; ++k) { const size_t i = %d * get_global_id(0) + k;"
            " const uint16 bits = first + (16 * (uint)i"
            " + (uint16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)) * every; %s; } }"
            % (REPEATS, REPEATS, body))
        y = cl.Buffer(self.context, cl.mem_flags.WRITE_ONLY, BLOCK * 4)
        got, lanes, worst = np.empty(BLOCK, np.float32), np.arange(BLOCK, dtype=np.uint64) * every, Worst()
        parts = self.pool._max_workers
        for block in range(0, -(-(1 << 32) // every), BLOCK):
            first = block * every
            count = min(BLOCK, -(-((1 << 32) - first) // every))
            kernel(self.queue, (BLOCK // 16 // REPEATS,), (1,), y, np.uint32(first), np.uint32(every))
            cl.enqueue_copy(self.queue, got, y)
            bits = (first + lanes[:count]).astype(np.uint32)
            pieces = zip(np.array_split(bits, parts * 8), np.array_split(got[:count], parts * 8))
            for part in self.pool.map(lambda p: worst.add(*p, reference), pieces):
                worst.merge(part)
        # One launch for each special value, which is the first input.
        for value in SPECIAL:
            kernel(self.queue, (1,), (1,), y, value, np.uint32(1))
            cl.enqueue_copy(self.queue, got[:1], y)
            part = worst.add(np.array([value]), got[:1], reference)
            worst.merge((part[0], part[1], 0, part[3]))
        return worst

    def check_philox(self):
        """Whether the device's words are those of a Python Philox that gives the published answers."""
        for counter, key, block in PHILOX_ANSWERS:
            if tuple(int(w) for w in philox(*counter, *key)) != block:
                return False
        kernel = self.kernel(
            "kernel void measure(global uint* y, global const uint* c, global const uint* run) {"
            " const size_t i = get_global_id(0); vstore16(philox_words(c[3 * i], c[3 * i + 1], c[3 * i + 2],"
            " run + 3 * i), i, y); }")
        random = np.random.default_rng(1).integers(0, 1 << 32, (65536, 6), dtype=np.uint32)
        known = [[*counter[:3], *key, counter[3]] for counter, key, _ in PHILOX_ANSWERS]
        rows = np.concatenate([np.array(known, np.uint32), random])
        flags = cl.mem_flags.READ_ONLY | cl.mem_flags.COPY_HOST_PTR
        columns = [np.ascontiguousarray(part) for part in (rows[:, :3], rows[:, 3:])]
        counters, runs = (cl.Buffer(self.context, flags, hostbuf=part) for part in columns)
        y = cl.Buffer(self.context, cl.mem_flags.WRITE_ONLY, len(rows) * 64)
        kernel(self.queue, (len(rows),), (1,), y, counters, runs)
        words = np.empty((len(rows), 16), np.uint32)
        cl.enqueue_copy(self.queue, words, y)
        elements = rows[:, :1] + np.arange(16, dtype=np.uint32)
        expected = philox(elements, rows[:, 1:2], rows[:, 2:3], rows[:, 5:6], rows[:, 3:4], rows[:, 4:5])[0]
        answers = [block[0] for _, _, block in PHILOX_ANSWERS]
        return bool(np.array_equal(words, expected) and words[:3, 0].tolist() == answers)


def philox(a, b, c, d, k0, k1):
    """Philox 4x32-10 of counters {a, b, c, d} under keys {k0, k1}."""
    a, b, c, d, k0, k1 = (np.asarray(v, np.uint64) for v in (a, b, c, d, k0, k1))
    low = np.uint64(0xFFFFFFFF)
    for _ in range(10):
        first, second = a * np.uint64(0xD2511F53), c * np.uint64(0xCD9E8D57)
        a, c = (second >> np.uint64(32)) ^ b ^ k0, (first >> np.uint64(32)) ^ d ^ k1
        b, d = second & low, first & low
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & low, (k1 + np.uint64(0xBB67AE85)) & low
    return a, b, c, d


def short_hex(x):
    """A float in hexadecimal, without the zeros that a double has behind it."""
    return re.sub(r"\.?0*p", "p", float(x).hex())


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return {"processor": model.group(1) if model else platform.machine(), "cores": os.cpu_count(),
            "system": platform.system() + " " + platform.release()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    names = " ".join(MEASURED) + "; default: all up to softplus"
    parser.add_argument("functions", nargs="*", metavar="FUNCTION", help=names)
    parser.add_argument("--device", help="part of the name of a device or its platform; default: the first device")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="one of N inputs (odd); default: all")
    parser.add_argument("--out", help="JSON file; default: benchmarks/results/DATE-ulp.json for a run of all inputs")
    options = parser.parse_args()
    unknown = [name for name in options.functions if name not in MEASURED]
    if unknown:
        parser.error(f"no function '{unknown[0]}'; there are {', '.join(MEASURED)}")
    if options.every < 1 or options.every % 2 == 0:
        parser.error("--every must be odd, so that the last bits of the inputs differ")

    device = find_device(options.device)
    bench, rows = Bench(device), []
    print(f"{device.name.strip()} ({device.platform.name}, {device.driver_version})")
    print(f"{'function':14}{'inputs':>12}{'max ulp':>10}  {'at':22}{'not nearest':>12}{'special':>9}{'seconds':>9}")
    for name in options.functions or FUNCTIONS:
        start = time.monotonic()
        worst = bench.measure(name, options.every)
        seconds = time.monotonic() - start
        inputs = -(-(1 << 32) // options.every)
        at = float(np.uint32(worst.at).view(np.float32))
        share = worst.not_nearest / inputs
        rows.append({
            "function": name, "inputs": inputs, "maxULP": round(worst.error, 4), "at": at, "atHex": short_hex(at),
            "notNearestShare": round(share, 7), "specialMismatches": len(worst.mismatches),
            "seconds": round(seconds, 1)})
        print(f"{name:14}{inputs:12}{worst.error:10.4f}  {short_hex(at):22}{share:12.4%}"
              f"{'ok' if not worst.mismatches else len(worst.mismatches):>9}{seconds:9.1f}", flush=True)
        for bits in worst.mismatches[:4]:
            print(f"    differs at {short_hex(np.uint32(bits).view(np.float32))} (bits {bits:08x})")
    philox_passed = bench.check_philox()
    print(f"Philox 4x32-10: {'known answers and 65,536 random blocks agree' if philox_passed else 'DIFFERS'}")

    date = datetime.datetime.now(datetime.timezone.utc)
    report = {
        "benchmark": "ulp", "date": date.strftime("%Y-%m-%dT%H:%M:%SZ"), "machine": machine(),
        "device": {"name": device.name.strip(), "platform": device.platform.name, "driver": device.driver_version,
                   "version": device.version.strip()},
        "headersSHA256": code_hash(), "every": options.every,
        "reference": f"double precision: NumPy {np.__version__}, SciPy {scipy.__version__}",
        "functions": rows,
        "specialValuesChecked": "+-0, +-infinity, NaN (quiet, signalling, both signs), smallest and largest denormal, "
        "smallest normal, largest float, +-1, the floats beside exp's limits; and every input whose result is zero, "
        "infinite or NaN: compared by bits",
        "philoxKnownAnswers": philox_passed,
    }
    out = options.out
    if out is None and options.every == 1:
        out = KERNELS.parent / "benchmarks" / "results" / f"{date:%Y-%m-%d}-ulp.json"
    if out is not None:
        pathlib.Path(out).write_text(json.dumps(report, indent=2) + "\n")
        print(f"written: {out}")
    return 0 if philox_passed and not any(row["specialMismatches"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
