#!/bin/sh
# docs/recipes.md, "A program with its own user land": Debian with Python and NumPy, made here by mmdebstrap, is the root of
# a program in the stage, read from the store; beside it a program from the same tree launches a kernel. It takes the
# archive, root, and minutes: only with LONG=yes.
. tests/e2e/lib.sh
[ "${LONG:-no}" = yes ] || skip_all "it takes minutes and Debian's archive: LONG=yes"
[ "$(id -u)" = 0 ] || skip_all "mmdebstrap makes device nodes: it takes root"
. tests/e2e/store/lib.sh
needs /usr/bin/mmdebstrap

# The blocks of that page are the job.
recipe=$work/recipe
mkdir -p "$recipe" "$work/on-disk"
for name in solve.conf solve.py; do
	awk -v head="<!-- file numpy/$name -->" '$0 == head { inside = 1; next } inside && /^[^ ]/ { exit }
		inside { sub(/^    /, ""); print }' docs/recipes.md >"$recipe/$name"
done
rm -rf "$work/jobs"
mkdir "$work/jobs"
sed 's/^Root=land$/&.erofs/' "$recipe/solve.conf" >"$work/jobs/solve.conf"
cp "$recipe/solve.py" samples/programs/add.py samples/jobs/vecadd.ptx "$work/jobs"
sed 's/^Exec=.*/&\nRoot=land.erofs/; s| data/| in/|g' samples/programs/add.conf >"$work/jobs/add.conf"
cp -r samples/jobs/data "$work/jobs/in"

set_up "no tree" mmdebstrap --variant=essential --include=python3-numpy bookworm "$work/land"
set_up "no image" mkfs.erofs -d1 -T0 --all-root -x-1 "$work/on-disk/land.erofs" "$work/land"
mkdir "$work/on-disk/data"
set_up "no matrix" python3 -c '
import struct, sys
numbers = [((i * 7919) % 1000) / 1000 + (64 if i % 65 == 0 else 0) for i in range(4096)]
sys.stdout.buffer.write(struct.pack("<4096d", *numbers))' # a matrix that has an inverse
cp "$work/set-up.out" "$work/on-disk/data/a.bin"
rm -rf "$work/land"

disk "$work/ahci.img" 16 0 8
disk "$work/nvme.img" 1200 0 1100
truncate -s 1100M "$work/ext4"
/usr/sbin/mkfs.ext4 -q -b 4096 -d "$work/on-disk" "$work/ext4"
dd if="$work/ext4" of="$work/nvme.img" bs=1M seek=1 conv=notrunc,sparse status=none
rm "$work/ext4"
cat >"$work/make" <<'EOT'
run() { echo "+ $*"; "$@"; echo "= $?"; }
mount -t ext4 /dev/nvme0n1p1 /mnt
run forestage store create /mnt/store --size 384M --yes
store-arm /mnt land.erofs data >/run/out/nvme.map
cp /var/lib/forestage/store.json /run/out/
EOT
check "a dom0 puts the trees into a store" with_dom0 "$work/make"
cp -r "$work/left" "$work/maps"
pack DRIVER=rehearsal
order_says=hand-off=reset
kept "a user land of its own"
check "the next boot's dom0" with_dom0 "$work/collect" "$work/var"
cp -r "$work/left/run" "$work/run" 2>/dev/null
check "it collects a pass" json '.verdict == "pass" and ([.jobs[].job] == ["add", "solve"])'
check "NumPy was that of the tree" grep -q "^NumPy 1\." "$work/run/jobs/solve/0/stdout"

# An input that is not mountable any more: its jobs do not run, and nor does what they would have read.
at=$(sed -n 's/^input=\([0-9]*\) .* data$/\1/p' "$work/maps/nvme.map")
turn_byte $(($(sector "$at") * 512 + 1024))
sed -i '/store verify/d' "$work/collect" # it reads them all
kept "an input that cannot be mounted"
check "an input that cannot be mounted: the next boot's dom0" with_dom0 "$work/collect" "$work/var"
rm -rf "$work/run"
cp -r "$work/left/run" "$work/run" 2>/dev/null
check "an input that cannot be mounted: the run is no pass" json '.verdict == "fail" and .complete'
check "an input that cannot be mounted: init says which" event '.event == "stage.inputs" and
	(.error | test("^the input .data.: it cannot be mounted"))'
check "an input that cannot be mounted: and so do the jobs, which do not run" json 'all(.jobs[]; .status == "error" and
	(.reason | test("could not be had: the input .data.: it cannot be mounted")))'
finish_tests
