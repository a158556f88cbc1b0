# shellcheck shell=sh
# Faults at random, so many of each kind in each test that is to find it (runner/check/trials.h): each has to be found
# and placed, and the runs to exit with 1. For tests/gpu/trials.t (a real GPU) and tests/unit/rehearsal/trials.t (the
# interpreter). The caller sets LIBRARIES (LD_LIBRARY_PATH of the runner), TRIALS (how many), GPUS, and LANES, how many
# runs there are at a time; ROWS picks of the kinds.
: "${BUILD:=build}" "${SEED:=$(date +%s)}" "${ROWS:=.}" "${SHARE:=64}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
count=0
failed=0

# A row is a run: the kind of fault, what the tests' times are divided by, the tests.
rows() {
	grep -E "$ROWS" <<-END
		thread 300 compute-fp32,compute-fp64,compute-int32,compute-half2
		thread 300 compute-fp16,compute-bf16,compute-tf32,compute-int8
		thread 300 compute-fp8-e4m3,compute-fp8-e5m2,compute-fp64-tensor,compute-sparse
		thread 100 sram-registers,special-functions,sram-constant,sram-instruction
		thread 200 load-steps
		thread 300 soak
		thread 30 together
		quarter 300 compute-fp32,compute-fp64,compute-int32,compute-half2
		quarter 300 compute-fp16,compute-bf16,compute-tf32,compute-int8
		quarter 300 compute-fp8-e4m3,compute-fp8-e5m2,compute-fp64-tensor,compute-sparse
		quarter 100 sram-registers,special-functions,sram-constant,sram-instruction
		quarter 200 load-steps
		quarter 300 soak
		quarter 30 together
		mask 300 compute-fp32,compute-fp64,compute-int32,compute-half2
		mask 300 compute-fp16,compute-bf16,compute-tf32,compute-int8
		mask 300 compute-fp8-e4m3,compute-fp8-e5m2,compute-fp64-tensor,compute-sparse
		mask 100 special-functions,sram-constant,sram-instruction
		mask 200 load-steps
		wide 300 compute-fp32,compute-fp64,compute-int32,compute-half2
		wide 300 compute-fp16,compute-bf16,compute-tf32,compute-int8
		wide 300 compute-fp8-e4m3,compute-fp8-e5m2,compute-fp64-tensor,compute-sparse
		wide 100 special-functions,sram-constant,sram-instruction
		wide 200 load-steps
		thread 100 agreement
		quarter 100 agreement
		mask 100 agreement
		wide 100 agreement
		alike 100 agreement
		stuck 100 sram-shared,sram-bulk
		coupled 1 sram-shared
		code 100 sram-instruction
		copy 100 sram-l1,sram-l2,sram-atomics
		copy 100 sram-constant,sram-bulk
		copy 100 copy-h2d,copy-d2h
		copy 100 copy-bidirectional,copy-d2d
		copy 30 together
		flip 30 together
		flip 100 memory-random,memory-block,memory-modulo,memory-fade
		address 100 memory-address
		data 1 memory-walking
	END
	[ "$GPUS" -lt 2 ] || echo "copy 100 copy-p2p" | grep -E "$ROWS"
}

# run_row NUMBER FAULT HURRY TESTS: what it says, and how it ended, in a folder of its own.
run_row() {
	here=$work/$1
	mkdir -p "$here/jobs"
	printf '%s\n' "[Job]" "Type=check" "Timeout=1800" "[Check]" "Tests=$4" >"$here/jobs/one.conf"
	env LD_LIBRARY_PATH="$LIBRARIES" \
		FORESTAGE_SABOTAGE="trials=$TRIALS,fault=$2,hurry=$3,seed=$((SEED + $1)),share=$SHARE" \
		"$BUILD/tests/forestage-run-saboteur" --jobs "$here/jobs" --region "$here/region" \
		--region-size 16M --device $(($1 % GPUS)) >"$here/out" 2>&1
	echo $? >"$here/code"
	"$BUILD/dom0/forestage" collect --region "$here/region" --out "$here/run" >"$here/collect" 2>&1
	grep -h '^saboteur: ' "$here"/run/jobs/one/*/stdout >"$here/said" 2>/dev/null
	rm -f "$here/region"
}

# Each of them in one of the lanes.
run_rows() {
	lane=0
	while [ "$lane" -lt "$LANES" ]; do
		(
			number=0
			rows | while read -r fault hurry tests; do
				[ $((number % LANES)) -ne "$lane" ] || run_row "$number" "$fault" "$hurry" "$tests"
				number=$((number + 1))
			done
		) &
		lane=$((lane + 1))
	done
	wait
}

# judge NUMBER FAULT TEST: of a test of a row.
judge() {
	count=$((count + 1))
	line=$(grep "^saboteur: $3: \(planted\|not on\)" "$work/$1/said" 2>/dev/null)
	case $line in
	*"not on this device") echo "ok $count - $3 # SKIP not on this device" && return ;;
	"saboteur: $3: planted $TRIALS ($2, "*"found and named $TRIALS")
		[ "$(cat "$work/$1/code")" -ne 1 ] || { echo "ok $count - ${line#saboteur: }" && return; } ;;
	esac
	echo "not ok $count - $3: $TRIALS faults ($2)"
	{ echo "exit code $(cat "$work/$1/code")"; grep ": $3: " "$work/$1/said"; tail -n 5 "$work/$1/out"; } | sed 's/^/# /'
	failed=1
}

judge_rows() {
	number=0
	rows >"$work/rows"
	while read -r fault _ tests; do
		for test in $(echo "$tests" | tr , ' '); do
			judge "$number" "$fault" "$test"
		done
		number=$((number + 1))
	done <"$work/rows"
}

echo "# seed $SEED"
run_rows
judge_rows
