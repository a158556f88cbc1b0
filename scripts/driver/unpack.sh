#!/bin/sh
# Unpacks NVIDIA's installer without running any of it:
#
#   scripts/driver/unpack.sh NVIDIA-Linux-x86_64-VERSION.run FOLDER
#
# FOLDER is made; it gets what a stage or a dom0 needs: kernel-open/, kernel/, firmware/, the libraries of CUDA,
# .manifest and LICENSE. On an error nothing is left, and the exit code is 1.
#
# An installer is a shell script with an archive behind it, made by NVIDIA's makeself 1.6.0-nv: its first lines are
# CRCsum=, MD5= and skip=; both sums are of everything from line 4 on, and line number skip= is the archive's first,
# a tar compressed by gzip, bzip2, xz or zstd. The script would unpack it as well (--extract-only), but it would run
# as whoever builds the image, with everything that it may do. So it is only read: header, sums, archive.
#
# Environment: ARCHIVE_LIMIT (16384), the MiB that an archive may become: no driver is near that.
set -eu
export LC_ALL=C

: "${ARCHIVE_LIMIT:=16384}"

[ $# -eq 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
file=$1 folder=$2
name=$(basename "$file")
partial=$folder.partial

die() {
	printf 'driver: %s\n' "$*" >&2 # a name may have a backslash, which some shells' echo takes for more
	exit 1
}

# shellcheck source=scripts/driver/names.sh
. "$(dirname "$0")/names.sh"

if [ ! -f "$file" ] || [ ! -r "$file" ]; then die "$file is no file that can be read"; fi
[ ! -e "$folder" ] || die "$folder is there already"
trap 'rm -rf "$partial"' EXIT
trap 'exit 1' INT TERM
rm -rf "$partial"
mkdir -p "$partial/content" || die "$partial cannot be made"

# field NAME: what the header says of it. Only the first lines are looked at: behind the header lies binary data.
head -c 8192 "$file" | tr -d '\000' | head -n 40 >"$partial/header"
field() {
	sed -n "s/^$1=\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" "$partial/header" | head -n 1
}

# damaged WHAT: the words that all damage ends in.
damaged() {
	die "$name is damaged: $*. Get it again; if \"sh $name --check\" calls it good, unpack it yourself" \
		"(sh $name --extract-only) and give the folder"
}

check_header() {
	skip=$(field skip) version=$(field version_string)
	case $(head -c 2 "$file") in '#!') ;; *) skip= ;; esac
	case $skip in
	'' | *[!0-9]* | ???????*)
		die "$file is no installer of NVIDIA's (NVIDIA-Linux-x86_64-VERSION.run): its header has no skip="
		;;
	esac
	case $(field label) in
	*"Graphics Driver"*) ;;
	*) die "$file is no installer of the driver: it calls itself \"$(field label)\"" ;;
	esac
	system=$(field TARGET_OS)-$(field TARGET_ARCH)
	case $system in
	Linux-x86_64) ;;
	-) ;; # one that does not say it: the libraries will
	*) die "$name is for $system; the stage is Linux on x86_64: get NVIDIA-Linux-x86_64-$version.run" ;;
	esac
}

check_sums() {
	md5=$(tail -n +4 "$file" | md5sum | cut -d ' ' -f 1)
	crc=$(tail -n +4 "$file" | cksum | cut -d ' ' -f 1)
	case $(field MD5) in
	'' | 00000000000000000000000000000000) [ -n "$(field CRCsum)" ] || damaged "its header has no checksum" ;;
	"$md5") ;;
	*) damaged "its MD5 is $md5, its header says $(field MD5)" ;;
	esac
	[ "$(field CRCsum)" = "$crc" ] || damaged "its CRC is $crc, its header says $(field CRCsum)"
}

# decompress: the archive as a tar file.
decompress() {
	case $(tail -n "+$skip" "$file" | head -c 6 | od -An -tx1 | tr -d ' \n') in
	fd377a585a00) program=xz ;;
	28b52ffd*) program=zstd ;;
	1f8b*) program=gzip ;;
	425a68*) program=bzip2 ;;
	*) damaged "line $skip, where its header says that the archive begins, begins none that is known" ;;
	esac
	command -v "$program" >/dev/null || die "$name is compressed by $program, which is not installed"
	(
		ulimit -f $((ARCHIVE_LIMIT * 1024 * 2))
		tail -n "+$skip" "$file" | "$program" -dcq >"$partial/tar"
	) 2>"$partial/said" || unpacked_not "$program"
}

# unpacked_not PROGRAM: why its work has no result.
unpacked_not() {
	if [ "$(df -Pk "$partial" | awk 'NR == 2 { print $4 }')" -lt 1024 ] ||
		grep -q 'No space left' "$partial/said"; then
		die "no room left in $(dirname "$folder") for $name, unpacked"
	fi
	! grep -qiE 'file (too large|size limit)' "$partial/said" ||
		die "$name is not from NVIDIA as it is: unpacked it is larger than $ARCHIVE_LIMIT MiB"
	damaged "$1 cannot unpack it: $(tail -n 1 "$partial/said")"
}

check_names() {
	wrong=$(strange_name "$partial/tar" 2>"$partial/said") || unpacked_not tar
	[ -z "$wrong" ] || die "$name is not from NVIDIA as it is: it holds \"$wrong\", which no driver needs"
}

# What is taken: of the libraries those that libcuda or the compiler of PTX may want.
take() {
	grep -E '^(\./)?((kernel|kernel-open|firmware)/|(\.manifest|LICENSE)$)' "$partial/tar.names" >"$partial/wanted" || :
	grep -E '^(\./)?lib(cuda|nvidia-(ml|ptxjitcompiler|nvvm|nvvm70|gpucomp|fatbinaryloader))\.so\.' \
		"$partial/tar.names" >>"$partial/wanted" || :
	[ -s "$partial/wanted" ] || die "$name holds nothing of a driver"
	tar -xf "$partial/tar" -C "$partial/content" --no-same-owner --no-same-permissions --no-recursion \
		--verbatim-files-from -T "$partial/wanted" 2>"$partial/said" || unpacked_not tar
	find "$partial/content" -type l | while read -r link; do
		case $(realpath -m "$link") in
		"$(realpath "$partial/content")"/*) ;;
		*) die "$name is not from NVIDIA as it is: its ${link#"$partial/content/"} leads out of it" ;;
		esac
	done
	chmod -R u+rwX,go+rX,go-w "$partial/content"
}

check_header
check_sums
decompress
check_names
take
mv "$partial/content" "$folder"
