#!/bin/sh
# The store: made by a dom0 on an NVMe disk, found and proven by the stage, written by it alone and nothing outside, and
# collected by the next dom0. Other disks, and what is refused, are in tests/e2e/host/store.t.
. tests/e2e/lib.sh
. tests/e2e/store/lib.sh

disk "$work/ahci.img" 16 0 8
disk "$work/nvme.img" 64 1 56
cat >"$work/make" <<'EOT'
run() { echo "+ $*"; "$@"; echo "= $?"; }
mount -t ext4 /dev/nvme0n1p1 /mnt
for number in 0 1 2 3 4 5 6 7 8 9; do dd if=/dev/zero of=/mnt/$number bs=1M count=4 status=none; done
rm /mnt/[13579] && sync # so that there is no room in one piece
run forestage store create /run/store --size 16M --yes
run forestage store create /mnt/store --size 24M --yes
run rm -f /mnt/store
CHECKPOINT=counts store-arm /inputs tree small land.erofs >/run/out/nvme.map
cp /var/lib/forestage/store.json /run/out/
run forestage store verify
EOT
input_jobs
check "a dom0 makes a store" with_dom0 "$work/make"
cp -r "$work/left" "$work/maps"
check "refused: a file system in memory" said "create /run/store" "is on a file system of kind 0x" "^= 1"
check "a file: made, and nobody removes it" said "create /mnt/store" "^Made:" "^= 0" "rm -f /mnt/store" "not permitted" \
	"^= 1" "store verify" "^= 0"

check "a file in several pieces" test "$(grep -c '^extent=' "$work/maps/nvme.map")" -gt 3

large_job
program_job counts 'Exec=./counts\nCheckpoint=state/count\nCollect=seen' <<'EOT'
#!/bin/sh
mkdir -p state
read -r n <state/count || n=0
echo "$n" >seen
echo $((n + 1)) >state/count
EOT

# The order ends in a reset, whatever forestage.conf says.
pack DRIVER=rehearsal
order_says=hand-off=reset
kept "hand-off=reset"
first=$run
check "hand-off=reset: the next boot's dom0" with_dom0 "$work/collect" "$work/var"
check "hand-off=reset: it collects the run, once" said "store verify" "^= 0" "status" "left no results" "^= 0" \
	"collect --once" "run $run: PASS, 7 of 7 passed" "^= 0" "collect --once" "^= 0" "status" "are collected" "^= 0"
rm -rf "$work/run"
cp -r "$work/left/run" "$work/run" 2>/dev/null
check "hand-off=reset: run.json is of that run, and says where it was" \
	json ".run_id == \"$run\" and .verdict == \"pass\" and .complete and .region.source == \"/mnt/store\""
numbers >"$work/large.bin"
check "a large file came through the store" cmp "$work/large.bin" "$work/run/jobs/large/0/large.bin"
check "and not through the region" json '.region.data_bytes < 1048576'
check "a job has no way to a disk" json '[.jobs[].job] | any(. == "disks")'
check "the store was found, and proven" store_event '.disk == "nvme0n1" and .generation == 2 and .room_bytes > 25000000'
check "the inputs were mapped, and named with their hashes" event '.event == "stage.inputs" and
	([.inputs[].name] == ["tree", "small", "land.erofs"]) and all(.inputs[]; .root | length == 64)'
check "a program begins, and leaves what it came to" event '.event == "job.checkpoint" and
	.not_given == "no run of this order has left one" and .left_bytes == 2'
check "a program reads a tree of the store" grep -qx "$(sha256sum <"$work/large.bin" | cut -d' ' -f 1)" \
	"$work/run/jobs/reads/0/sum.txt"

# A byte of that tree is another one when the stage comes to read it.
at=$(sed -n 's/^input=\([0-9]*\) .* tree$/\1/p' "$work/maps/nvme.map")
turn_byte $(($(sector "$((at + 1048576))") * 512))
kept "a byte of an input was turned"
check "a byte of an input was turned: the next boot's dom0" with_dom0 "$work/collect" "$work/var"
rm -rf "$work/run"
cp -r "$work/left/run" "$work/run" 2>/dev/null
check "a byte of an input was turned: it is found where the store lies" said "store verify" "tree in the store: it is not" "^= 1"
check "a byte of an input was turned: the run is no pass" json '.verdict == "fail" and .complete'
check "a byte of an input was turned: each of its jobs says so, and no other" json '[.jobs[] | select(.status == "error") |
	select(.reason | test("^Data=tree: a block of it in the store is not the one that was armed")) | .job] ==
	["ignores", "reads"] and ([.jobs[] | select(.status != "pass")] | length == 2)'
check "a program goes on in the next run" event ".event == \"job.checkpoint\" and .given_run == \"$first\" and .left_bytes == 2"
check "a program goes on where it was" test "$(cat "$work/run/jobs/counts/0/seen")" = 1
check "a byte of an input was turned: and so does the stage" event '.event == "stage.jobs" and (.error | test("input .tree."))'
finish_tests
