#!/bin/sh
# Puts Python 3 into a root folder:
#
#   initramfs/python.sh FOLDER ROOT
#
# FOLDER holds usr/bin/python3.N, usr/lib/python3.N and the libraries that these need, as Debian's packages unpack
# (scripts/parts.sh python), or as a system has them (/). Prints a line "TARGET BYTES" for each file that it put there.
#
# Left out, and the same on every machine: extension modules whose libraries are not in FOLDER, which are named; the
# folders below, which no batch job needs; and compiled modules (__pycache__): their bytes are not the same each time,
# and Python compiles what a program imports.
set -eu
export LC_ALL=C
umask 022

[ $# -eq 2 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | sed '$d'; exit 2; }
folder=$(realpath "$1") root=$(realpath "$2")
without='__pycache__ config-* dist-packages site-packages ensurepip idlelib lib2to3 pydoc_data test tests tkinter turtledemo'

die() {
	echo "python: $*" >&2
	exit 1
}

name=$(find "$folder/usr/bin" -maxdepth 1 -name 'python3.[0-9]*' ! -name '*-*' 2>/dev/null | sed 's|.*/||' | sort)
case $(echo "$name" | wc -w) in
1) ;;
0) die "there is no usr/bin/python3.N in $1" ;;
*) die "$1 has more than one Python: $(echo "$name" | paste -sd ' ' | sed 's/ /, /g')" ;;
esac
modules=usr/lib/$name
[ -f "$folder/$modules/os.py" ] || die "$1 has no $modules/os.py: the standard library of $name is missing"

# library NAME: where it is in the folder; the C library is the image's own.
library() {
	for place in lib/x86_64-linux-gnu usr/lib/x86_64-linux-gnu lib usr/lib; do
		[ ! -f "$folder/$place/$1" ] || { echo "$folder/$place/$1"; return; }
	done
}

needed() {
	objdump -p "$1" | awk '$1 == "NEEDED" && $2 !~ /^(libc|libm|libdl|libpthread|librt|libutil|ld-linux-x86-64)[.]so/ {
		print $2 }'
}

# all_needed FILE: the libraries that it needs, and those that they need, as "NAME PATH"; "NAME" alone is missing.
all_needed() {
	todo=$(needed "$1") seen=' '
	while [ -n "$todo" ]; do
		found=
		for one in $todo; do
			case $seen in *" $one "*) continue ;; esac
			seen="$seen$one "
			path=$(library "$one")
			echo "$one $path"
			[ -z "$path" ] || found="$found $(needed "$path")"
		done
		todo=$(echo "$found" | xargs)
	done
}

# put MODE FILE TARGET
put() {
	mkdir -p "$root/$(dirname "$3")"
	install -m "$1" "$2" "$root/$3"
	[ "$1" = 644 ] || strip --strip-unneeded "$root/$3" 2>/dev/null || :
	echo "$3 $(stat -c %s "$root/$3")"
}

# put_libraries LIST: those that are not there yet; the runner's own are.
put_libraries() {
	echo "$1" | while read -r one path; do
		[ -z "$one" ] || [ -e "$root/lib/x86_64-linux-gnu/$one" ] ||
			put 755 "$path" "lib/x86_64-linux-gnu/$one"
	done
}

missing() {
	echo "$1" | awk 'NF == 1 { print $1 }' | paste -sd ' ' | sed 's/ /, /g'
}

list=$(all_needed "$folder/usr/bin/$name")
[ -z "$(missing "$list")" ] || die "$name needs $(missing "$list"), which is not in $1"
put 755 "$folder/usr/bin/$name" "usr/bin/$name"
put_libraries "$list"
ln -s "$name" "$root/usr/bin/python3"

# Links lead to files of the folder, or, as Debian's sitecustomize.py, out of it.
prune=
for pattern in $without; do prune="$prune -name $pattern -prune -o"; done
set -f
# shellcheck disable=SC2086 # a list of words
sources=$(cd "$folder" && find "$modules" $prune \( -type f -o -type l \) ! -name '*.so' -print | sort)
# shellcheck disable=SC2086
extensions=$(cd "$folder" && find "$modules" $prune -type f -name '*.so' -print | sort)
set +f
echo "$sources" | while read -r file; do
	[ ! -f "$folder/$file" ] || echo "$file"
done >"$root.python"
(cd "$folder" && cpio --quiet -pdmL "$root" <"$root.python")
(cd "$root" && find usr lib -type d -exec chmod 755 {} + && xargs -d '\n' chmod 644 <"$root.python" &&
	xargs -d '\n' stat -c '%n %s' <"$root.python")
rm "$root.python"

left_out=
for file in $extensions; do
	list=$(all_needed "$folder/$file")
	if [ -n "$(missing "$list")" ]; then
		left_out="$left_out, $(basename "$file" | sed 's/[.].*//') ($(missing "$list"))"
	else
		put 755 "$folder/$file" "$file"
		put_libraries "$list"
	fi
done
[ -z "$left_out" ] || echo "python: without what is not in $1: ${left_out#, }" >&2
