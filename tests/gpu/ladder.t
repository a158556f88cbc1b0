#!/bin/sh
# The ladder (forestage-run --ladder) on a real GPU: every step passes; and where NVIDIA's kernel module is made to
# answer as it does in a Xen PV dom0 (research/inject/shim.c, in user space; nothing about the machine is changed) the
# ladder stops where it should. A table of step and mode with times at the end.
#
# In $OUT (build/gpu/ladder): MODE.json, MODE.out and MODE.log of each mode.
set -u
export LC_ALL=C

: "${BUILD:=build}"
: "${OUT:=$BUILD/gpu/ladder}"
: "${CC:=gcc}"
: "${LIMIT:=120}"
: "${DEVICES:=0}"
program=$BUILD/runner/forestage-run
context_most=58720256 # bytes of the largest request that a context makes
work=$OUT
. tests/tap.sh
. tests/ladder.sh

[ -e /dev/nvidiactl ] || skip_all "no NVIDIA GPU with a loaded driver here"
mkdir -p "$OUT"
needs "$program"

# The shim is compiled here, or has been before ($BUILD/gpu/shim.so).
shim=$OUT/shim.so
if command -v "$CC" >/dev/null && "$CC" -O2 -D_GNU_SOURCE -shared -fPIC -o "$shim" research/inject/shim.c -ldl; then
	:
elif [ -e "$BUILD/gpu/shim.so" ]; then
	cp "$BUILD/gpu/shim.so" "$shim"
else
	shim=
fi
[ -z "$shim" ] || shim=$(cd "$OUT" && pwd)/shim.so

# ladder MODE [VARIABLE=VALUE…]: in that mode; what it printed is in MODE.out, with "exit=N" as the last line.
ladder() {
	mode=$1
	shift
	rm -f "$OUT/$mode.json"
	: >"$OUT/$mode.log"
	env "$@" timeout -k 10 $((LIMIT * 5)) "$program" --ladder "$OUT/$mode.json" --devices "$DEVICES" \
		--step-limit "$LIMIT" >"$OUT/$mode.out" 2>&1
	echo "exit=$?" >>"$OUT/$mode.out"
}

# injected MODE INJECT [VARIABLE=VALUE…]
injected() {
	name=$1 inject=$2
	shift 2
	ladder "$name" "INJECT=$inject" "INJECT_LOG=$OUT/$name.log" "LD_PRELOAD=$shim" "$@"
}

ended() {
	tail -n 1 "$OUT/$1.out" | sed -n 's/^exit=//p'
}

# steps, obstacle, with_status: of a mode.
steps() {
	ladder_steps "$OUT/$1.json"
}

obstacle() {
	ladder_obstacle "$OUT/$1.json"
}

with_status() {
	ladder_with "$OUT/$1.json" "$2"
}

all_pass() {
	cat "$OUT/$1.out"
	[ "$(ended "$1")" = 0 ] && [ "$(obstacle "$1")" = null ] && [ "$(steps "$1" | wc -l)" = 13 ] &&
		! steps "$1" | awk '{ print $2 }' | grep -qvxE 'pass|skip' && ! grep -q REHEARSAL "$OUT/$1.out"
}

# stops MODE STEP: that step failed, with CUDA's name of the error, and is named as the obstacle.
stops() {
	cat "$OUT/$1.out"
	[ "$(ended "$1")" = 1 ] && [ "$(obstacle "$1")" = "$2" ] && [ "$(with_status "$1" fail)" = "$2" ] &&
		steps "$1" | grep "^$2 fail" | grep -qE 'CUDA_ERROR_[A-Z_]+ \([0-9]+\)'
}

behind_context() {
	[ "$(with_status "$1" notrun)" = \
		"host_write_combined host_cached device_memory kernel copies pinned second_process iterations" ] &&
		! steps "$1" | grep ' notrun ' | grep -qv 'needs context$'
}

# Requests for write-combined memory of more than a context's, of the action named.
larger() {
	grep 'coherency=write-combine' "$OUT/$1.log" | grep "action=$2" | sed 's/.*bytes=\([0-9]*\).*/\1/' |
		awk -v most="$context_most" '$1 + 0 > most { n++ } END { print n + 0 }'
}

follows_schema() {
	python3 tests/schema.py docs/ladder.schema.json "$OUT/$1.json"
}

modes=plain
ladder plain
check "every step passes" all_pass plain
if python3 -c 'import jsonschema' 2>/dev/null; then
	check "its document follows the schema" follows_schema plain
else
	skip "its document follows the schema" "python3 has no jsonschema here"
fi
if [ -n "$shim" ]; then
	modes="plain log refuse uncached cached"
	for mode in log refuse uncached cached; do
		injected "$mode" "$mode"
	done
	check "logging alone changes nothing" all_pass log
	check "refused: a context cannot be made, and that is the obstacle" stops refuse context
	check "refused: what needs a context is not tried, and says so" behind_context refuse
	check "refused: cuinit and what comes before it pass" test \
		"$(with_status refuse pass) $(with_status refuse skip)" = \
		"$(with_status plain pass | sed 's/ context.*//') $(with_status plain skip)"
	check "uncached instead: every step passes" all_pass uncached
	check "cached instead: every step passes" all_pass cached
	# A driver that gives a context, and refuses write-combined memory to those who ask for it themselves.
	if [ "$(larger log passed)" -ge 1 ]; then
		modes="$modes later"
		injected later refuse "INJECT_ABOVE=$context_most"
		check "refused behind the context: host_write_combined is the obstacle" stops later host_write_combined
	else
		skip "refused behind the context: host_write_combined is the obstacle" \
			"cuMemHostAlloc makes no request of its size for write-combined memory here"
	fi
else
	skip "with write-combined memory refused, uncached, cached" "no compiler ($CC), and no $BUILD/gpu/shim.so here"
fi

for mode in $modes; do
	steps "$mode" | sed "s/^/$mode /"
done | awk -v modes="$modes" '
{
	cell[$2, $1] = $3 ~ /^(notrun|skip)$/ ? $3 : $3 " " $4 " s"
	if (!($2 in seen)) { seen[$2] = 1; order[++n] = $2 }
	if ($3 != "pass" && $5 != "null") { line = $0; sub(/^[^ ]+ [^ ]+ [^ ]+ [^ ]+ /, "", line); why[++m] = $1 ": " $2 ": " line }
}
END {
	count = split(modes, mode, " ")
	printf "# %-20s", "step"
	for (i = 1; i <= count; i++) printf " %-15s", mode[i]
	print ""
	for (s = 1; s <= n; s++) {
		printf "# %-20s", order[s]
		for (i = 1; i <= count; i++) printf " %-15s", cell[order[s], mode[i]]
		print ""
	}
	for (i = 1; i <= m; i++) print "# " why[i]
}'
echo "# $(sed -n 's/^ *"name": "\(.*\)",*$/\1/p' "$OUT/plain.json" | head -n 1);" \
	"$(head -n 1 /proc/driver/nvidia/version 2>/dev/null)"
grep -E '"(read|write|to_gpu|from_gpu)_gbps"|"spread"|"pages"|"launch_us"|"load_s"' "$OUT/plain.json" | sed 's/^ */#   /'
if [ -n "$shim" ]; then
	echo "# write-combined system memory that was asked for (mode log):"
	grep 'coherency=write-combine' "$OUT/log.log" | sort | uniq -c | sed 's/^/#   /'
fi
plan
