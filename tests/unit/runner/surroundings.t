#!/bin/sh
# A program finds the same around it whoever calls forestage-run: a bare shell, and one of a dom0 whose owner has set
# much and keeps secrets in it. tests/e2e/chain.t compares it with the stage.
set -u
export LC_ALL=C
: "${BUILD:=build}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. tests/tap.sh
needs "$BUILD/tests/environment" "$BUILD/runner/forestage-run" "$BUILD/dom0/forestage" "$BUILD/rehearsal/libcuda.so.1"

run="--jobs $work/jobs --region"
collected() {
	"$BUILD/dom0/forestage" collect --region "$work/$1" --out "$work/$1.run" >/dev/null
	tests/e2e/surroundings.sh plain "$work/$1.run/jobs/environment/0/stdout" >"$work/$1.stdout"
}

# polluted: as root's shell in a dom0 may be, by its variables, limits, mask, signals, files and place.
polluted() (
	export SECRET=hunter2 AWS_SECRET_ACCESS_KEY=x HOME=/root LANG=de_DE.UTF-8 LC_ALL=C PATH=/root/bin:/usr/bin:/bin
	export LD_PRELOAD='' PYTHONPATH=/root/py CUDA_VISIBLE_DEVICES=7 CUDA_LAUNCH_BLOCKING=1 OWN=of-the-shell
	export LD_LIBRARY_PATH="$PWD/$BUILD/rehearsal" FORESTAGE_DEVICE=9 XDG_RUNTIME_DIR=/run/user/0 TERM=xterm OLDPWD=/
	umask 077
	exec 7</dev/null 8>>"$work/open"
	# shellcheck disable=SC2086 # a list of words
	prlimit --stack=4194304: --nofile=512: --core=unlimited: --fsize=1073741824: \
		"$BUILD/runner/forestage-run" $run "$work/dom0" </dev/null >"$work/said" 2>&1 || { cat "$work/said"; exit 1; }
)

has() {
	grep -qxF "$1" "$work/bare" || { cat "$work/bare"; return 1; }
}

check "in a bare shell it runs" tests/e2e/surroundings.sh run "$work"
tests/e2e/surroundings.sh plain "$work/stdout" >"$work/bare"
check "in a dom0's it runs" polluted
check "and is collected" collected dom0
check "both find the same" diff "$work/bare" "$work/dom0.stdout"
for line in "HOME=/tmp/forestage-run-xxxxxxxxxxxx" "LANG=C.UTF-8" "OWN=of the job file" "mask 022" "limit of core 0" \
	"limit of stack 8388608" "limit of files 1024" "limit of size none" "locale C.UTF-8, UTF-8" "argv[1] two words" \
	"its job file is there"; do
	check "$line" has "$line"
done
check "and no file is open but three" test "$(grep -c '^file ' "$work/dom0.stdout")" -eq 3
check "no secret" sh -c "! grep -E 'SECRET|hunter2|PYTHONPATH|XDG|TERM' '$work/dom0.stdout'"
plan
