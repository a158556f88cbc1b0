#!/usr/bin/env python3
"""Adds two files of floats on the GPU with the driver API alone: no package besides Python's own modules.

    add.py MODULE.ptx A B SUM

Compares each sum with Python's, and leaves them in the file SUM."""

import array
import ctypes
import sys

cuda = ctypes.CDLL("libcuda.so.1")


def call(name, *arguments):
    error = getattr(cuda, name)(*arguments)
    if error:
        text = ctypes.c_char_p()
        cuda.cuGetErrorName(error, ctypes.byref(text))
        sys.exit(f"{name}: {(text.value or b'?').decode()} ({error})")


def read(name):
    numbers = array.array("f")
    with open(name, "rb") as file:
        numbers.frombytes(file.read())
    return numbers


def begin():
    """A context on the one GPU that the job was given."""
    device, context = ctypes.c_int(), ctypes.c_void_p()
    call("cuInit", 0)
    call("cuDeviceGet", ctypes.byref(device), 0)
    call("cuDevicePrimaryCtxRetain", ctypes.byref(context), device)
    call("cuCtxSetCurrent", context)


def load(name):
    module, function = ctypes.c_void_p(), ctypes.c_void_p()
    with open(name, "rb") as file:
        call("cuModuleLoadData", ctypes.byref(module), file.read())  # bytes end with the zero that PTX must have
    call("cuModuleGetFunction", ctypes.byref(function), module, b"vecadd")
    return function


def on_gpu(size, numbers=None):
    memory = ctypes.c_uint64()
    call("cuMemAlloc_v2", ctypes.byref(memory), ctypes.c_size_t(size))
    if numbers:
        call("cuMemcpyHtoD_v2", memory, ctypes.c_void_p(numbers.buffer_info()[0]), ctypes.c_size_t(size))
    return memory


def main():
    module, *names, sums_name = sys.argv[1:]
    a, b = map(read, names)
    sums = array.array("f", bytes(4 * len(a)))
    size, block = 4 * len(a), 256
    begin()
    add = load(module)
    values = [on_gpu(size, a), on_gpu(size, b), on_gpu(size), ctypes.c_uint32(len(a))]
    pointers = (ctypes.c_void_p * len(values))(*(ctypes.addressof(value) for value in values))
    call("cuLaunchKernel", add, (len(a) + block - 1) // block, 1, 1, block, 1, 1, 0, None, pointers, None)
    call("cuCtxSynchronize")
    call("cuMemcpyDtoH_v2", ctypes.c_void_p(sums.buffer_info()[0]), values[2], ctypes.c_size_t(size))
    wrong = sum(left != right for left, right in zip(sums, array.array("f", map(float.__add__, a, b))))
    with open(sums_name, "wb") as file:
        sums.tofile(file)
    print(f"{len(sums)} sums, {wrong} of them wrong")
    return wrong > 0


if __name__ == "__main__":
    sys.exit(main())
