#!/usr/bin/env python3
"""Whether launches recorded in a command buffer (cl_khr_command_buffer) cost less than launches that are enqueued.

    pip install pyopencl numpy
    scripts/with-runtimes python3 benchmarks/command_buffer.py

Each device that has the extension runs the same launches of a kernel that does next to nothing both ways, in turn; the
results are compared first. Times are from the first call to the end of the last launch, medians over the rounds.
"""
import ctypes
import statistics
import time

import numpy
import pyopencl as cl

SOURCE = """
__attribute__((reqd_work_group_size(1, 1, 1)))
kernel void add_one(global int* restrict counts) { counts[get_global_id(0)] += 1; }
"""
# Launches of a step of mlp, of gpt, and of resnet18 in three waves.
LENGTHS = (26, 150, 600)
ROUNDS = 51
ITEMS = 2


class CommandBuffers:
    """The functions of the extension on one platform."""

    def __init__(self, platform):
        library = ctypes.CDLL("libOpenCL.so.1")
        find = library.clGetExtensionFunctionAddressForPlatform
        find.restype, find.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p]
        pointer, integer = ctypes.c_void_p, ctypes.c_uint32

        def function(name, result, *arguments):
            address = find(platform.int_ptr, name)
            if not address:
                raise LookupError(name.decode())
            return ctypes.CFUNCTYPE(result, *arguments)(address)

        self.create = function(
            b"clCreateCommandBufferKHR", pointer, integer, pointer, pointer, pointer)
        self.record = function(
            b"clCommandNDRangeKernelKHR", ctypes.c_int32, pointer, pointer, pointer, pointer, integer, pointer, pointer,
            pointer, integer, pointer, pointer, pointer)
        self.finalize = function(b"clFinalizeCommandBufferKHR", ctypes.c_int32, pointer)
        self.enqueue = function(
            b"clEnqueueCommandBufferKHR", ctypes.c_int32, integer, pointer, pointer, integer, pointer, pointer)


def check(code, call):
    if code != 0:
        raise RuntimeError(f"{call} failed: {code}")


def recorded(functions, queue, kernel, length):
    """A command buffer of so many launches."""
    queues = (ctypes.c_void_p * 1)(queue.int_ptr)
    code = ctypes.c_int32()
    buffer = functions.create(1, queues, None, ctypes.byref(code))
    check(code.value, "clCreateCommandBufferKHR")
    sizes = (ctypes.c_size_t * 1)(ITEMS)
    ones = (ctypes.c_size_t * 1)(1)
    for _ in range(length):
        check(functions.record(buffer, None, None, kernel.int_ptr, 1, None, sizes, ones, 0, None, None, None),
              "clCommandNDRangeKernelKHR")
    check(functions.finalize(buffer), "clFinalizeCommandBufferKHR")
    return buffer


def measure(device):
    functions = CommandBuffers(device.platform)
    context = cl.Context([device])
    queue = cl.CommandQueue(context)
    counts = cl.Buffer(context, cl.mem_flags.READ_WRITE, ITEMS * 4)
    kernel = cl.Kernel(cl.Program(context, SOURCE).build(), "add_one")
    kernel.set_arg(0, counts)

    def value():
        found = numpy.empty(ITEMS, numpy.int32)
        cl.enqueue_copy(queue, found, counts)
        return int(found[0])

    # The same calls without Python's wrapper, which costs more than the launch.
    library = ctypes.CDLL("libOpenCL.so.1")
    launch = library.clEnqueueNDRangeKernel
    launch.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32] + [ctypes.c_void_p] * 3 + [
        ctypes.c_uint32, ctypes.c_void_p, ctypes.c_void_p]
    sizes, ones = (ctypes.c_size_t * 1)(ITEMS), (ctypes.c_size_t * 1)(1)
    for length in LENGTHS:
        buffer = recorded(functions, queue, kernel, length)

        def one_by_one():
            for _ in range(length):
                launch(queue.int_ptr, kernel.int_ptr, 1, None, sizes, ones, 0, None, None)

        def at_once():
            check(functions.enqueue(0, None, buffer, 0, None, None), "clEnqueueCommandBufferKHR")

        cl.enqueue_fill_buffer(queue, counts, numpy.int32(0), 0, ITEMS * 4)
        ways = {"enqueued": one_by_one, "recorded": at_once}
        for name, way in ways.items():
            before = value()
            way()
            queue.finish()
            if value() - before != length:
                raise RuntimeError(f"{name}: {value() - before} launches of {length} ran")
        times = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                start = time.perf_counter()
                way()
                queue.finish()
                times[name].append(time.perf_counter() - start)
        middle = {name: statistics.median(found) * 1e6 / length for name, found in times.items()}
        print(f"  {length} launches, us each: enqueued {middle['enqueued']:.2f}, recorded {middle['recorded']:.2f}")


def main():
    for platform in cl.get_platforms():
        for device in platform.get_devices():
            print(f"{device.name} ({platform.name})")
            if "cl_khr_command_buffer" not in device.extensions.split():
                print("  no cl_khr_command_buffer")
                continue
            try:
                measure(device)
            except (LookupError, RuntimeError) as error:
                print(f"  {error}")


if __name__ == "__main__":
    main()
