#!/bin/sh
# The packages: what is in them, what they need, that they are the same when built again, that the .deb
# installs into an empty root and its programs run, and that an old rpm can take the .rpm.
set -u
export LC_ALL=C

: "${BUILD:=build}"
export BUILD SOURCE_DATE_EPOCH=1700000000
dist=$BUILD/dist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

. tests/tap.sh

for tool in rpmbuild dpkg-deb; do
	command -v "$tool" >/dev/null || {
		skip_all "$tool is not installed (scripts/setup.sh dist)"
	}
done

build() {
	make --no-print-directory BUILD="$BUILD" dist || return 1
	deb=$(ls "$dist"/forestage_*_amd64.deb) && rpm=$(ls "$dist"/forestage-*.x86_64.rpm) &&
		fleet=$(ls "$dist"/forestage-fleet-*.tar.gz)
}

same_again() {
	sha256sum "$deb" "$rpm" "$fleet" >"$work/sums"
	sleep 1
	scripts/dist/dist.sh && sha256sum -c "$work/sums"
}

# Ansible's own check of the hashes in it; what it holds is what git has of fleet/, but for galaxy.yml, which it was made of.
collection() (
	export HOME="$work" LC_ALL=C.UTF-8
	ansible-galaxy collection install -p "$work" --offline "$fleet" &&
		ansible-galaxy collection verify -p "$work" --offline forestage.fleet || exit 1
	LC_ALL=C
	git ls-files fleet | sed 's|^fleet/||' | grep -vx galaxy.yml | sort >"$work/fleet.there"
	tar -tzf "$fleet" | grep -vE '/$|^(FILES|MANIFEST)\.json$' | sort | diff "$work/fleet.there" - || exit 1
	tar -xzOf "$fleet" MANIFEST.json | jq -e --arg version "$("$BUILD/dom0/forestage" --version | sed 's/^forestage //')" \
		'.collection_info.version == $version'
)

# Both hold the same files, but for the folder of units.
contents() {
	unit=usr/lib/systemd/system/forestage-watch
	dpkg-deb --fsys-tarfile "$deb" | tar -t | sed 's|^\./||; s|/$||; s|^lib/systemd|usr/lib/systemd|' |
		grep -v '^$' | sort -u >"$work/deb.all"
	rpm -qlp "$rpm" | sed 's|^/||' | sort >"$work/rpm.all"
	# the rpm watches where XCP-ng has its grub.cfg, too
	[ "$(comm -13 "$work/deb.all" "$work/rpm.all" | tr '\n' ' ')" = "$unit.path.d $unit.path.d/xenserver.conf " ] || return 1
	for file in usr/sbin/forestage usr/bin/forestage-run usr/lib/systemd/system/forestage-collect.service \
		usr/lib/systemd/system/forestage-follow.service usr/lib/systemd/system/forestage-trial.service \
		usr/lib/forestage/forestage-cached.so usr/lib/forestage/forestage-guard "$unit.service" "$unit.path" \
		usr/share/man/man8/forestage.8.gz usr/share/man/man1/forestage-run.1.gz etc/forestage/jobs \
		usr/share/bash-completion/completions/forestage usr/share/forestage/samples/jobs/saxpy.conf \
		usr/share/doc/forestage/copyright; do
		for list in deb rpm; do
			grep -qx "$file" "$work/$list.all" || { echo "missing in $list: $file"; return 1; }
		done
	done
}

# Nobody but root may change anything, nothing is set-uid, and nothing of NVIDIA's is in it.
modes() {
	dpkg-deb -c "$deb" | awk '$2 != "root/root" { print; bad = 1 } $1 ~ /^[^l]....w|^[^l].......w|[sS]/ { print; bad = 1 }
		END { exit bad }' || return 1
	rpm -qlvp "$rpm" | awk '$3 != "root" || $4 != "root" || $1 ~ /^[^l]....w|^[^l].......w|[sS]/ { print; bad = 1 }
		END { exit bad }' || return 1
	! grep -iE 'nvidia|libcuda|gsp' "$work/deb.all" "$work/rpm.all"
}

requires() {
	rpm -qp --requires "$rpm" | sort -u >"$work/requires"
	cat >"$work/allowed" <<'END'
/bin/sh
libc.so.6(GLIBC_2.17)(64bit)
rpmlib(CompressedFileNames) <= 3.0.4-1
rpmlib(FileDigests) <= 4.6.0-1
rpmlib(PayloadFilesHavePrefix) <= 4.0-1
END
	diff "$work/allowed" "$work/requires"
}

# tag FORMAT VALUE
tag() {
	found=$(rpm -qp --qf "$1" "$rpm")
	[ "$found" = "$2" ] || { echo "$1: $found, not $2"; return 1; }
}

# rpm 4.11 checks header and payload by SHA-1 and MD5; newer ones by SHA-256.
digests() {
	rpm -Kv --nosignature "$rpm"
	tag '%{SIGMD5}' "$(rpm -qp --qf '%{SIGMD5}' "$rpm")" && [ "$(rpm -qp --qf '%{SHA1HEADER}' "$rpm")" != '(none)' ] &&
		rpm -K --nosignature "$rpm"
}

payload() {
	rpm2cpio "$rpm" | (mkdir "$work/rpm" && cd "$work/rpm" && cpio --quiet -idm) && [ -x "$work/rpm/usr/sbin/forestage" ]
}

# runs_on VERSION FILE: no symbol of a glibc newer than VERSION, and libdl apart, as before 2.34.
runs_on() {
	newest=$(objdump -T "$2" | grep -oE 'GLIBC_[0-9.]+' | sed 's/GLIBC_//' | sort -uV | tail -n 1)
	echo "newest: $newest"
	[ "$(printf '%s\n%s\n' "$newest" "$1" | sort -V | tail -n 1)" = "$1" ] || return 1
	readelf -d "$2" | grep -q 'NEEDED.*libdl.so.2' || return 1
	! readelf -d "$2" | grep NEEDED | grep -vE 'lib(c|m|dl|pthread|rt)\.so\.[0-9]'
}

static() {
	! readelf -l "$1" | grep -E 'INTERP|DYNAMIC'
}

install_deb() {
	root=$work/root
	mkdir -p "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/info" "$root/var/lib/forestage/runs/one"
	: >"$root/var/lib/dpkg/status"
	: >"$root/var/lib/forestage/runs/one/run.json"
	dpkg_root "$deb" --install
	grep -A1 '^Package: forestage' "$root/var/lib/dpkg/status" | grep -q 'Status: install ok installed'
}

# The package's scripts run on this machine, not in the root: without systemd's programs in sight.
dpkg_root() {
	PATH=$work/path dpkg --root="$root" --force-not-root --force-depends --force-script-chrootless --log=/dev/null \
		"$2" "$1"
}

make_path() {
	mkdir -p "$work/path"
	for program in sh dpkg dpkg-deb dpkg-split tar rm ldconfig start-stop-daemon ls diff; do
		where=$(command -v "$program") || where=$(ls /sbin/"$program" 2>/dev/null) || continue
		ln -sf "$where" "$work/path/$program"
	done
}

runs() {
	"$work/root/usr/sbin/forestage" --version || return 1
	"$work/root/usr/bin/forestage-run" --help >/dev/null || return 1
	LD_LIBRARY_PATH="$BUILD/rehearsal" "$work/root/usr/bin/forestage-run" --region "$work/region" \
		--jobs "$work/root/usr/share/forestage/samples/jobs" --only vecadd || return 1
	"$work/root/usr/sbin/forestage" collect --region "$work/region" | grep 'PASS (1 pass)'
}

remove_deb() {
	dpkg_root forestage --purge || return 1
	[ -f "$work/root/var/lib/forestage/runs/one/run.json" ] || { echo "a result is gone"; return 1; }
	[ ! -e "$work/root/usr/sbin/forestage" ]
}

# Names, headers, programs and man pages of both packages say the version of version.h.
versions() {
	version=$(sed -n 's/^#define FORESTAGE_VERSION "\(.*\)"$/\1/p' version.h)
	[ "$(basename "$deb")" = "forestage_${version}_amd64.deb" ] || { echo "$deb"; return 1; }
	[ "$(basename "$rpm")" = "forestage-$version-1.x86_64.rpm" ] || { echo "$rpm"; return 1; }
	[ "$(dpkg-deb -f "$deb" Version)" = "$version" ] || { dpkg-deb -f "$deb"; return 1; }
	tag '%{VERSION}-%{RELEASE}' "$version-1" || return 1
	for tree in "$work/root" "$work/rpm"; do
		[ "$("$tree/usr/sbin/forestage" --version)" = "forestage $version" ] || return 1
		[ "$("$tree/usr/bin/forestage-run" --version)" = "forestage-run $version" ] || return 1
		for page in docs/man/*.[1-8]; do
			gzip -dc "$tree/usr/share/man/man${page##*.}/$(basename "$page").gz" >"$work/page" || return 1
			grep "^\.TH .*\"Forestage $version\"" "$work/page" || { grep '^\.TH' "$work/page"; return 1; }
		done
	done
}

# Every file is in md5sums, and right.
md5sums() {
	dpkg-deb -e "$deb" "$work/control" && dpkg-deb -x "$deb" "$work/x" || return 1
	(cd "$work/x" && md5sum --quiet -c ../control/md5sums) || return 1
	[ "$(wc -l <"$work/control/md5sums")" -eq "$(find "$work/x" -type f | wc -l)" ]
}

scripts_are_sh() {
	for script in postinst prerm postrm; do
		dash -n "$work/control/$script" && [ "$(head -n 1 "$work/control/$script")" = '#!/bin/sh' ] || return 1
	done
	rpm -qp --scripts "$rpm" | grep -q 'systemctl enable forestage-collect.service'
}

# removing SCRIPT ARGUMENT: what it has forestage do, with its folder in $work/state.
removing() {
	sed "s|/var/lib/forestage|$work/state|; s|/run/systemd/system|$work/no-systemd|" "$1" >"$work/removing"
	: >"$work/called"
	PATH="$work/stand-ins" sh "$work/removing" "$2" 2>"$work/removing.said" || return 1
	tr '\n' ';' <"$work/called"
}

# A package that goes takes what is armed along; an upgrade leaves it, and where nothing was armed nothing is asked for.
removing_disarms() {
	mkdir -p "$work/stand-ins" && rm -rf "$work/state" && mkdir "$work/state" || return 1
	ln -sf "$(command -v sh)" "$(command -v ls)" "$(command -v cat)" "$work/stand-ins"
	cat >"$work/stand-ins/forestage" <<-EOF
		#!/bin/sh
		echo "\$*" >>"$work/called"
		exit "\$(cat "$work/code")"
	EOF
	chmod +x "$work/stand-ins/forestage"
	rpm -qp --qf '%{PREUN}' "$rpm" >"$work/preun"
	echo 0 >"$work/code"
	[ -z "$(removing "$work/control/prerm" remove)$(removing "$work/preun" 0)" ] || return 1
	: >"$work/state/armed.json"
	[ -z "$(removing "$work/control/prerm" upgrade)$(removing "$work/preun" 1)" ] || return 1
	[ "$(removing "$work/control/prerm" remove)$(removing "$work/preun" 0)" = 'disarm;disarm;' ] || return 1
	echo 1 >"$work/code" # no ESP: it goes all the same, and says so
	for argument in remove 0; do
		script=$work/preun
		[ "$argument" = 0 ] || script=$work/control/prerm
		[ "$(removing "$script" "$argument")" = 'disarm;' ] || return 1
		grep -q 'the next boot starts it' "$work/removing.said" || return 1
	done
}

# The completion offers what the help has.
completion() {
	PATH="$work/root/usr/sbin:$work/root/usr/bin:$PATH" bash -c '
		. "$1" || exit 1
		COMP_WORDS=(forestage c) COMP_CWORD=1
		_forestage
		[[ " ${COMPREPLY[*]} " = *" collect "* ]] || { echo "verbs: ${COMPREPLY[*]}"; exit 1; }
		COMP_WORDS=(forestage arm --e) COMP_CWORD=2
		_forestage
		[[ " ${COMPREPLY[*]} " = *" --every-boot "* ]] || { echo "options: ${COMPREPLY[*]}"; exit 1; }
		COMP_WORDS=(forestage-run --reg) COMP_CWORD=1
		_forestage_run
		[[ " ${COMPREPLY[*]} " = *" --region "* ]] || { echo "runner: ${COMPREPLY[*]}"; exit 1; }
	' - "$work/root/usr/share/bash-completion/completions/forestage"
}

check "make dist" build
check "built again, they are the same" same_again
check "the collection installs, and is fleet/" collection
check "what is in them" contents
check "owners and modes, and nothing of others" modes
check "rpm: it requires nothing that rpm 4.11 and glibc 2.17 lack" requires
check "rpm: payload compressed with gzip" tag '%{PAYLOADCOMPRESSOR}' gzip
check "rpm: a cpio payload" tag '%{PAYLOADFORMAT}' cpio
check "rpm: file digests are SHA-256" tag '%{FILEDIGESTALGO}' 8
check "rpm: no rich dependencies" sh -c "! rpm -qp --requires --recommends --suggests '$rpm' | grep '^('"
check "rpm: digests" digests
check "rpm: it unpacks" payload
make_path
check "deb: it installs into an empty root" install_deb
check "deb: its programs run" runs
check "deb: forestage is static" static "$work/root/usr/sbin/forestage"
check "deb: forestage-run starts on glibc 2.17" runs_on 2.17 "$work/root/usr/bin/forestage-run"
check "deb: what --cached preloads goes with glibc 2.17" runs_on 2.17 "$work/root/usr/lib/forestage/forestage-cached.so"
check "rpm: the same programs" sh -c "cmp '$work/rpm/usr/bin/forestage-run' '$work/root/usr/bin/forestage-run' &&
	cmp '$work/rpm/usr/sbin/forestage' '$work/root/usr/sbin/forestage'"
check "both: one version everywhere" versions
check "deb: md5sums" md5sums
check "the packages' scripts" scripts_are_sh
check "removing either disarms what is armed" removing_disarms
check "bash completion" completion
check "deb: purging it leaves the results" remove_deb
plan
