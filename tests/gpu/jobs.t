#!/bin/sh
# The sample jobs on the real GPU, inside the unpacked initramfs (tests/gpu/lib.sh). The region file
# stays in $OUT (build/gpu) for `forestage collect`.
set -u
. tests/gpu/lib.sh

open_root
rm -rf "$root/tmp/region" "$OUT/run" # of an earlier time
check "forestage-run passes every sample job" \
	enter /bin/forestage-run --jobs /forestage/jobs --region /tmp/region --region-size 64M
[ -f "$root/tmp/region" ] && gzip -1 -c "$root/tmp/region" >"$OUT/region.gz"
check "forestage collect says pass" \
	"$BUILD/dom0/forestage" collect --region "$root/tmp/region" --out "$OUT/run"
check "no result is a rehearsal" grep -q '"rehearsal": *false' "$OUT/run/run.json"
plan
