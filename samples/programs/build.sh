#!/bin/sh
# Builds the sample program with nvcc and puts it with its job file into a job folder:
#   samples/programs/build.sh DIR
# Exits with 77, and says why, where there is no nvcc. The CUDA runtime and the C++ library are linked
# in, so that the stage needs no more than the C library; pack the image with JOBS=DIR.
set -eu

[ $# -eq 1 ] || { echo "usage: samples/programs/build.sh DIR" >&2; exit 2; }
PATH=$PATH:/usr/local/cuda/bin
command -v nvcc >/dev/null || { echo "skipped: nvcc is not installed"; exit 77; }
here=$(dirname "$0")
nvcc -O2 -arch="${ARCH:-native}" -cudart static -Xcompiler -static-libstdc++ \
	-Xcompiler -static-libgcc -o "$1/transpose" "$here/transpose.cu"
cp "$here/transpose.conf" "$1/transpose.conf"
