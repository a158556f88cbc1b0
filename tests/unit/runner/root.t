#!/bin/sh
# A program with Root= has that tree as its root, read-only, and over it what forestage-run has for it; one with Data=
# reads that. That needs root: elsewhere it is an error with its reason.
set -u
export LC_ALL=C
: "${BUILD:=build}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. tests/tap.sh
needs "$BUILD/runner/forestage-run" "$BUILD/dom0/forestage" "$BUILD/rehearsal/libcuda.so.1"
jobs=$work/jobs land=$work/jobs/trees/land

# job NAME LINES: a program.
job() {
	printf '[Job]\nType=program\n[Program]\n%b\n' "$2" >"$jobs/$1.conf"
}

# A shell that is all there is, with its loader and libraries.
mkdir -p "$land/usr/bin" "$land/etc" "$land/secret" "$jobs/data"
ln -s usr/bin "$land/bin"
cp "$(readlink -f /bin/sh)" "$land/usr/bin/sh"
for file in $(ldd /bin/sh | grep -o '/[^ ]*'); do
	mkdir -p "$land$(dirname "$file")"
	cp -L "$file" "$land$file"
done
echo land >"$land/etc/of"
echo data >"$jobs/data/of"
cat >"$jobs/inside" <<'EOT'
set -eu
read -r of </etc/of && [ "$of" = land ]
read -r of <data/of && [ "$of" = data ]
! (: >/etc/new) 2>/dev/null
! (: >/new) 2>/dev/null
[ -f trees/land/etc/of ]
[ -c /dev/null ] && [ -d /proc/self ] && [ -d /sys/kernel ] && [ -d /secret ] && [ ! -e /var ]
[ -e "$LD_LIBRARY_PATH/libcuda.so.1" ]
[ "$HOME" = "$PWD" ]
echo "$PWD" >out
EOT
job land 'Exec=sh ./inside\nRoot=trees/land\nData=data\nCollect=out'
job absolute 'Exec=/usr/bin/sh -c "read -r of </etc/of"\nRoot=trees/land\nRepeat=2'
sed -i '/^Repeat/d; s/^Type=program/&\nRepeat=2/' "$jobs/absolute.conf"
job missing 'Exec=nowhere\nRoot=trees/land'
job none 'Exec=sh -c true\nRoot=trees/other'
job file 'Exec=sh -c true\nData=inside'

run() {
	LD_LIBRARY_PATH=$BUILD/rehearsal "$BUILD/runner/forestage-run" --jobs "$jobs" --region "$work/region" "$@" \
		>"$work/said" 2>&1
	"$BUILD/dom0/forestage" collect --region "$work/region" --out "$work/run" >/dev/null
	rm -f "$work/region"
	jq -r '.jobs[] | "\(.job) \(.status) \(.reason // "")"' "$work/run/run.json" >"$work/found"
}

# found LINE: of a job, its status and its reason.
found() {
	grep -qE "^$1" "$work/found" || { cat "$work/found" "$work/said"; return 1; }
}

run
check "a tree that is not there" found "none error Root=trees/other does not exist in the job folder"
check "a file is no tree" found "file error Data=inside is no folder"
if unshare -m true 2>/dev/null; then
	check "a program of the job folder with a root of its own" found "land pass"
	check "one of the tree, again and again" found "absolute pass"
	check "one that is in neither" found "missing error nowhere cannot be executed: it is neither in the job folder nor"
	check "nothing is left mounted" test "$(grep -c "$work" /proc/self/mountinfo)" -eq 0
else
	skip "this user can make no mounts"
fi
rm -rf "$work/run"
run --no-inputs="the disk said no"
check "what could not be had is not run" found "land error Root=|land error Data=data could not be had: the disk said no"
plan
