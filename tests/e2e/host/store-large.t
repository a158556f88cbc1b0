#!/bin/sh
# A run with 2 GiB of inputs and 2 GiB of results: through a store on NVMe, collected by their hashes, and what that costs. The same disk, in
# the same machines, is written and read by dd past all caches; and the same jobs run without a store, and without
# results. Its comments are the figures of docs/performance.md. MIB= of each of four files (512); BUS=ahci instead of nvme;
# LAYOUT=partition or volume instead of ext4, on which the store is a file.
. tests/e2e/lib.sh
. tests/e2e/store/lib.sh
needs "$BUILD/bench/shelf" /usr/sbin/debugfs
: "${MIB:=512}" "${BUS:=nvme}" "${LAYOUT:=ext4}"

# The disk, three copies of it, and the disk for what is collected: each may become full, and QEMU stops a machine whose
# disk's file has no room left, which would wait for its limit.
room() {
	need=$((5 * (8 * MIB + 1100) + 1024)) free=$(df -P -m "$work" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$need" ] || { echo "$work has $free MiB left, and this takes up to $need: less with MIB="; return 1; }
}
set_up "no room" room

steps_limit=1800 boot_limit=900
store_disk=$BUS store_map=$work/maps/store.map store_path=/mnt/store
stage_parts=$stage_part
case $BUS in
nvme) ahci='' first=/dev/nvme0n1p1 second=/dev/nvme0n1p2 ;;
# Debian's cloud kernel has no driver for it.
ahci) nvme='' first=/dev/sda1 second=/dev/sda2 stage_kernel=$(echo "$part"/boot/vmlinuz-*) stage_parts=$part ;;
esac
case $LAYOUT in
ext4) create="mount -t ext4 $first /mnt" begin=$create size="--size $((8 * MIB + 200))M" ;;
partition) create='' begin='' size='' store_path=$first ;;
volume)
	set_up "no lvm2" scripts/parts.sh volumes
	begin="lvm vgchange -q -ay" size='' store_path=/dev/group/forestage
	create="lvm pvcreate -q $first && lvm vgcreate -q group $first && lvm lvcreate -q -y -n forestage -l 50%VG group &&
		lvm lvcreate -q -y -n other -l 1 group && lvm lvextend -q -l +40%VG group/forestage"
	;;
esac

# The store is on the first partition; the second is for dd and its like.
with=0
[ "$LAYOUT" != ext4 ] || with=1
disk "$work/$BUS.img" $((8 * MIB + 1100)) "$with" $((8 * MIB + 900)) 100

# What is read is what the other job writes: each MiB of it begins with its own number.
cat >"$work/large" <<'EOT'
#!/bin/sh
seq 1 200000 | head -c 1048569 >block
for file in 1 2 3 4; do
	for mib in $(seq 1000 $((999 + $1))); do
		echo "$file$mib."
		cat block
	done >$file.bin
done
rm block
EOT
mkdir -p "$work/made" "$work/besides-results/inputs"
(cd "$work/made" && sh ../large "$MIB" && sha256sum -- *.bin) >"$work/sums"
bytes=$(cat "$work/made"/*.bin | wc -c)
check "2 GiB of inputs, and of results" test "$bytes" -eq $((4 * MIB << 20))
cat "$work/made"/*.bin | md5sum >"$work/md5"
mkfs.erofs -d1 "$work/besides-results/inputs/in.erofs" "$work/made" >/dev/null
rm -r "$work/made"

# A disk for what is collected, which brings the image.
rm -f "$work/results.img"
truncate -s $((8 * MIB + 700))M "$work/results.img"
/usr/sbin/mkfs.ext4 -q -b 4096 -d "$work/besides-results" "$work/results.img"
rm -r "$work/besides-results"
virtio="-drive if=none,id=v,format=raw,file=$work/results.img -device virtio-blk-pci,drive=v"
steps_files=$work/besides
mkdir -p "$steps_files/bin"
cp "$BUILD/bench/shelf" "$steps_files/bin"
[ "$LAYOUT" != volume ] || with_lvm2

# took WHAT COMMAND…: its seconds, as a line "figure: WHAT seconds".
{
	echo "second=$second DM_DISABLE_UDEV=1"
	cat <<'EOT'
run() { echo "+ $*"; "$@"; echo "= $?"; }
took() {
	what=$1 begin=$(cut -d ' ' -f 1 /proc/uptime)
	shift
	"$@"
	echo "figure: $what $begin $(cut -d ' ' -f 1 /proc/uptime)" | awk '{ printf "%s %s %.2f\n", $1, $2, $4 - $3 }'
}
part=$second
rates() {
	for turn in 1 2 3; do
		took dd-write dd if=/dev/zero of=$part bs=2M count=32 oflag=direct conv=notrunc,fsync status=none
		echo "figure: store-write $(shelf $part 64)"
		took dd-read dd if=$part of=/dev/null bs=2M count=32 iflag=direct status=none
		echo "figure: store-read $(shelf $part 64 READ)"
	done
}
EOT
} >"$work/took"
{
	cat "$work/took"
	cat <<EOT
export DM_DISABLE_UDEV
$create
took create forestage store create $store_path $size --yes
run forestage store verify
mkdir /results
mount -t ext4 /dev/vda /results
arm() { store-arm /results/inputs in.erofs >/run/out/store.map; }
took arm arm
cp /var/lib/forestage/store.json /run/out/
umount /results
rates
EOT
} >"$work/make"
check "a dom0 makes a store of more than 2 GiB" with_dom0 "$work/make"
cp -r "$work/left" "$work/maps"
check "it is where it was" said "^figure: create" "store verify" "^= 0"

# figures NAME: the least of what the steps have printed by that name.
figures() {
	sed -n "s/^figure: $1 //p" "$work/left/log" | sort -n | head -n 1
}
say_rates() {
	for what in dd-write store-write dd-read store-read; do
		echo "# $1: $what: $(figures $what | awk '{ printf "%.0f MiB/s", 64 / $1 }') (64 MiB, the best of three)"
	done
}
say_rates "before the run"

# --- the run ---

rm "$work/jobs"/disks*
cp "$work/large" "$work/jobs"
chmod +x "$work/jobs/large"
job() {
	printf '[Job]\nType=program\nTimeout=30min\n[Program]\nExec=./large %s\nCollect=%s\n[Expect]\n' "$MIB" "$1"
}
phases() {
	jq -r '"\(.phases.jobs_s) \(.phases.stage_s) \([.jobs[] | select(.job == "large").wall_s][0])"' "$work/run/run.json" |
		awk -v what="$1" '{ printf "# %s: jobs %.1f s, all of the stage %.1f s, of them the large job %.1f s\n", what, $1, $2, $3 }'
	jq -r '.jobs[] | select(.job == "reads") | "# \(.job): \(.wall_s) s"' "$work/run/run.json"
}

pack DRIVER=rehearsal KERNEL_PART="$stage_parts"
job 'none*' | sed '/Expect/d' >"$work/jobs/large.conf"
bundle_to_xen JOBS="$work/jobs" KERNEL="$stage_kernel"
MEM=6G ends_in_xen "no store, nothing collected" 0
phases "no store, nothing collected"
bundle_to_xen JOBS="$work/jobs" STORE="$store_map" KERNEL="$stage_kernel"
MEM=6G QEMU_EXTRA=$nvme$ahci ends_in_xen "a store, nothing collected" 0
phases "a store, nothing collected"
{
	job '*.bin'
	awk '{ print $2 "=sha256:" $1 }' "$work/sums"
} >"$work/jobs/large.conf"
printf '[Job]\nType=program\nTimeout=30min\n[Program]\nExec=./reads\nData=in.erofs\n[Expect]\nmd5=sha256:%s\n' \
	"$(sha256sum <"$work/md5" | cut -d ' ' -f 1)" >"$work/jobs/reads.conf"
printf '#!/bin/sh\ncat in.erofs/*.bin | md5sum >md5\n' >"$work/jobs/reads"
chmod +x "$work/jobs/reads"
run=$(uuidgen)
cp --sparse=always "$work/$BUS.img" "$work/$BUS.before"
bundle_to_xen JOBS="$work/jobs" STORE="$store_map" RUN="$run" CONF="$(conf_reset reset)" KERNEL="$stage_kernel"
check "2 GiB through a store, each way: ends in a reset" boot LIMIT=1800 MEM=6G QEMU_EXTRA="$nvme$ahci"
check "2 GiB through a store: kept" in_order "^forestage: sealed" "^forestage: kept in the store" "^forestage: rebooting"
check "2 GiB through a store: not a byte is another outside of the store" outside
cp "$work/maps/store.json" "$work/var/"
armed "$run" >"$work/var/armed.json"

# --- the next dom0 ---

{
	cat "$work/took"
	cat <<EOT
export DM_DISABLE_UDEV
$begin
mkdir /results
mount -t ext4 /dev/vda /results
took collect forestage collect --out /results/run
run forestage status
cp /results/run/run.json /run/out/
took write dd if=/dev/zero of=/results/zeroes bs=2M count=64 conv=fsync status=none
took one-read dd if=$first of=/dev/null bs=2M count=$((2 * MIB)) iflag=direct status=none
took one-sum sha256sum /results/run/jobs/large/0/1.bin
rates
EOT
} >"$work/steps"
check "the next dom0" with_dom0 "$work/steps" "$work/var"
check "it collects the run: a pass" said "Verdict: *PASS \(3 pass\)" "^figure: collect"
rm -rf "$work/run"
mkdir "$work/run"
cp "$work/left/run.json" "$work/run"
check "run.json is of that run" json ".run_id == \"$run\" and .verdict == \"pass\" and .complete and .region.data_bytes < 1048576"
phases "2 GiB through a store"
for file in 1 2 3 4; do
	/usr/sbin/debugfs -R "cat /run/jobs/large/0/$file.bin" "$work/results.img" 2>/dev/null | sha256sum | sed "s/-/$file.bin/"
done >"$work/sums.now"
check "each file is what the job has left" cmp "$work/sums" "$work/sums.now"
nothing_beside() {
	/usr/sbin/debugfs -R "ls -p /" "$work/results.img" 2>/dev/null | cut -d / -f 6 | grep -vxE '|\.|\.\.|run|inputs|zeroes|lost\+found' && return 1
	return 0
}
check "nothing is left beside the run folder" nothing_beside
echo "# arm: $(sed -n 's/^figure: arm //p' "$work/maps/log") s for $((4 * MIB)) MiB"
echo "# collect: $(figures collect) s for $((4 * MIB)) MiB; dd reads as much in $(figures one-read) s; sha256sum of $MIB MiB of it takes $(figures one-sum) s"
say_rates "after the run"
finish_tests
