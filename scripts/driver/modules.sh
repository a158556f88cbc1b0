# NVIDIA's kernel modules, built for one kernel and put into a driver folder; sourced by driver.sh and own.sh.
#
# Uses $BUILD, $MAKE_JOBS, $FLAVOUR and $KERNEL; what the modules are for: $driver (version), $release, $compiler, $packages
# (names of the kernel's packages), $kernel (its package, unpacked) or $own (KERNEL=own) or $headers (of another one);
# and $out, the folder that is made: it comes to its place when it is whole.
# shellcheck shell=sh
: "${BUILD:?}" "${MAKE_JOBS:?}" "${FLAVOUR:?}"

work=
new=
step= # what runs of a build

# begin_build: nothing half made is left, and two that run at once do not build into the same folder.
begin_build() {
	work=$BUILD/driver/work-${out##*/}
	new=$out.new
	mkdir -p "$BUILD/driver" || die "$BUILD/driver cannot be written"
	exec 8>"$BUILD/driver/.lock"
	flock -n 8 || { say "waiting for another build"; flock 8; }
	trap 'rm -rf "$work" "$new" "$new.sums"' EXIT
	trap stop_build INT TERM HUP
	rm -rf "$work" "$new"
}

# stop_build: with all that runs of it. make ends its own children only, and theirs would go on.
stop_build() {
	if [ -n "$step" ]; then
		kill -TERM "-$step" 2>/dev/null || :
		sleep 0.5 # compilers remove what they have in /tmp
		kill -KILL "-$step" 2>/dev/null || :
		wait "$step" || :
	fi
	exit 1
}

cached() {
	[ "$(sed -n 's/^key=//p' "$out/versions" 2>/dev/null)" = "$key" ]
}

# The headers' Makefile names /usr/src, where nothing is installed; build/ may have moved since.
relocate() {
	sed -i "s|^include .*/\(linux-headers-[^/]*/Makefile\)$|include $headers/\1|" \
		"$headers/linux-headers-$release/Makefile"
}

# build_folders: where the kernel that modules are built for lies: $headers, and in it $source_tree and $output_tree.
build_folders() {
	if [ -n "${headers:-}" ]; then
		output_tree=$headers
		# Debian keeps them in two folders; the Makefile of the one includes the other's.
		source_tree=$(sed -n 's|^include \(/.*\)/Makefile$|\1|p' "$headers/Makefile" | head -n 1)
		: "${source_tree:=$headers}"
	elif [ -n "$KERNEL" ]; then
		headers=$(cd "$own/source" && pwd -P)
		source_tree=$headers output_tree=$(cd "$own/tree" && pwd -P)
	else
		headers=$(cd "$kernel/usr/src" && pwd)
		source_tree=$headers/linux-headers-${release%-amd64}-common
		output_tree=$headers/linux-headers-$release
		relocate
	fi
}

# built LOG COMMAND…: a step of the build; what it says goes to the log.
built() {
	log=$1
	shift
	setsid "$@" >>"$log" 2>&1 </dev/null & # a group of its own
	step=$!
	wait "$step" && step='' && ! grep -q 'undefined!$' "$log" && return
	! grep -q 'No space left on device' "$log" || die "no room left in $BUILD for building $driver"
	lacking=$(sed -n 's/.*modpost: "\(.*\)" \[.*undefined!$/\1/p' "$log" | sort -u | paste -sd ' ' | sed 's/ /, /g')
	[ -z "$lacking" ] || die "$driver needs of Linux $release what that does not have: $lacking (all in $log)"
	grep -E '(error|Error)[: ]' "$log" | grep -v '#error' | tail -n 5 >&2
	die "$driver does not build for Linux $release; the whole output is in $log"
}

# compile SOURCE [TREE]: nvidia and nvidia-uvm of this folder in $work/; of a source tree, whose folder kernel-open
# SOURCE is, the driver's core first.
compile() {
	: "${CC:=$compiler}"
	command -v "$CC" >/dev/null ||
		die "Linux $release was built with $compiler, which is not here: run scripts/setup.sh driver"
	build_folders
	say "building $driver ($FLAVOUR) for Linux $release: some minutes"
	: >"$work.log"
	modules=$work
	if [ -n "${2:-}" ]; then
		mkdir "$work"
		built "$work.log" cp -a "$2"/*.mk "$2/src" "$2/kernel-open" "$work/"
		[ ! -f "$2/nv-compiler.sh" ] || cp -a "$2/nv-compiler.sh" "$work/"
		chmod -R u+w "$work"
		modules=$work/kernel-open
		compile_core
	else
		built "$work.log" cp -rL "$1" "$work"
		chmod -R u+w "$work"
	fi
	tree=$(cd "$modules" && pwd)
	built "$work.log" make -C "$modules" -j"$MAKE_JOBS" CC="$CC" \
		KCFLAGS="-g0 -ffile-prefix-map=$tree=nvidia -ffile-prefix-map=$headers=linux" \
		KERNEL_UNAME="$release" SYSSRC="$source_tree" SYSOUT="$output_tree" \
		NV_EXCLUDE_KERNEL_MODULES="nvidia-drm nvidia-modeset nvidia-peermem" modules
}

# The core says who built it, where and when: always the same here.
compile_core() {
	say "its core comes first, from its source: that takes longer"
	core=src/nvidia/_out/Linux_x86_64/nv-kernel.o
	built "$work.log" make -C "$work/src/nvidia" -j"$MAKE_JOBS" CC="$CC" TARGET_ARCH=x86_64 DATE="date -u -d @0" \
		NV_BUILD_USER=forestage NV_BUILD_HOST=forestage \
		EXTRA_CFLAGS="-ffile-prefix-map=$(cd "$work" && pwd)=nvidia"
	ln -sf "../../$core" "$work/kernel-open/nvidia/nv-kernel.o_binary"
}

field() {
	modinfo -F "$1" "$2" | head -n 1
}

# One of the kernel's own modules and what it needs, before the modules that need it.
kernel_module() {
	name=$(echo "$1" | tr _ -)
	! grep -qx "$name" "$new/modules/order" || return 0
	[ -z "$KERNEL" ] || die "$2 needs $name, which the own kernel does not have"
	found=$(find "$kernel/lib/modules/$release" "$kernel/usr/lib/modules/$release" -name '*.ko*' \
		2>/dev/null | grep -E "/$(echo "$name" | sed 's/-/[-_]/g')\.ko(\.xz)?$" || :)
	[ -n "$found" ] || die "Linux $release has no module $name"
	case $found in
	*.xz) xz -dc "$found" >"$new/modules/$name.ko" ;;
	*) cp "$found" "$new/modules/$name.ko" ;;
	esac
	strip --strip-debug "$new/modules/$name.ko"
	needs "$new/modules/$name.ko"
	echo "$name" >>"$new/modules/order"
}

# needs MODULE: what it needs of the kernel's, which a dom0 has by itself.
needs() {
	[ -z "${for_dom0:-}" ] || return 0
	for needed in $(field depends "$1" | tr , ' '); do
		case $needed in
		nvidia) ;;
		*) (kernel_module "$needed" "$1") ;; # its own variables: this recurses
		esac
	done
}

install_modules() {
	: >"$new/modules/order"
	# the stage states the page attribute table it ran under; the own kernel has it built in
	[ -n "$KERNEL${for_dom0:-}" ] || kernel_module msr
	for module in nvidia nvidia-uvm; do
		[ "$(field vermagic "$modules/$module.ko" | cut -d ' ' -f 1)" = "$release" ] ||
			die "$module.ko came out for Linux $(field vermagic "$modules/$module.ko"), not for $release"
		needs "$modules/$module.ko"
		strip --strip-debug -o "$new/modules/$module.ko" "$modules/$module.ko"
		echo "$module" >>"$new/modules/order"
	done
	[ "$(field version "$new/modules/nvidia.ko")" = "$driver" ] ||
		die "nvidia.ko says it is $(field version "$new/modules/nvidia.ko"), not $driver"
	case $FLAVOUR-$(field license "$new/modules/nvidia.ko") in
	open-*GPL | proprietary-NVIDIA) ;;
	*) die "nvidia.ko is not $FLAVOUR: its licence is \"$(field license "$new/modules/nvidia.ko")\"" ;;
	esac
}

# finish_build LINE…: what $out is made of, its files' hashes, and its place. Lines beyond the usual ones come last.
finish_build() {
	{
		printf '%s=%s\n' key "$key" pair "$driver" known "$known" flavour "$FLAVOUR" driver "$driver" \
			kernel "$release"
		cat "$@" | sed 's/_\(amd64\|all\)\.deb$//; s/^\([^_=]*\)_/package.\1=/; s/%3a/:/' | sort
	} >"$new/versions"
	(cd "$new" && find . -type f ! -name sha256sums | sort | sed 's|^\./||' |
		xargs -d '\n' sha256sum) >"$new.sums"
	mv "$new.sums" "$new/sha256sums"
	rm -rf "$out"
	mv "$new" "$out"
	rm -rf "$work"
}
