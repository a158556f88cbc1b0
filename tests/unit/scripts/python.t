#!/bin/sh
# initramfs/python.sh on folders made up here: what goes into an image of Python, what is left out, and what is refused.
set -u
export LC_ALL=C

work=$(mktemp -d)
. tests/tap.sh
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# elf FILE [LIBRARY…]: something shared that needs these.
elf() {
	mkdir -p "$(dirname "$1")"
	echo 'int number = 1;' >"$work/empty.c"
	target=$1
	shift
	cc -shared -o "$target" -Wl,-soname,"$(basename "$target")" -Wl,--no-as-needed "$work/empty.c" "$@"
}

# The folder of a Python 3.9 that needs libone, which needs libtwo; one of its extensions needs a library that is not
# there.
folder=$work/folder
modules=$folder/usr/lib/python3.9
libraries=$folder/usr/lib/x86_64-linux-gnu
make_folder() {
	elf "$libraries/libtwo.so.2" && elf "$libraries/libone.so.1" "$libraries/libtwo.so.2" &&
		elf "$work/gone/libgone.so.3" && elf "$folder/lib/x86_64-linux-gnu/libffi.so.8" &&
		elf "$folder/usr/bin/python3.9" "$libraries/libone.so.1" &&
		elf "$modules/lib-dynload/_ctypes.cpython-39.so" "$folder/lib/x86_64-linux-gnu/libffi.so.8" &&
		elf "$modules/lib-dynload/_json.cpython-39.so" &&
		elf "$modules/lib-dynload/_ssl.cpython-39.so" "$work/gone/libgone.so.3" || return 1
	mkdir -p "$modules/json/__pycache__" "$modules/test" "$modules/config-3.9-x86_64-linux-gnu" "$modules/dist-packages"
	for file in os.py json/__init__.py json/__pycache__/__init__.cpython-39.pyc test/test_os.py \
		config-3.9-x86_64-linux-gnu/libpython3.9.a dist-packages/numpy.py "_a b.py"; do
		echo "# $file" >"$modules/$file"
	done
	ln -s os.py "$modules/_link.py"
	ln -s /nonexistent/sitecustomize.py "$modules/sitecustomize.py"
	: >"$folder/usr/bin/python3.9-config"
	chmod 600 "$modules/os.py"
}
set_up "no folder" make_folder

put() {
	rm -rf "$work/root"
	mkdir -p "$work/root"
	initramfs/python.sh "${1:-$folder}" "$work/root" >"$work/list" 2>"$work/errors"
}
there() {
	(cd "$work/root" && find . ! -type d | sed 's|^\./||' | sort)
}

right() {
	cat >"$work/wanted" <<-'END'
		lib/x86_64-linux-gnu/libffi.so.8
		lib/x86_64-linux-gnu/libone.so.1
		lib/x86_64-linux-gnu/libtwo.so.2
		usr/bin/python3
		usr/bin/python3.9
		usr/lib/python3.9/_a b.py
		usr/lib/python3.9/_link.py
		usr/lib/python3.9/json/__init__.py
		usr/lib/python3.9/lib-dynload/_ctypes.cpython-39.so
		usr/lib/python3.9/lib-dynload/_json.cpython-39.so
		usr/lib/python3.9/os.py
	END
	put || { cat "$work/errors"; return 1; }
	there | diff "$work/wanted" -
}
check "the program, its modules and the libraries of both are there, and no more" right
check "python3 is a link to it" test "$(readlink "$work/root/usr/bin/python3")" = python3.9
check "a link within has become its file" grep -qx "# os.py" "$work/root/usr/lib/python3.9/_link.py"
check "what needs a library that is not there is left out by name" \
	grep -qx "python: without what is not in $folder: _ssl (libgone.so.3)" "$work/errors"
sizes() {
	(cd "$work/root" && find . -type f | sed 's|^\./||' | sort | grep -v '^usr/bin/python3$' | tr '\n' '\0' | xargs -0 stat -c '%n %s') >"$work/sizes"
	sort "$work/list" | diff "$work/sizes" -
}
check "each file is listed with its size" sizes

# All of it with owners, modes and names, as the image has them.
as_archive() {
	find "$work/root" -exec touch -h -d @0 {} + &&
		(cd "$work/root" && find . -mindepth 1 | sort | cpio --quiet --reproducible -o -H newc -R 0:0)
}
twice() {
	put && as_archive >"$work/first" || return 1
	cp -a "$folder" "$work/another"
	find "$work/another" -type d -exec chmod 700 {} +
	(umask 077 && put "$work/another") && as_archive >"$work/second" && cmp "$work/first" "$work/second"
}
check "the same files give the same bytes, whatever the umask and the folders' modes are" twice

# refused MESSAGE [FOLDER]
refused() {
	if put "${2:-$folder}" || ! grep -qF "$1" "$work/errors"; then
		cat "$work/errors"
		return 1
	fi
}
check "a folder without Python is refused" refused "there is no usr/bin/python3.N" "$work/gone"
: >"$folder/usr/bin/python3.10"
check "two of them are refused" refused "has more than one Python: python3.10, python3.9"
rm "$folder/usr/bin/python3.10" "$libraries/libtwo.so.2"
check "a library that the program needs is missed" refused "python3.9 needs libtwo.so.2, which is not in"
rm "$modules/os.py"
check "modules without the standard library are refused" refused "has no usr/lib/python3.9/os.py"
plan
