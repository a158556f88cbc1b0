#!/usr/bin/env python3
"""What clang has to say of many sources, in one process:

    tests/compile.py CLANG SOURCE… -- FLAG…

Prints what clang would with these flags and -fsyntax-only, and exits with 1 if that is anything at all. Most of what
it takes to compile a small file is to start clang, which libclang, that comes with it, needs to do once.
"""
import ctypes
import os
import subprocess
import sys

WARNING = 2  # CXDiagnostic_Warning; errors are above


class String(ctypes.Structure):
    """CXString."""
    _fields_ = [("data", ctypes.c_void_p), ("flags", ctypes.c_uint)]


# The functions of clang-c/Index.h that are called here: what they return, and what they take.
FUNCTIONS = {
    "clang_createIndex": (ctypes.c_void_p, ctypes.c_int, ctypes.c_int),
    "clang_parseTranslationUnit2": (
        ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int,
        ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint, ctypes.POINTER(ctypes.c_void_p)),
    "clang_disposeTranslationUnit": (None, ctypes.c_void_p),
    "clang_getNumDiagnostics": (ctypes.c_uint, ctypes.c_void_p),
    "clang_getDiagnostic": (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint),
    "clang_getDiagnosticSeverity": (ctypes.c_int, ctypes.c_void_p),
    "clang_defaultDiagnosticDisplayOptions": (ctypes.c_uint,),
    "clang_formatDiagnostic": (String, ctypes.c_void_p, ctypes.c_uint),
    "clang_getCString": (ctypes.c_char_p, String),
    "clang_disposeString": (None, String),
    "clang_disposeDiagnostic": (None, ctypes.c_void_p),
}


def libclang(resources):
    """The library of the clang whose own headers lie in this folder."""
    library = ctypes.CDLL(os.path.join(resources, "..", "..", "libclang.so.1"))
    for name, (result, *arguments) in FUNCTIONS.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


def complaints(clang, unit):
    """The warnings and errors in a translation unit."""
    for number in range(clang.clang_getNumDiagnostics(unit)):
        diagnostic = clang.clang_getDiagnostic(unit, number)
        if clang.clang_getDiagnosticSeverity(diagnostic) >= WARNING:
            text = clang.clang_formatDiagnostic(diagnostic, clang.clang_defaultDiagnosticDisplayOptions())
            yield clang.clang_getCString(text).decode(errors="replace")
            clang.clang_disposeString(text)
        clang.clang_disposeDiagnostic(diagnostic)


def compiled(clang, index, source, flags):
    """What there is to say of a source, as lines."""
    words = (ctypes.c_char_p * len(flags))(*map(os.fsencode, flags))
    unit = ctypes.c_void_p()
    error = clang.clang_parseTranslationUnit2(
        index, os.fsencode(source), words, len(flags), None, 0, 0, ctypes.byref(unit))
    if error:
        return [f"{source}: libclang gives up on it: error {error}"]
    lines = list(complaints(clang, unit))
    clang.clang_disposeTranslationUnit(unit)
    return lines


def main():
    if "--" not in sys.argv[2:]:
        sys.exit(__doc__)
    end = sys.argv.index("--", 2)
    try:
        asked = subprocess.run([sys.argv[1], "-print-resource-dir"], check=True, capture_output=True, text=True)
        resources = asked.stdout.strip()
        clang = libclang(resources)
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"no libclang of {sys.argv[1]}: {error}")
    index = clang.clang_createIndex(0, 0)
    flags = [*sys.argv[end + 1:], "-resource-dir", resources]
    faults = [line for source in sys.argv[2:end] for line in compiled(clang, index, source, flags)]
    print("\n".join(faults), end="\n" if faults else "")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
