#!/bin/sh
# The power goes at writes all over a run with a store, and the disk says no: each time nothing outside of the store's
# extents is another, and the next dom0 finds the whole run or none of it. QEMU's disk is a server of ours, which counts
# the writes (tests/e2e/store/power.py); what each cut has left is put back on the disk for one dom0 that collects all.
# CUTS=50 is how many of them there are, SEED= another choice.
. tests/e2e/lib.sh
. tests/e2e/store/lib.sh
: "${CUTS:=50}" "${SEED:=24}"

# What is free is holes, so that the store lies in several pieces.
ahci=''
disk "$work/nvme.img" 104 1 102
cat >"$work/make" <<'EOT'
run() { echo "+ $*"; "$@"; echo "= $?"; }
mount -t ext4 /dev/nvme0n1p1 /mnt
for number in $(seq 10 99); do
	dd if=/dev/urandom of=/mnt/$number bs=1M count=1 status=none || break
done
sync
rm /mnt/*[1-9]0 /mnt/*[1-7][1-7]
for number in $(seq 10 2 70); do rm -f /mnt/$number; done
sync
run df /mnt
run forestage store create /mnt/store --size 32M --yes
store-arm >/run/out/nvme.map
cp /var/lib/forestage/store.json /run/out/
run forestage store verify
EOT
check "a dom0 makes a store" with_dom0 "$work/make"
cp -r "$work/left" "$work/maps"
check "it lies in several pieces" test "$(grep -c ^extent= "$store_map")" -gt 1
sed -n 's/^extent=//p' "$store_map" >"$work/extents"
first=$(awk '{ print $1 + 4096; exit }' "$work/extents") # the room's first byte on the disk

# jobs KIND WORD EXPECTED: the folder of that kind, with a job that leaves six files, of which each MiB begins with WORD
# and its number. What is expected of the last one, the bytes of file EXPECTED, makes the run pass, or fail.
jobs() {
	cp -r "$work/jobs" "$work/jobs-$1"
	{
		printf '[Job]\nType=program\n[Program]\nExec=./large %s\nCollect=*.bin\n[Expect]\n' "$2"
		for file in 1 2 3 4 5; do echo "$file.bin=sha256:$(content "$file" "$2" | sha256sum | cut -d ' ' -f 1)"; done
		echo "6.bin=sha256:$(content "$3" "$2" | sha256sum | cut -d ' ' -f 1)"
	} >"$work/jobs-$1/large.conf"
}
cat >"$work/jobs/large" <<'EOT'
#!/bin/sh
seq 1 200000 | head -c 1048570 >block
for file in ${2:-1 2 3 4 5 6}; do
	for mib in $(seq 1 $((1 + file / 2))); do
		echo "$1$file$mib"
		cat block
	done >$file.bin
done
rm block
EOT
chmod +x "$work/jobs/large"
rm "$work/jobs/disks" "$work/jobs/disks.conf"

# content FILE WORD: what the job makes of it.
mkdir "$work/made"
content() {
	(cd "$work/made" && sh ../jobs/large "$2" "$1" && cat "$1.bin")
}

# machine EVENT NUMBER SEED: a run from the disk as it was before, which ends so.
machine() {
	cp --sparse=always "$work/nvme.before" "$work/nvme.img"
	around="tests/e2e/store/power.py $work/nvme.img nvme,serial=STORE-N $1 $2 $3 $work/requests" boot_begin LIMIT=240
	wait "$qemu"
	ended=$?
	machines=
	tr -d '\r' <"$work/serial.log" >"$work/console"
	return "$ended"
}

# bundle_of KIND: a new order. Its id is $run.
bundle_of() {
	run=$(uuidgen)
	bundle_to_xen JOBS="$work/jobs-$1" STORE="$store_map" RUN="$run" CONF="$(conf_reset reset)"
}

# keep NAME: what is in the store's room now, for the dom0 that collects.
keep() {
	while read -r start length; do
		tail -c "+$((start + 4097))" "$work/nvme.img" | head -c $((length - 4096))
	done <"$work/extents" >>"$work/deltas.img"
	echo "$1 $run" >>"$work/rows"
	cp "$work/requests" "$work/$1.requests"
}

pack DRIVER=rehearsal
jobs earlier a 6
jobs pass b 6
jobs fail b 5
cp --sparse=always "$work/nvme.img" "$work/nvme.before"
bundle_of earlier
check "an earlier run of the same order" machine none 0 0
check "it is kept" in_order "^forestage: sealed" "^forestage: kept in the store" "^forestage: rebooting"
check "it is kept: not a byte is another outside of the store" outside
keep earlier
cp --sparse=always "$work/nvme.img" "$work/nvme.before"

# --- the cuts ---

# A run of each kind to its end, which says how many writes there are.
for kind in pass fail; do
	bundle_of $kind
	check "$kind: a run to its end" machine none 0 0
	check "$kind: not a byte is another outside of the store" outside
	keep "$kind-none-0"
	grep -c ^write "$work/requests" >"$work/$kind.count"
done
echo "# $(cat "$work/pass.count") writes and $(grep -c ^flush "$work/pass-none-0.requests") flushes in a run that passes"

# A row each: KIND EVENT NUMBER. All over the run, in strata, and the last writes in any case, which seal it.
awk -v cuts="$CUTS" -v seed="$SEED" -v pass="$(cat "$work/pass.count")" -v fail="$(cat "$work/fail.count")" '
	function strata(kind, writes, count, events,    i, number, names, length_) {
		length_ = split(events, names)
		for (i = 0; i < count; i++) {
			number = int((i + rand()) * writes / count)
			print kind, names[i % length_ + 1], number
		}
	}
	BEGIN {
		srand(seed)
		strata("pass", pass, cuts - 9 - int(cuts / 6), "cut torn lost")
		for (i = 1; i <= 3; i++) {
			print "pass", "cut", pass - i
			print "pass", "torn", pass - i
			print "pass", "lost", pass - i
		}
		strata("fail", fail, int(cuts / 6), "lost cut torn")
		strata("pass", pass, int(cuts / 6), "error")
		strata("pass", pass, int(cuts / 12), "errors")
	}' >"$work/table"
while read -r kind event number; do
	bundle_of "$kind"
	row=$kind-$event-$number
	[ ! -e "$work/$row.requests" ] || row=$row-$(wc -l <"$work/rows")
	check "$row: comes to it" machine "$event" "$number" "$SEED$(wc -l <"$work/rows")"
	check "$row: not a byte is another outside of the store" outside
	keep "$row"
	cp "$work/console" "$work/$row.console"
done <"$work/table"

# --- one dom0 for all ---

steps_files=$work/besides
mkdir -p "$steps_files"
cp "$work/rows" "$work/extents" "$work/maps/store.json" "$steps_files"
truncate -s %4096 "$work/deltas.img"
truncate -s +1M "$work/deltas.img"
cp --sparse=always "$work/nvme.before" "$work/nvme.img"
virtio="-drive if=none,id=v,format=raw,file=$work/deltas.img -device virtio-blk-pci,drive=v"
armed RUN >"$steps_files/armed.json"
cat >"$work/collect" <<'EOT'
run() { echo "+ $*"; "$@"; echo "= $?"; }
mount -t ext4 /dev/nvme0n1p1 /mnt
at=0
while read -r name id; do
	echo "== $name"
	while read -r start length; do
		count=$((length / 4096 - 1))
		dd if=/dev/vda of=/dev/nvme0n1 bs=4096 skip=$at seek=$((start / 4096 + 1)) count=$count conv=notrunc,fsync status=none
		at=$((at + count))
	done </extents
	echo 3 >/proc/sys/vm/drop_caches
	rm -rf /var/lib/forestage
	mkdir /var/lib/forestage
	cp /store.json /var/lib/forestage
	sed "s/RUN/$id/" /armed.json >/var/lib/forestage/armed.json
	run forestage store verify
	run forestage collect --once </dev/null
	run forestage status </dev/null
	if [ -d /var/lib/forestage/runs/$id ]; then
		cd /var/lib/forestage/runs/$id
		cp run.json /run/out/$name.json
		sha256sum jobs/large/0/*.bin >/run/out/$name.sums
		cd /
	fi
done </rows
EOT
check "a dom0 collects what there is" with_dom0 "$work/collect"

row_said() {
	sed -n "/^== $1\$/,/^== /p" "$work/left/log" | tr -d '\r' >"$work/console"
	shift
	in_order "$@" || { cat "$work/console"; return 1; }
}

# right ROW: the run folder has each file that its run.json has, with the bytes that the job made.
for file in 1 2 3 4 5 6; do
	echo "$(content $file b | sha256sum | cut -d ' ' -f 1)  jobs/large/0/$file.bin"
done >"$work/sums"
right() {
	[ -s "$work/left/$1.sums" ] && ! grep -vxFf "$work/sums" "$work/left/$1.sums"
}
whole() {
	right "$1" && cmp "$work/sums" "$work/left/$1.sums" && jq -e ".verdict == \"$2\" and .complete" "$work/left/$1.json"
}

# nothing ROW: there is no run, and nobody says that there is.
nothing() {
	[ ! -e "$work/left/$1.json" ] && row_said "$1" "collect --once" "forestage: .*/mnt/store" "left no results" "^= 1" "status" "left no results"
}
salvage() {
	right "$1" && jq -e '.verdict != "pass"' "$work/left/$1.json"
}

# sealing ROW NUMBER: it is the write of the block that says which run is kept; that of before the jobs is number 0.
sealing() {
	[ "$2" -gt 0 ] && grep -q "^write $2 $first 4096$" "$work/$1.requests"
}

check "an earlier run: collected" row_said earlier "collect --once" "run .*: PASS" "^= 0"
check "a run to its end: whole, and a pass" whole pass-none-0 pass
check "a run that fails, to its end: whole, and no pass" whole fail-none-0 fail
cuts=0
tail -n +4 "$work/rows" | while read -r row run; do echo "$row" | tr - ' '; done >"$work/verdicts"
while read -r kind event number other; do
	row=$kind-$event-$number${other:+-$other}
	case $event in
	cut | torn | lost)
		cuts=$((cuts + 1))
		if sealing "$row" "$number" && [ "$event" != cut ] && [ -e "$work/left/$row.json" ]; then
			check "$row: all of it was on the disk: the whole run" whole "$row" "$kind"
		else
			check "$row: nothing" nothing "$row"
		fi
		;;
	*)
		if [ ! -e "$work/left/$row.json" ]; then
			check "$row: nothing, and the stage has said so" nothing "$row"
			tail -n 20 "$work/$row.console" | grep -a "store" | sed 's/^/# /'
		elif jq -e '.verdict == "pass"' "$work/left/$row.json" >/dev/null; then
			check "$row: nothing of it was refused that counts: the whole run" whole "$row" pass
		else
			check "$row: a job has failed, and what there is of files is right" salvage "$row"
			jq -r '.reasons[]? | "# " + .' "$work/left/$row.json"
		fi
		;;
	esac
done <"$work/verdicts"
if [ "$CUTS" -ge 50 ]; then
	check "at least 50 cuts" test "$cuts" -ge 50
fi
finish_tests
