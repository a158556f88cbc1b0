#!/bin/sh
# The packages of the dom0 side, in build/dist/: forestage_VERSION_amd64.deb and
# forestage-VERSION-1.x86_64.rpm; when `make image` has made one, the image as
# forestage-image-VERSION.tar.gz; and, where Ansible is installed, the collection as forestage-fleet-VERSION.tar.gz.
# The same inputs give the same bytes. Called by `make dist`, which has built what goes in.
#
# Environment: SOURCE_DATE_EPOCH (default: the last commit's time).
set -eu
export LC_ALL=C TZ=UTC

: "${BUILD:=build}"
here=$(dirname "$0")
out=$BUILD/dist
tree=$out/tree # as it is installed
version=$("$BUILD/dom0/forestage" --version | sed 's/^forestage //')
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || echo 0)}"
export SOURCE_DATE_EPOCH

# install_file MODE FROM TO
install_file() {
	install -D -m "$1" "$2" "$tree/$3"
}

fill_tree() {
	rm -rf "$tree"
	install_file 755 "$BUILD/dom0/forestage" usr/sbin/forestage
	install_file 755 "$out/parts/forestage-run" usr/bin/forestage-run
	install_file 755 "$out/parts/forestage-cached.so" usr/lib/forestage/forestage-cached.so
	install_file 755 "$BUILD/guard/forestage-guard" usr/lib/forestage/forestage-guard
	strip "$tree/usr/sbin/forestage" "$tree/usr/bin/forestage-run" "$tree"/usr/lib/forestage/forestage-*
	install_file 644 "$here/completion.bash" usr/share/bash-completion/completions/forestage
	ln -s forestage "$tree/usr/share/bash-completion/completions/forestage-run"
	for page in docs/man/*.[1-8]; do
		target=usr/share/man/man${page##*.}/$(basename "$page")
		install_file 644 "$page" "$target"
		sed -i "s/^\(\.TH .*\"Forestage\)\"/\1 $version\"/" "$tree/$target"
		gzip -9n "$tree/$target"
	done
	install_file 644 LICENSE usr/share/doc/forestage/copyright
	for page in README.md docs/*.md docs/*.schema.json; do
		install_file 644 "$page" "usr/share/doc/forestage/${page}"
	done
	(cd samples/jobs && find . -type f) | while read -r file; do
		install_file 644 "samples/jobs/$file" "usr/share/forestage/samples/jobs/$file"
	done
	install -d -m 755 "$tree/etc/forestage/jobs" "$tree/usr/share/forestage"
}

# install_units FOLDER
install_units() {
	mkdir -p "$1"
	for unit in collect.service follow.service trial.service watch.service watch.path; do
		install -m 644 "dom0/forestage-$unit" "$1/"
	done
}

# Modification times: none is later than the source's.
settle() {
	find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
}

make_deb() {
	root=$out/deb
	rm -rf "$root"
	cp -a "$tree" "$root"
	install_units "$root/lib/systemd/system"
	mkdir "$root/DEBIAN"
	size=$(du -ks --apparent-size --exclude=DEBIAN "$root" | cut -f1)
	sed "s/@VERSION@/$version/; s/@SIZE@/$size/" "$here/control" >"$root/DEBIAN/control"
	for script in postinst prerm postrm; do
		install -m 755 "$here/$script" "$root/DEBIAN/$script"
	done
	(cd "$root" && find . -path ./DEBIAN -prune -o -type f -print | sed 's|^\./||' | sort |
		xargs md5sum) >"$root/DEBIAN/md5sums"
	chmod -R u=rwX,go=rX "$root"
	settle "$root"
	dpkg-deb --root-owner-group -Zxz --threads-max=1 --build "$root" \
		"$out/forestage_${version}_amd64.deb" >/dev/null
	rm -rf "$root"
}

# What rpm 4.11 understands: gzip, SHA-256, no rich dependencies (tests/unit/scripts/dist.t).
make_rpm() {
	root=$out/rpm
	rm -rf "$root"
	mkdir -p "$root/tree" "$root/top"
	cp -a "$tree/." "$root/tree"
	install_units "$root/tree/usr/lib/systemd/system"
	install -D -m 644 dom0/forestage-watch-xenserver.conf \
		"$root/tree/usr/lib/systemd/system/forestage-watch.path.d/xenserver.conf"
	settle "$root/tree"
	rpmbuild --quiet -bb --target x86_64 \
		--define "_topdir $(realpath "$root/top")" --define "_tree $(realpath "$root/tree")" \
		--define "_version $version" --define "_scripts $(realpath "$here")" \
		"$here/forestage.spec" >"$root/log" 2>&1 || {
		cat "$root/log" >&2
		exit 1
	}
	mv "$root/top/RPMS/x86_64/forestage-$version-1.x86_64.rpm" "$out/"
	rm -rf "$root"
}

make_image() {
	[ -f "$BUILD/image/initramfs.img" ] || {
		echo "dist: no image: make image DRIVER=debian makes one in $BUILD/image (docs/image.md); make" \
			"dist then packs it"
		return
	}
	tar -C "$BUILD" --sort=name --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
		--mtime="@$SOURCE_DATE_EPOCH" -cf - image |
		gzip -1n >"$out/forestage-image-$version.tar.gz"
}

# ansible-galaxy lists the files as the disk has them and packs the time of day; the list's hash is in the manifest.
make_collection() {
	{ command -v ansible-galaxy && command -v jq; } >/dev/null || {
		echo "dist: no collection: ansible-galaxy (ansible-core) and jq make it"
		return
	}
	root=$out/collection
	rm -rf "$root"
	mkdir -p "$root/tree" "$root/packed"
	git ls-files fleet | while read -r file; do install -D -m 644 "$file" "$root/tree/$file"; done
	sed -i "s/^version: .*/version: $version/" "$root/tree/fleet/galaxy.yml"
	LC_ALL=C.UTF-8 ansible-galaxy collection build "$root/tree/fleet" --output-path "$root" >"$root/log" 2>&1 || {
		cat "$root/log" >&2
		exit 1
	}
	tar -C "$root/packed" -xzf "$root/forestage-fleet-$version.tar.gz"
	jq -S '.files |= sort_by(.name)' "$root/packed/FILES.json" >"$root/FILES.json"
	jq -S --arg hash "$(sha256sum <"$root/FILES.json" | cut -d' ' -f 1)" \
		'.file_manifest_file.chksum_sha256 = $hash' "$root/packed/MANIFEST.json" >"$root/MANIFEST.json"
	mv "$root/FILES.json" "$root/MANIFEST.json" "$root/packed/"
	(cd "$root/packed" && find . -mindepth 1 -maxdepth 1 -printf '%P\n' | sort | tar --sort=name --owner=0 --group=0 \
		--numeric-owner --mode=u=rwX,go=rX --mtime="@$SOURCE_DATE_EPOCH" -cf - -T -) |
		gzip -9n >"$out/forestage-fleet-$version.tar.gz"
	rm -rf "$root"
}

mkdir -p "$out"
rm -f "$out"/forestage*.deb "$out"/forestage*.rpm "$out"/forestage-image-*.tar.gz "$out"/forestage-fleet-*.tar.gz
fill_tree
settle "$tree"
make_deb
make_rpm
make_image
make_collection
rm -rf "$tree"
(cd "$out" && sha256sum forestage[-_]*)
