#!/bin/sh
# The same there, started by lines in GRUB's configuration.
export HOST=xcp-ng METHOD=grub TEST_NAME=xcp-ng-grub
exec sh tests/e2e/host/life.t
