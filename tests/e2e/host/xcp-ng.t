#!/bin/sh
# The same life on a host of XCP-ng's shape (tests/e2e/host/xcp-ng/).
export HOST=xcp-ng TEST_NAME=xcp-ng
exec sh tests/e2e/host/life.t
