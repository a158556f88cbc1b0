#!/bin/sh
# A store on a logical volume, in the life of a reference host: a run that ends in a reset, one whose Xen cannot be
# loaded, and one that comes to Xen; each time the service of the next boot collects it, a large file by its hash.
# Nothing of the volume's disk is another outside of the store.
. tests/e2e/host/lib.sh

data=$work/data.img
rm -f "$data"
truncate -s 256M "$data"
machine_extra="-drive if=none,id=data,format=raw,file=$data -device nvme,drive=data,serial=DATA"

mkdir "$work/jobs"
cp samples/jobs/vecadd.* "$work/jobs"
cp -r samples/jobs/data "$work/jobs" 2>/dev/null
sum=$(seq 1 600000 | head -c 3145728 | sha256sum | cut -d ' ' -f 1)
printf '[Job]\nType=program\n[Program]\nExec=./large\nCollect=*.bin\n[Expect]\nlarge.bin=sha256:%s\n' "$sum" >"$work/jobs/large.conf"
printf '#!/bin/sh\nseq 1 600000 | head -c 3145728 >large.bin\n' >"$work/jobs/large"
chmod 755 "$work/jobs/large"

cat >"$work/install" <<'EOT'
. /steps/common.sh
set -e
pvcreate -q /dev/nvme0n1
vgcreate -q data /dev/nvme0n1
lvcreate -q -y -n forestage -L 64M data
lvcreate -q -y -n other -L 16M data
lvextend -q -L +64M data/forestage
head -c 16M /dev/urandom >/dev/data/other
get_forestage
forestage install --bundle /steps/image --method grub --yes
forestage store create /dev/data/forestage --yes
forestage store verify
forestage arm --jobs /steps/large --store --hand-off=reset --yes
find /boot/efi -name store -exec cp {} /steps/store.map ';'
systemd-analyze security --no-pager forestage-collect.service >/steps/security
EOT
# What the service has collected: a step is behind it.
cat >"$work/collected" <<'EOT'
collected() {
	look "$1"
	for folder in $(ls -t -d /var/lib/forestage/runs/*/ | head -n 1); do
		cp "$folder/run.json" "/steps/$1.run"
		sha256sum "$folder/jobs/large/0/large.bin" >"/steps/$1.sum"
	done
}
EOT
cat - "$work/collected" >"$work/look-reset" <<'EOT'
. /steps/common.sh
EOT
cp "$work/look-reset" "$work/look-xen"
cp "$work/look-reset" "$work/look-kexec"
cat >>"$work/look-reset" <<'EOT'
collected reset
forestage arm --jobs /steps/large --store --hand-off=kexec-else-reset --yes
cd /boot/efi/EFI/forestage || exit
# an ELF file that is no Xen, with a manifest that agrees
head -c 100000 /bin/sh >next/xen
sed -i "s|^[0-9a-f]*\( [ *]next/xen\)|$(sha256sum next/xen | cut -c1-64)\1|" manifest
EOT
cat >>"$work/look-xen" <<'EOT'
collected xen
forestage arm --jobs /steps/large --store --hand-off=kexec-else-reset --yes
EOT
cat >>"$work/look-kexec" <<'EOT'
collected kexec
forestage store verify
EOT

fresh_host
payload
cp -r "$work/jobs" "$work/payload/large"
check "a store on a logical volume, and an order" run_steps "$work/install"
took
check "made and armed" step_ended 1 0
check "the volume lies in two pieces" test "$(grep -c ^extent= "$work/result/store.map")" = 2
grep ^extent= "$work/result/store.map" >"$work/extents"
cp "$work/result/security" "$work/security"
cp --sparse=always "$data" "$data.before"
check "the host lives through its runs" run_steps "$work/look-reset" "$work/look-xen" "$work/look-kexec"
took

run_is() {
	jq -e "$2" "$work/result/$1.run"
}
for name in reset xen kexec; do
	check "$name: the service has collected it" status_is $name.json \
		'.state == "collected" and .verdict == "pass" and .verdict_from == "run folder"'
	check "$name: the journal says so" grep -q "forestage: run .* PASS" "$work/result/$name.journal"
	check "$name: the service is well" grep -qx "Result=success" "$work/result/$name.service"
	check "$name: the run is whole, and a pass" run_is $name '.verdict == "pass" and .complete and .region.data_bytes < 1048576'
	check "$name: it says how long each part of it took" run_is $name '.phases.jobs_s > 0 and .phases.stage_s > 0'
	check "$name: the large file is what the job has left" grep -q "^$sum " "$work/result/$name.sum"
done
check "reset: kept in the store" in_order "^forestage: sealed" "^forestage: kept in the store" "^forestage: rebooting"
for name in reset xen; do
	check "$name: a normal boot behind it" is_normal "$work/result/$name.system"
	check "$name: collected from the volume" run_is $name '.region.source == "/dev/data/forestage"'
done
check "xen: the run says that it could not be loaded" run_is xen '.warnings + .reasons | tostring | test("Xen|kexec")'
check "kexec: Xen behind it" grep -q "forestage.run=" "$work/result/kexec.system"
check "three runs" test "$(jq -r .run_id "$work/result"/*.run | sort -u | wc -l)" = 3

# The extents are the store's, their first blocks included, which each order has written.
outside() {
	cp --sparse=always "$data" "$work/now"
	while IFS='= ' read -r _ start length; do
		for copy in "$work/now" "$data.before"; do
			dd if=/dev/zero of="$copy" bs=4096 seek=$((start / 4096)) count=$((length / 4096)) conv=notrunc status=none
		done
	done <"$work/extents"
	cmp "$work/now" "$data.before"
}
check "not a byte of the volume's disk is another outside of the store" outside
echo "# $(grep -a 'Overall exposure' "$work/security" | tr -cd '[:print:]')"
finish_tests
