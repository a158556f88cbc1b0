#!/bin/sh
# What becomes of CUDA where NVIDIA's kernel module refuses write-combined system memory, as it does
# in a Xen PV dom0: enumeration works, a context cannot be made. Shown on a real GPU by answering that
# one request in user space (research/inject/shim.c); nothing about the machine is changed.
#
# In $OUT (build/gpu/inject): one MODE.probe and MODE.log for each mode, and inject.json.
set -u
export LC_ALL=C

: "${BUILD:=build}"
: "${OUT:=$BUILD/gpu/inject}"
: "${CC:=gcc}"
: "${LIMIT:=120}"
here=research/inject
modes="none log refuse uncached cached"
work=$OUT
. tests/tap.sh

[ -e /dev/nvidiactl ] || skip_all "no NVIDIA GPU with a loaded driver here"
command -v "$CC" >/dev/null || skip_all "no compiler ($CC) here"
mkdir -p "$OUT"
"$CC" -O2 -D_GNU_SOURCE -shared -fPIC -o "$OUT/shim.so" "$here/shim.c" -ldl ||
	skip_all "the shim does not compile here"
"$CC" -O2 -D_GNU_SOURCE -o "$OUT/probe" "$here/probe.c" -ldl || skip_all "the probe does not compile here"

# probe MODE: the program alone, or below the shim; what it said is in MODE.probe.
probe() {
	rm -f "$OUT/$1.log"
	: >"$OUT/$1.log"
	case $1 in
	none) timeout -k 5 "$LIMIT" "$OUT/probe" >"$OUT/$1.probe" 2>"$OUT/$1.stderr" ;;
	*)
		INJECT=$1 INJECT_LOG=$OUT/$1.log LD_PRELOAD=$(cd "$OUT" && pwd)/shim.so \
			timeout -k 5 "$LIMIT" "$OUT/probe" >"$OUT/$1.probe" 2>"$OUT/$1.stderr"
		;;
	esac
	echo "exit=$?" >>"$OUT/$1.probe"
}

# value MODE KEY: what the probe said; the number alone for a step.
value() {
	sed -n "s/^$2=\([^ ]*\).*/\1/p" "$OUT/$1.probe" | head -n 1
}

line() {
	sed -n "s/^$2=//p" "$OUT/$1.probe" | head -n 1
}

# Write-combined requests in a mode's log, of the action named.
wc_requests() {
	grep 'coherency=write-combine' "$OUT/$1.log" | grep -c "action=$2"
}

facts() {
	grep -E '^(cuda_version|devices|gpu|memory_bytes|multiprocessors|compute_|pci_bus)' "$OUT/$1.probe"
}

same_facts() {
	[ -n "$(facts none)" ] && [ "$(facts none)" = "$(facts "$1")" ]
}

whole() {
	cat "$OUT/$1.probe" "$OUT/$1.stderr"
	[ "$(value "$1" exit)" = 0 ] && [ "$(value "$1" result)" = right ]
}

only_write_combine() {
	! grep 'action=refused' "$OUT/refuse.log" | grep -qv 'coherency=write-combine'
}

smi() {
	INJECT=refuse INJECT_LOG=$OUT/smi.log LD_PRELOAD=$(cd "$OUT" && pwd)/shim.so \
		timeout -k 5 "$LIMIT" nvidia-smi -q
}

for mode in $modes; do
	probe "$mode"
done
[ "$(value none exit)" != 77 ] || skip_all "no libcuda.so.1 here: $(cat "$OUT/none.stderr")"

check "without the shim a kernel runs and its result is right" whole none
check "logging alone changes nothing" whole log
check "a context asks for write-combined system memory" test "$(wc_requests log passed)" -ge 1
check "refused: something was refused" test "$(wc_requests refuse refused)" -ge 1
check "refused: only write-combined system memory was" only_write_combine
check "refused: cuInit succeeds" test "$(value refuse init)" = 0
check "refused: count, name, memory and attributes are the same as without" same_facts refuse
check "refused: enumeration is as far as it gets" test "$(value refuse reached)" = enumeration
check "refused: no context can be made" test "$(value refuse context)" -gt 0
if command -v nvidia-smi >/dev/null; then
	check "refused: nvidia-smi -q succeeds" smi
else
	skip "refused: nvidia-smi -q" "nvidia-smi is not here"
fi
# What a driver could fall back to: findings, not requirements.
for mode in uncached cached; do
	echo "# $mode instead: context=$(line $mode context), result=$(value $mode result)," \
		"reached=$(value $mode reached), changed=$(wc_requests $mode changed)," \
		"exit=$(value $mode exit)"
done
echo "# refused: context=$(line refuse context) runtime=$(line refuse runtime)"
echo "# write-combined system memory that a context asks for:"
grep 'coherency=write-combine' "$OUT/log.log" | sed 's/^/#   /'
echo "# $(line none gpu); $(head -n 1 /proc/driver/nvidia/version 2>/dev/null)"

{
	echo '{'
	echo "  \"gpu\": \"$(line none gpu)\","
	echo "  \"cuda_version\": $(value none cuda_version),"
	echo "  \"driver\": \"$(head -n 1 /proc/driver/nvidia/version 2>/dev/null | tr -d '"')\","
	echo '  "modes": {'
	for mode in $modes; do
		printf '    "%s": { "reached": "%s", "context": "%s", "runtime": "%s", "result": "%s", "write_combined": %s, "refused": %s, "changed": %s }' \
			"$mode" "$(value "$mode" reached)" "$(line "$mode" context)" "$(line "$mode" runtime)" \
			"$(value "$mode" result)" "$(grep -c 'coherency=write-combine' "$OUT/$mode.log")" \
			"$(wc_requests "$mode" refused)" "$(wc_requests "$mode" changed)"
		[ "$mode" = cached ] && echo || echo ,
	done
	echo '  }'
	echo '}'
} >"$OUT/inject.json"
plan
