#!/bin/sh
# The same life, started by lines in GRUB's configuration.
export METHOD=grub TEST_NAME=grub
exec sh tests/e2e/host/life.t
