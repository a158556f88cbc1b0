# The stand-in of NVIDIA's driver for the kernel that the reference host has; sourced.
# shellcheck shell=sh

# standin_build FOLDER BEHAVIOUR…: FOLDER/BEHAVIOUR/modules, from the headers of the host's release.
standin_build() {
	release=$(basename "$(echo "$BUILD"/host/root-*/lib/modules/*)")
	scripts/fetch.sh bookworm "$BUILD/host/headers-$release" "modules:linux-image-$release" &&
		STAGE_PART="$BUILD/host/headers-$release" tests/e2e/driver/build.sh "$@"
}

# standin_driver STAND-IN FOLDER: as --driver takes it, with the rehearsal library for libcuda.
standin_driver() {
	rm -rf "$2"
	mkdir -p "$2/lib"
	cp -r "$1/modules" "$2/"
	cp "$BUILD/rehearsal/libcuda.so.1" "$2/lib/"
}
