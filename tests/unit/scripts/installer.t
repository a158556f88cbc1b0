#!/bin/sh
# NVIDIA's installer unpacked by scripts/driver/unpack.sh: never run, and one that is damaged, for another machine or
# leads out of its folder is refused, with one message and nothing left. The installers here are stand-ins, made by
# tests/driver/installer.sh; a real one was not run: there is none in Debian's archive.
set -u
export LC_ALL=C

: "${CC:=gcc}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

not() {
	! "$@"
}

content=$work/content
mkdir -p "$content/kernel-open/nvidia" "$content/kernel/nvidia" "$content/firmware" "$content/32" "$work/out"
echo "the driver's core" >"$content/kernel-open/nvidia/nv-kernel.o_binary"
echo "Kbuild" >"$content/kernel/Kbuild"
head -c 300000 /dev/urandom >"$content/libcuda.so.1.2.3"
for file in firmware/gsp_ga10x.bin libnvidia-ml.so.1.2.3 libnvidia-ptxjitcompiler.so.1.2.3 LICENSE .manifest \
	libGLX_nvidia.so.0 nvidia-installer 32/libcuda.so.1.2.3; do
	echo "$file" >"$content/$file"
done

# pack NAME [VARIABLE=VALUE…]
pack() {
	name=$1
	shift
	env "$@" tests/driver/installer.sh "$content" "$work/$name"
}

unpack() {
	rm -rf "$work/out"
	mkdir "$work/out"
	scripts/driver/unpack.sh "$@" >"$work/said" 2>&1
	code=$?
	cat "$work/said"
	return "$code"
}

# whole: all that a stage needs is there as it was, and what it does not need is not; nothing was run.
whole() {
	for file in kernel-open/nvidia/nv-kernel.o_binary kernel/Kbuild firmware/gsp_ga10x.bin libcuda.so.1.2.3 \
		libnvidia-ml.so.1.2.3 libnvidia-ptxjitcompiler.so.1.2.3 LICENSE .manifest; do
		cmp "$content/$file" "$work/out/driver/$file" || return 1
	done
	for file in libGLX_nvidia.so.0 nvidia-installer 32; do
		[ ! -e "$work/out/driver/$file" ] || { echo "$file"; return 1; }
	done
	[ -z "$(find "$work" -name '*.executed')" ] && [ "$(ls "$work/out")" = driver ]
}

for program in xz zstd gzip bzip2; do
	pack "$program.run" COMPRESS="$program"
	check "packed by $program: it is unpacked" unpack "$work/$program.run" "$work/out/driver"
	check "packed by $program: what is needed is there, and nothing was run" whole
done
mkdir "$work/a folder"
cp "$work/xz.run" "$work/a folder/NVIDIA Linux.run"
check "blanks in its name" unpack "$work/a folder/NVIDIA Linux.run" "$work/out/driver"
check "blanks in its name: all is there" whole
check "a folder that is there is not unpacked over" not scripts/driver/unpack.sh "$work/zstd.run" "$work/out/driver"
check "and stays as it was" whole
chmod a-w "$work/gzip.run"
check "one that may only be read" unpack "$work/gzip.run" "$work/out/driver"
pack no-md5.run MD5=00000000000000000000000000000000
check "one without an MD5: its CRC counts" unpack "$work/no-md5.run" "$work/out/driver"
check "the stand-in notices when it is run" sh "$work/xz.run"
check "and so would these tests" not whole
rm -f "$work"/*.executed

# refused DESCRIPTION MESSAGE FILE [VARIABLE=VALUE…]: by one message and code 1, and nothing is left.
refused() {
	description=$1 message=$2 file=$3
	shift 3
	check "refused: $description" refuses "$message" "$file" "$@"
}

refuses() {
	rm -rf "$work/out"
	mkdir "$work/out"
	env "${3:-NONE=}" scripts/driver/unpack.sh "$2" "$work/out/driver" >"$work/said" 2>&1
	code=$?
	cat "$work/said"
	[ "$code" -eq 1 ] && grep -qE "$1" "$work/said" && [ "$(wc -l <"$work/said")" -eq 1 ] &&
		[ -z "$(ls -A "$work/out")" ] && [ -z "$(find "$work" -name '*.executed')" ]
}

# with FILE OFFSET BYTES: a copy of the xz one in which these stand there.
with() {
	cp "$work/xz.run" "$work/$1"
	printf '%b' "$3" | dd of="$work/$1" bs=1 seek="$2" conv=notrunc status=none
}

size=$(stat -c %s "$work/xz.run")
head -c $((size - 1)) "$work/xz.run" >"$work/short.run"
refused "its last byte is missing" "short.run is damaged: its MD5 is .*, its header says" "$work/short.run"
head -c $((size / 2)) "$work/xz.run" >"$work/half.run"
refused "half of it is missing" "half.run is damaged: its MD5" "$work/half.run"
head -c 60 "$work/xz.run" >"$work/header.run"
refused "all but the first lines are missing" "no installer of NVIDIA's|is damaged" "$work/header.run"
with flipped.run $((size - 1000)) '\0377\0377\0377\0377'
refused "other bytes in its archive" "flipped.run is damaged: its MD5" "$work/flipped.run"
sed 's/^keep=n$/keep=y/' "$work/xz.run" >"$work/text.run"
refused "another byte in its script" "text.run is damaged: its MD5" "$work/text.run"
# Whatever its last digit but one is, another.
with crc.run 19 "$(head -c 20 "$work/xz.run" | tail -c 1 | tr 0-9 1-90)"
refused "another CRC" "crc.run is damaged: its CRC is [0-9]*, its header says" "$work/crc.run"
cat "$work/xz.run" "$work/xz.run" >"$work/twice.run"
refused "more behind it" "twice.run is damaged" "$work/twice.run"

# What no sum would notice: the sums are right, the archive is not.
head -c 4000 "$content/libcuda.so.1.2.3" >"$work/noise"
COMPRESS=gzip tests/driver/installer.sh "$work/noise" "$work/noise.run"
refused "an archive that is none" "noise.run is damaged: tar cannot unpack it" "$work/noise.run"
sums() {
	tail -n +4 "$1" >"$1.rest"
	{
		printf '#! /bin/sh\nCRCsum=%s\nMD5=%s\n' "$(cksum <"$1.rest" | cut -d ' ' -f 1)" \
			"$(md5sum <"$1.rest" | cut -d ' ' -f 1)"
		cat "$1.rest"
	} >"$1.new"
	mv "$1.new" "$1"
}
sums "$work/half.run"
refused "half of an archive, with right sums" "half.run is damaged: xz cannot unpack it: .*[Uu]nexpected end" \
	"$work/half.run"
sed 's/^skip=.*/skip=8/' "$work/xz.run" >"$work/skip.run"
sums "$work/skip.run"
refused "a beginning of the archive where none is" "damaged: line 8, where its header says" "$work/skip.run"

pack aarch64.run TARGET_ARCH=aarch64
refused "one for aarch64" "for Linux-aarch64; the stage is Linux on x86_64: get NVIDIA-Linux-x86_64-1.2.3.run" \
	"$work/aarch64.run"
pack x86.run TARGET_ARCH=x86
refused "one for 32 bits" "is for Linux-x86;" "$work/x86.run"
pack freebsd.run TARGET_OS=FreeBSD
refused "one for FreeBSD" "is for FreeBSD-x86_64;" "$work/freebsd.run"
pack toolkit.run LABEL="NVIDIA CUDA Toolkit 12.4"
refused "another installer" 'no installer of the driver: it calls itself "NVIDIA CUDA Toolkit 12.4"' \
	"$work/toolkit.run"
: >"$work/empty.run"
refused "an empty file" "empty.run is no installer of NVIDIA's" "$work/empty.run"
refused "a text" "is no installer of NVIDIA's \(NVIDIA-Linux-x86_64-VERSION.run\): its header has no skip=" README.md
refused "a program" "is no installer of NVIDIA's" "$(command -v sh)"
printf '#!/bin/sh\nskip=99999999\n' >"$work/far.run"
refused "a beginning beyond all reason" "is no installer of NVIDIA's" "$work/far.run"
refused "a folder" "is no file that can be read" "$content"
refused "a name that is none" "nothing.run is no file that can be read" "$work/nothing.run"

# archive NAME TAR-OPTION… NAME…: an installer of a tar that no folder could give.
archive() {
	name=$1
	shift
	(cd "$content" && tar -cPf "$work/odd.tar" "$@")
	tests/driver/installer.sh "$work/odd.tar" "$work/$name"
}

echo "outside" >"$work/outside"
archive up.run --transform 's|^LICENSE|kernel/../../../outside|' LICENSE
refused "a name that leads out" 'holds "kernel/../../../outside", which no driver needs' "$work/up.run"
archive root.run --transform "s|^LICENSE|$work/outside|" LICENSE
refused "an absolute name" "holds \"$work/outside\"" "$work/root.run"
ln -s "$work" "$content/kernel/link"
archive link.run kernel LICENSE
refused "a link that leads out" "its kernel/link leads out of it" "$work/link.run"
rm "$content/kernel/link"
mkfifo "$content/kernel/pipe"
archive pipe.run kernel
refused "a pipe" 'holds "kernel/pipe"' "$work/pipe.run"
rm "$content/kernel/pipe"
archive newline.run --transform 's|^LICENSE|kernel/a\nb|' LICENSE
refused "a line feed in a name" 'holds "kernel/a.nb"' "$work/newline.run"
archive other.run nvidia-installer
refused "one without a driver" "holds nothing of a driver" "$work/other.run"
check "what lies outside is as it was" grep -qx outside "$work/outside"
head -c 3000000 /dev/zero >"$content/firmware/large.bin"
pack large.run
refused "an archive that unpacks to more than it may" "unpacked it is larger than 1 MiB" "$work/large.run" \
	ARCHIVE_LIMIT=1

# A disk of two megabytes, where a mount of one's own may be had.
# shellcheck disable=SC2016 # the inner shell's
small='mount -t tmpfs -o size=2m none "$1" && shift && exec "$@"'
full() {
	# shellcheck disable=SC2016
	unshare -m sh -c "$small" sh "$work/out" sh -c '
		scripts/driver/unpack.sh "$1" "$2"
		[ $? -eq 1 ] && [ -z "$(ls -A "${2%/*}")" ]' sh "$work/large.run" "$work/out/driver" >"$work/said" 2>&1
	code=$?
	cat "$work/said"
	[ "$code" -eq 0 ] && grep -q "no room left in $work/out for large.run, unpacked" "$work/said" &&
		[ "$(wc -l <"$work/said")" -eq 1 ]
}
if unshare -m sh -c "$small" sh "$work/out" true 2>/dev/null; then
	check "refused: a disk that is full" full
else
	skip "refused: a disk that is full" "no mount can be made here"
fi
plan
