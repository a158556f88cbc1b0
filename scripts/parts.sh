#!/bin/sh
# Fetches what the image and the demo are made of into build/parts/: scripts/parts.sh
# tools (busybox, kexec-tools), stage (kernel), dom0 (kernel and its drivers), xen
set -eu

: "${BUILD:=build}"

fetch=$(dirname "$0")/fetch.sh
"$fetch" bookworm "$BUILD/parts/tools" busybox-static kexec-tools libxenmisc4.17 libxencall1 \
	libxendevicemodel1 libxenevtchn1 libxenforeignmemory1 libxengnttab1 libxentoolcore1 \
	libxentoollog1
"$fetch" bookworm "$BUILD/parts/stage" kernel:linux-image-cloud-amd64
"$fetch" bookworm "$BUILD/parts/dom0" kernel:linux-image-amd64
"$fetch" bookworm "$BUILD/parts/xen" xen-hypervisor-4.17-amd64
