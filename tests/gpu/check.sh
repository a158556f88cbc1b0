# shellcheck shell=sh disable=SC2030,SC2031 # what runs side by side has a work folder of its own
# Tests of Type=check, for tests/gpu/check.t (a real GPU) and tests/unit/rehearsal/check.t (the
# interpreter): clean runs pass, and every planted fault is found, with its place, and exits with 1.
# The caller sets LIBRARIES (LD_LIBRARY_PATH of the runner), PLANTS (how many bits are turned in one
# run), SINGLES (how many runs with one turned bit), SMS (how many multiprocessors there are), LEVELS
# (besides quick), HURRY (what the times of the long one are divided by), HASTE (those of one wrong product), GPUS (how
# many there are; with several, SLOW, by how many percent one of them is slowed, and PEERS, a line of the jobs), LIMITS
# (yes: the GPU has limits), COUPLES and NEAR (how many pairs of coupled bits, apart and close to each other), ROTATION
# (every how many tests another order begins), and, to run a part of it, PARTS, FIRST (seed of those runs) and LANES of
# them.
: "${FIRST:=1}" "${LANES:=4}" "${COUPLES:=30}" "${NEAR:=3}" "${SHARE:=1}" "${HURRY:=1}" "${HASTE:=1}"
: "${GPUS:=1}" "${SLOW:=8}" "${PEERS:=}"
: "${BUILD:=build}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
failed=0

ok() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		sed 's/^/# /' "$work/out" | tail -n 25
		failed=1
	fi
}

# job LINE...: the only job of the folder is a check with these lines.
job() {
	rm -rf "$work/jobs"
	mkdir "$work/jobs"
	printf '%s\n' "[Job]" "Type=check" "[Check]" "$@" >"$work/jobs/one.conf"
}

# run PROGRAM EXIT [VARIABLE=VALUE...]: runs the folder on GPU 0, or with $ALL on all of them; true when it exits as it
# should.
run() {
	program=$1
	expected=$2
	shift 2
	device="--device 0"
	[ "${ALL:-no}" = no ] || device=
	rm -rf "$work/region" "$work/run"
	# shellcheck disable=SC2086 # an option of two words
	env LD_LIBRARY_PATH="$LIBRARIES" "$@" "$BUILD/$program" --jobs "$work/jobs" \
		--region "$work/region" --region-size 4M $device >"$work/out" 2>&1
	code=$?
	"$BUILD/dom0/forestage" collect --region "$work/region" --out "$work/run" >"$work/collect" 2>&1
	collected=$?
	cat "$work/run/jobs/one/0/stdout" >>"$work/out" 2>/dev/null
	[ "$code" -eq "$expected" ] && [ "$collected" -eq "$expected" ]
}

# says TEXT: what the run printed, or its job on stdout.
says() {
	grep -qF -- "$1" "$work/out"
}

# records TEXT: what run.json has, without blanks.
records() {
	tr -d ' \n' <"$work/run/run.json" | grep -qF -- "$1"
}

UNITS="fp32 fp64 int32 half2 fp16 bf16 tf32 int8 fp8-e4m3 fp8-e5m2 fp64-tensor sparse"

clean=runner/forestage-run
spoilt=tests/forestage-run-saboteur

part_clean() {
	job "Level=quick"
	run $clean 0 && says "pass"
	ok $? "a clean quick check passes"
	! records '"status":"error"' && ! records '"status":"fail"'
	ok $? "and no test of it fails or errs"
}

part_memory() {
	for test in address walking inversions random block modulo fade; do
		job "Tests=memory-$test"
		run $spoilt 1 FORESTAGE_SABOTAGE=flip=3,seed=$count && says "planted 3, found exactly 3" &&
			says "fail" && says "memory-$test: 3 wrong words of memory" && records '"by_bit":['
		ok $? "memory-$test finds turned bits, each with its address"
	done
}

part_plants() {
	job "Tests=memory-random,memory-inversions"
	run $spoilt 1 "FORESTAGE_SABOTAGE=flip=$PLANTS,seed=1" &&
		says "planted $PLANTS, found exactly $PLANTS" && says "$PLANTS wrong words of memory"
	ok $? "$PLANTS turned bits: all are found, with their addresses and bits"
}

# one_bit SEED: turns one bit in a run of its own, which has to find it and to exit with 1.
one_bit() {
	tests="address walking inversions random block modulo"
	job "Tests=memory-$(echo "$tests" | cut -d ' ' -f $(($1 % 6 + 1)))"
	if ! run $spoilt 1 "FORESTAGE_SABOTAGE=flip=1,seed=$1,share=$LANES" ||
		! says "planted 1, found exactly 1" || ! says "1 wrong words of memory"; then
		{ echo "seed $1: exit codes $code and $collected"; cat "$work/out"; } >>"$work.missed"
	fi
	echo "$1" >>"$work.done"
}

# Runs of one bit each, at a place of its own, on LANES shares of the memory side by side.
part_singles() {
	lane=0
	while [ "$lane" -lt "$LANES" ]; do
		(
			work=$work/lane$lane
			mkdir "$work"
			seed=$((FIRST + lane))
			while [ "$seed" -lt $((FIRST + SINGLES)) ]; do
				one_bit "$seed"
				seed=$((seed + LANES))
			done
		) &
		lane=$((lane + 1))
	done
	wait
	cat "$work"/lane*.missed >"$work/out" 2>/dev/null
	done=$(cat "$work"/lane*.done | sort -u | wc -l)
	[ ! -s "$work/out" ] && [ "$done" -eq "$SINGLES" ]
	ok $? "$done runs with one turned bit each: each finds it, with address and bit, and exits with 1"
}

# on_device: false, and says so once, where the last run skipped the test: what is skipped in a clean run cannot be
# spoilt either.
on_device() {
	grep -q "interprets no tensor-core\|compute capability .* is older than" "$work/out" || return 0
	count=$((count + 1))
	echo "ok $count - compute-$unit # SKIP not on this device"
	return 1
}

part_units() {
	for unit in $UNITS; do
		victim=$(((count * 37 + 11) % SMS))
		job "Tests=compute-$unit"
		for path in 0 1; do
			run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,mma=$path,hurry=$HASTE"
			ended=$?
			on_device || break
			[ "$ended" -eq 0 ] && says "on multiprocessor $victim, quarter " &&
				records "\"wrong_multiprocessors\":[{\"multiprocessor\":$victim,"
			ok $? "compute-$unit (mma=$path) finds one wrong product and names multiprocessor $victim"
			case $unit in fp32 | fp64 | int32 | half2) break ;; esac
		done
	done
}

# only_quarter SM QUARTER: the errors in run.json are all of this quarter.
only_quarter() {
	case $2 in
		0) quarters='\1,0,0,0' ;;
		1) quarters='0,\1,0,0' ;;
		2) quarters='0,0,\1,0' ;;
		*) quarters='0,0,0,\1' ;;
	esac
	tr -d ' \n' <"$work/run/run.json" | grep -qE \
		"\"wrong_multiprocessors\":\[\{\"multiprocessor\":$1,\"errors\":([0-9]+),\"quarters\":\[$quarters\]\}\]"
}

# stuck UNIT PATH SETS: each quarter with a bit that is stuck with one set of operands only. Of fp32 it is one of the
# significand: the others are often ones in every result, and being stuck so is no fault.
stuck() {
	for quarter in 0 1 2 3; do
		for set in $3; do
			victim=$(((count * 41 + 5) % SMS))
			bit=$(((count * 13 + 3) % 23))
			run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,quarter=$quarter,bit=$bit,set=$set,mma=$2,hurry=10"
			ended=$?
			on_device || return 1
			[ "$ended" -eq 0 ] && says "on multiprocessor $victim, quarter $quarter:" &&
				only_quarter "$victim" "$quarter"
			ok $? "compute-$1 (mma=$2) finds bit $bit stuck in quarter $quarter of multiprocessor $victim with operand set $set"
		done
	done
	run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,quarter=2,set=1,idle=1,mma=$2,hurry=10" &&
		records '"errors":0' && records '"status":"error"' &&
		says "multiprocessor $victim, quarter 2 never worked on operand set 1 of "
	ok $? "compute-$1 (mma=$2) is an error where a quarter did not see a set of operands"
}

part_quarters() {
	for unit in $UNITS; do
		job "Tests=compute-$unit"
		case $unit in
			fp32) stuck $unit 0 "${CHAOS_SETS:-0 1 2 3 4 5 6 7}" ;;
			fp64 | int32 | half2) stuck $unit 0 "${CHAOS_SETS:-3 7}" ;;
			fp64-tensor) stuck $unit 0 "0 3" && stuck $unit 1 "1 2" ;;
			*) stuck $unit 0 "0 1" && stuck $unit 1 "0 1" ;;
		esac
	done
}

# Several bits at once: of all results of a quarter, and all bits of one.
part_bits() {
	for unit in $UNITS; do
		victim=$(((count * 37 + 11) % SMS))
		job "Tests=compute-$unit"
		run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,wide=1,hurry=10"
		ended=$?
		on_device || continue
		[ "$ended" -eq 0 ] && says "on multiprocessor $victim, quarter " &&
			records "\"wrong_multiprocessors\":[{\"multiprocessor\":$victim,"
		ok $? "compute-$unit finds a result with all bits inverted, and names multiprocessor $victim"
		quarter=$(((count * 3 + 1) % 4))
		run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,quarter=$quarter,mask=2049,hurry=10" &&
			says "on multiprocessor $victim, quarter $quarter:" && only_quarter "$victim" "$quarter"
		ok $? "compute-$unit finds two bits inverted in quarter $quarter of multiprocessor $victim"
	done
}

# The memory on the chip: a bit that is stuck in a multiprocessor, and one that was turned on the way into a cache.
part_sram() {
	job "Tests=sram-shared,sram-registers,sram-l1,sram-l2,sram-atomics"
	run $clean 0 && records '"errors":0' && ! records '"status":"skip"'
	ok $? "the memory on the chip passes"
	for bit in 0 21 45 63; do
		victim=$(((count * 37 + 11) % SMS))
		job "Tests=sram-shared"
		run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,bit=$bit,hurry=10" &&
			says "wrong words of shared memory, the first on multiprocessor $victim, quarter " &&
			records "\"wrong_multiprocessors\":[{\"multiprocessor\":$victim," &&
			[ "$(tr -d ' \n' <"$work/run/run.json" | grep -o '"multiprocessor":[0-9]*,"errors"' | wc -l)" -eq 1 ]
		ok $? "sram-shared finds bit $bit of a word stuck in multiprocessor $victim"
	done
	job "Tests=sram-registers"
	for quarter in 0 1 2 3; do
		victim=$(((count * 41 + 5) % SMS))
		bit=$(((count * 13 + 3) % 32))
		run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,quarter=$quarter,bit=$bit,hurry=10" &&
			says " threads with a wrong register, the first on multiprocessor $victim, quarter $quarter:" &&
			only_quarter "$victim" "$quarter"
		ok $? "sram-registers finds bit $bit of a register stuck in quarter $quarter of multiprocessor $victim"
	done
	run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,bit=$bit,hurry=10" &&
		says " threads with a wrong register, the first on multiprocessor $victim, quarter " &&
		says ": register 19849 is "
	ok $? "sram-registers finds bit $bit of one thread's register 137, and names it"
	for test in shared registers l1 atomics; do
		job "Tests=sram-$test"
		run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,quarter=2,set=0,idle=1,hurry=10" &&
			records '"status":"error"' && says "multiprocessor $victim, quarter 2 never worked"
		ok $? "sram-$test is an error where a quarter did nothing"
	done
	for test in l1 l2 atomics; do
		job "Tests=sram-$test"
		run $spoilt 1 FORESTAGE_SABOTAGE=corrupt=1,seed=$count,hurry=10 && says "sram-$test: " &&
			says "the first on multiprocessor " && records '"status":"fail"'
		ok $? "sram-$test finds a bit that was turned"
	done
}

# What multiprocessors fetch and copy by themselves.
part_chip() {
	job "Tests=sram-constant,sram-instruction"
	run $clean 0 && records '"errors":0' && ! records '"status":"skip"'
	ok $? "constants and long code pass"
	for test in constant instruction; do
		job "Tests=sram-$test"
		for quarter in 0 1 2 3; do
			victim=$(((count * 41 + 5) % SMS))
			bit=$(((count * 13 + 3) % 32))
			run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,quarter=$quarter,bit=$bit" &&
				says "the first on multiprocessor $victim, quarter $quarter:" && only_quarter "$victim" "$quarter"
			ok $? "sram-$test finds bit $bit stuck in quarter $quarter of multiprocessor $victim"
		done
		run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,quarter=2,set=0,idle=1,hurry=10" &&
			records '"status":"error"' && says "multiprocessor $victim, quarter 2 never worked"
		ok $? "sram-$test is an error where a quarter did nothing"
		for seed in 1 2 3; do
			run $spoilt 1 "FORESTAGE_SABOTAGE=corrupt=1,seed=$((count + seed)),hurry=10" && says "sram-$test: " &&
				says "the first on multiprocessor " && records '"status":"fail"'
			ok $? "sram-$test finds a bit that was turned"
		done
	done
	job "Tests=sram-bulk"
	run $clean 0
	ended=$?
	if grep -q "interprets no bulk copies\|is older than 9.0" "$work/out"; then
		count=$((count + 1))
		echo "ok $count - sram-bulk # SKIP not on this device"
		return
	fi
	[ "$ended" -eq 0 ] && records '"errors":0'
	ok $? "bulk copies pass"
	for bit in 0 7 14 21; do
		victim=$(((count * 37 + 11) % SMS))
		run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,bit=$bit,hurry=10" &&
			says "wrong words after bulk copies, the first on multiprocessor $victim, quarter " &&
			records "\"wrong_multiprocessors\":[{\"multiprocessor\":$victim,"
		ok $? "sram-bulk finds bit $bit of a word wrong in multiprocessor $victim"
	done
	run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,quarter=2,set=0,idle=1,hurry=10" &&
		records '"status":"error"' && says "multiprocessor $victim, quarter 2 never worked"
	ok $? "sram-bulk is an error where a quarter did nothing"
	run $spoilt 1 "FORESTAGE_SABOTAGE=corrupt=1,seed=$count,hurry=10" && says "wrong words after bulk copies"
	ok $? "sram-bulk finds a bit that was turned"
}

# Load that comes and goes: what its products find.
part_steps() {
	job "Tests=load-steps"
	run $clean 0
	ended=$?
	if grep -q "interprets no tensor-core\|is older than\|does not have wgmma" "$work/out"; then
		count=$((count + 1))
		echo "ok $count - load-steps # SKIP not on this device"
		return
	fi
	[ "$ended" -eq 0 ] && records '"errors":0' && records '"load_steps":' && { [ "${LIMITS:-no}" = no ] || records '"swing_w":'; }
	ok $? "load that comes and goes passes"
	for quarter in 0 1 2 3; do
		victim=$(((count * 41 + 5) % SMS))
		bit=$(((count * 13 + 3) % 23))
		run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,quarter=$quarter,bit=$bit,set=1,hurry=3" &&
			says "load-steps: " && says "on multiprocessor $victim, quarter $quarter:" && only_quarter "$victim" "$quarter"
		ok $? "load-steps finds bit $bit stuck in quarter $quarter of multiprocessor $victim"
	done
	run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,quarter=2,set=1,idle=1,hurry=3" &&
		records '"status":"error"' && says "multiprocessor $victim, quarter 2 never worked on operand set 1 of 2"
	ok $? "load-steps is an error where a quarter did nothing"
}

# Everything at once: each kind of fault by its own name. Not every multiprocessor multiplies: three are tried.
part_together() {
	job "Tests=together"
	run $clean 0 && records '"h2d_gbps":' && records '"errors":0'
	ok $? "everything at once passes"
	run $spoilt 1 "FORESTAGE_SABOTAGE=flip=1,seed=$count,hurry=3" && says "together: 1 wrong words of memory, the first at 0x"
	ok $? "together finds a turned bit of memory"
	run $spoilt 1 "FORESTAGE_SABOTAGE=corrupt=1,hurry=3" && says "together: 1 words are wrong after the copies"
	ok $? "together finds a bit that was turned on the way"
	found=0
	for victim in 0 $((SMS / 3)) $((2 * SMS / 3)); do
		run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,hurry=3" &&
			says "together: " && says " wrong results, the first on multiprocessor $victim, quarter " && found=$((found + 1))
	done
	[ "$found" -gt 0 ]
	ok $? "together finds a wrong product, on $found of three multiprocessors"
}

# One result of one thread, or a bit stuck in a quarter: three or more of four others agree.
part_special() {
	job "Tests=special-functions"
	run $clean 0 && records '"sums":["0x'
	ok $? "special functions are the same in all quarters"
	for quarter in none 0 1 2 3; do
		victim=$(((count * 41 + 5) % SMS))
		bit=$(((count * 13 + 3) % 23))
		where="quarter=$quarter," place="quarter $quarter:"
		[ $quarter != none ] || { where='' place='quarter '; }
		run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,${where}bit=$bit" &&
			says ": 1 sums over special functions are not those of most quarters" &&
			says "the first on multiprocessor $victim, $place" && says "the sum over function 3 is "
		ok $? "special-functions finds what is wrong in multiprocessor $victim (bit $bit, quarter $quarter)"
	done
	run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,quarter=2,idle=1" &&
		records '"status":"error"' && says "multiprocessor $victim, quarter 2 never worked"
	ok $? "special-functions is an error where a quarter did nothing"
}

# hashes_of STATUS: how many operations' hashes of the last run have this status.
hashes_of() {
	tr -d ' \n' <"$work/run/run.json" | grep -o "\"hash\":\"0x[0-9a-f]*\",[^{}]*\"status\":\"$1\"" | wc -l
}

# wrong_hash COUNT SM QUARTER NAME: so many hashes are wrong, all on this quarter (none: any), the first of this operation.
wrong_hash() {
	says "agreement: $1 hashes are not those of most quarters, the first on multiprocessor $2, quarter $3" &&
		says ": the hash of $4, operation " && [ "$(hashes_of fail)" -eq 0 ] &&
		{ [ -z "$3" ] || only_quarter "$2" "$3"; }
}

# Bits of all kinds of arithmetic: one result of one thread, bits of a quarter, a whole lane, all quarters alike.
part_agreement() {
	job "Tests=agreement"
	run $clean 0 && records '"operation":"fma-fp32","hash":"0x' && [ "$(hashes_of pass)" -ge 18 ] && [ "$(hashes_of fail)" -eq 0 ]
	ok $? "what every quarter computes is the same, and what is known to be right"
	echo "# $(hashes_of pass) golden hashes, $(hashes_of nogoldenhashknown) of which none is known"
	there=$(tr -d ' \n' <"$work/run/run.json" | grep -o '"operation":"[^"]*"')
	for kind in 0:fma-fp32 5:divide-fp64 7:root-fp32-ftz 13:convert-fp32-ftz 18:approximate-long 19:convert-bf16 \
		20:mma-fp16 21:mma-fp16-fp16 24:mma-fp64 27:wgmma-tf32 28:mma-fp64-deep; do
		echo "$there" | grep -q "\"${kind#*:}\"" || continue
		for plant in one stuck mask wide; do
			victim=$(((count * 41 + 5) % SMS))
			quarter=$(((count * 3 + 1) % 4))
			bit=$(((count * 13 + 3) % 64))
			case $plant in
				one) how='' quarter='' ;;
				stuck) how="quarter=$quarter,bit=$bit," ;;
				mask) how="quarter=$quarter,mask=$((5 << bit % 14))," ;;
				wide) how="wide=1," quarter='' ;;
			esac
			run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,${how}set=${kind%:*}" &&
				wrong_hash 1 "$victim" "$quarter" "${kind#*:}"
			ok $? "agreement finds a wrong result of ${kind#*:} ($plant: ${how:-one bit})"
		done
	done
	run $spoilt 1 "FORESTAGE_SABOTAGE=alike=1,bit=4,set=3" && records '"errors":0' && [ "$(hashes_of fail)" -eq 1 ] &&
		says "agreement: the hash of divide-fp32 is 0x" && says " on most quarters, and the golden one of compute capability "
	ok $? "agreement finds a bit that is stuck in all quarters alike, by its golden hash"
	for part in 0:fma-fp32 1:convert-bf16 2:mma-fp16 3:wgmma-fp16; do
		echo "$there" | grep -q "\"${part#*:}\"" || continue
		run $spoilt 1 "FORESTAGE_SABOTAGE=product=$victim,quarter=2,idle=1,set=${part%:*}" &&
			records '"status":"error"' && says "multiprocessor $victim, quarter 2 never worked"
		ok $? "agreement is an error where a quarter did nothing in the kernel that has ${part#*:}"
	done
}

part_couples() {
	job "Tests=memory-inversions"
	run $spoilt 1 "FORESTAGE_SABOTAGE=couple=$COUPLES,seed=$FIRST,share=$SHARE" &&
		says "coupled $COUPLES, found exactly $COUPLES" && says "wrong words of memory"
	ok $? "$COUPLES bits that another bit of their tile acts on: the first round finds each, and it alone"
	run $spoilt 1 "FORESTAGE_SABOTAGE=couple=$NEAR,near=1,seed=$FIRST,share=$SHARE" &&
		says "coupled $NEAR, found exactly $NEAR"
	ok $? "$NEAR bits that one acts on that is written in the same step: each is found"
}

part_blame() {
	for test in modulo block fade; do
		victim=$(((count * 29 + 3) % SMS))
		job "Tests=memory-$test"
		run $spoilt 1 "FORESTAGE_SABOTAGE=expect=$victim,bit=17,share=$SHARE" &&
			says "memory-$test: arithmetic, multiprocessor $victim, quarter " &&
			! says "wrong words of memory" && records '"arithmetic_errors":1' && records '"computed":'
		ok $? "memory-$test: a word that multiprocessor $victim expects wrongly is no wrong word of memory"
	done
	run $spoilt 1 "FORESTAGE_SABOTAGE=expect=$victim,bit=17,flip=1,share=$SHARE" &&
		says ": 1 wrong words of memory, the first at" &&
		says "; and arithmetic, multiprocessor $victim, quarter "
	ok $? "beside a wrong word of memory both are told"
}

part_copies() {
	for copy in h2d d2h d2d bidirectional; do
		job "Tests=copy-$copy"
		run $spoilt 1 FORESTAGE_SABOTAGE=corrupt=1 &&
			says "copy-$copy: " && says "words are wrong after the copy"
		ok $? "copy-$copy finds a bit that was turned on the way"
	done
}

part_floors() {
	# A machine that is shared has no steady speed: ten times slower is slower everywhere.
	job "Tests=copy-h2d"
	run $clean 0
	ok $? "a check leaves a baseline"
	cp "$work/run/jobs/one/0/baseline.json" "$work/baseline.json"
	job "Tests=copy-h2d" "Baseline=baseline.json" "Baseline-Tolerance=60"
	cp "$work/baseline.json" "$work/jobs/"
	run $clean 0
	ok $? "a check that is as fast as its baseline passes"
	run $spoilt 1 FORESTAGE_SABOTAGE=slow=900 &&
		says "more than 60 % worse than the baseline's" &&
		records '"baseline_compared":[{"metric":"copy-h2d.gbps"'
	ok $? "a slow copy fails against its baseline"
	printf '{"GPU-00000000-0000-0000-0000-000000000000": {}}\n' >"$work/jobs/baseline.json"
	run $clean 1 && says "error" && says "has nothing of GPU-"
	ok $? "a baseline of another GPU is an error"

	job "Tests=copy-h2d" "Require=copy-h2d.gbps>=1e9"
	run $clean 1 && says "copy-h2d.gbps>=1e9 is required, and it is "
	ok $? "a floor that is not reached fails"
	job "Tests=latency" "Expect-Devices=4000"
	run $clean 1 && says "Expect-Devices=4000, but the driver shows "
	ok $? "missing GPUs fail"
}

part_health() {
	fake=$BUILD/tests/fake-nvml
	plain=$LIBRARIES
	LIBRARIES=$fake${plain:+:$plain}
	job "Level=quick"
	run $clean 0 FAKE_NVML=none && records '"source":"nvml"' && records '"vbios":"96.00.99.00.01"'
	ok $? "a quick check with steady counters passes"
	run $clean 1 FAKE_NVML=ecc &&
		says "ecc_corrected_volatile rose from 100 to 103 during the check" &&
		records '"before":100' && records '"after":103'
	ok $? "an ECC counter that rises fails"
	job "Tests=health"
	run $clean 1 FAKE_NVML=pending && says "remap_pending is 1"
	ok $? "a row that waits to be remapped fails"
	run $clean 1 FAKE_NVML=replay && says "pcie_replays rose from 100 to 103"
	ok $? "a PCIe replay fails"
	run $clean 1 FAKE_NVML=narrow && says "pcie_width is 8 although 16 is possible"
	ok $? "a narrow link fails"
	run $clean 0 FAKE_NVML=bare && records '"ECCcounters"'
	ok $? "a card without ECC passes, and the check says what could not be read"
	run $clean 0 FAKE_NVML=links && records '"nvlinks_active":4' && records '"nvlink_gbps":106.248' &&
		records '{"link":3,"active":true,"version":6,"mbps":26562,"replays":100,"recoveries":100,"crc_errors":100}'
	ok $? "NVLinks are recorded, with their state, speed and error counters"
	run $clean 1 FAKE_NVML=link-errors && says "nvlink3_replays rose from 100 to 103 during the check" &&
		records '"counter":"nvlink3_replays","before":100,"after":103'
	ok $? "an NVLink error counter that rises fails"
	run $clean 1 FAKE_NVML=link-old,link-errors && says "nvlink3_replays rose from 100 to 103"
	ok $? "so does one that only the calls of older drivers tell"
	run $clean 1 FAKE_NVML=link-down && says "nvlink3_active was 1 before the check and is 0 now"
	ok $? "an NVLink that goes down fails"
	run $clean 1 FAKE_NVML=link-slow && says "nvlink3_mbps is 13281 although another's is 26562"
	ok $? "an NVLink that is slower than the others fails"
	run $clean 0 FAKE_NVML=link-mute && records '"NVLinkerrorcounters"'
	ok $? "NVLinks whose counters cannot be read pass, and the check says so"
	run $clean 0 FAKE_NVML=none && records '"NVLink"'
	ok $? "and that there are none"
	job "Tests=health" "Require=health.nvlinks_active>=18"
	run $clean 1 FAKE_NVML=links && says "health.nvlinks_active>=18 is required, and it is 4"
	ok $? "fewer NVLinks than are required fail"
	job "Tests=health,latency"
	run $clean 0 FAKE_NVML=broken
	ok $? "a broken NVML is no reason to fail"
	LIBRARIES=$plain
}

# stands WORDS ITEM LIMIT VALUE REASON LINE...: with these words of the stand-in for NVML the item fails, and the reason is
# said; with these lines in the job file it passes.
stands() {
	words=$1
	entry="\"item\":\"$2\",\"limit\":$3,\"value\":$4,\"status\""
	allowed="\"item\":\"$2\",\"limit\":\"any\",\"value\":$4,\"status\":\"pass\""
	reason=$5
	shift 5
	job "Tests=health"
	run $clean 1 "FAKE_NVML=$words" && records "$entry:\"fail\"" && says "health: $reason"
	ok $? "a card that is '$words' fails: $reason"
	job "Tests=health" "$@"
	run $clean 0 "FAKE_NVML=$words" && records "$allowed"
	ok $? "and passes where the job file allows it"
}

# The standing condition: one run for each item.
part_standing() {
	plain=$LIBRARIES
	LIBRARIES=$BUILD/tests/fake-nvml${plain:+:$plain}
	job "Tests=health"
	run $clean 0 FAKE_NVML=none &&
		records '{"item":"ecc_mode","limit":"on","value":"on","status":"pass"}' &&
		records '{"item":"serial","limit":"any","value":"1650923000042","status":"pass"}' &&
		records '{"item":"other_processes","limit":0,"value":0,"status":"pass"}' &&
		records '{"item":"fabric","limit":"any","value":"not-supported","status":"pass"}' &&
		records '{"item":"bridge_width","limit":"full","status":"notreadable"}' &&
		[ "$(tr -d ' \n' <"$work/run/run.json" | grep -o '"status":"notreadable"' | wc -l)" -eq 2 ]
	ok $? "a card in order passes, with each item of its standing condition"
	ms=$(sed -n 's/.*"standing_s": *\([0-9.e-]*\).*/\1/p' "$work/run/run.json" | awk '{ print $1 * 1000 }')
	echo "# the standing condition was read in $ms ms"
	[ -n "$ms" ] && echo "$ms" | awk '{ exit !($1 < 50) }'
	ok $? "it is read within 50 ms"
	run $clean 0 FAKE_NVML=patient && number standing_s | awk '{ exit !($1 < 0.05) }' &&
		number inforom_s | awk '{ exit !($1 >= 0.3) }' && records '{"item":"inforom","limit":"valid","value":"valid","status":"pass"}'
	ok $? "nor does it wait for the InfoROM, which health waits for"
	run $clean 1 FAKE_NVML=patient,inforom && says "health: inforom is corrupt, and must be valid"
	ok $? "and a corrupt one is seen, however late"
	stands ecc-off ecc_mode '"on"' '"off"' "ecc_mode is off, and must be on" Standing=ecc_mode=any Standing=ecc_mode_pending=off
	stands ecc-leaving ecc_mode_pending '"on"' '"off"' "ecc_mode_pending is off, and must be on" Standing=ecc_mode_pending=any
	stands mig mig_mode '"off"' '"on"' "mig_mode is on, and must be off" Standing=mig_mode=any Standing=mig_mode_pending=on
	stands mig-coming mig_mode_pending '"off"' '"on"' "mig_mode_pending is on, and must be off" Standing=mig_mode_pending=any
	stands inforom inforom '"valid"' '"corrupt"' "inforom is corrupt, and must be valid" Standing=inforom=any
	stands remapped-corrected remapped_correctable_rows 0 3 "remapped_correctable_rows is 3, and at most 0 may be" Standing=remapped_correctable_rows=any
	stands remapped remapped_uncorrectable_rows 0 4 "remapped_uncorrectable_rows is 4, and at most 0 may be" Standing=remapped_uncorrectable_rows=any
	stands banks-partial remap_banks_partial 0 1 "remap_banks_partial is 1, and at most 0 may be" Standing=remap_banks_partial=any
	stands banks-low remap_banks_low 0 1 "remap_banks_low is 1, and at most 0 may be" Standing=remap_banks_low=any
	stands banks-none remap_banks_none 0 1 "remap_banks_none is 1, and at most 0 may be" Standing=remap_banks_none=any
	stands uncorrected ecc_uncorrected_aggregate 0 2 "ecc_uncorrected_aggregate is 2, and at most 0 may be" Standing=ecc_uncorrected_aggregate=any
	stands sram sram_threshold '"kept"' '"exceeded"' "sram_threshold is exceeded, and must be kept" Standing=sram_threshold=any
	stands recovery recovery_action '"none"' '"gpu-reset"' "recovery_action is gpu-reset, and must be none" Standing=recovery_action=any
	stands recovery-new recovery_action '"none"' '"unknown"' "recovery_action is unknown, and must be none" Standing=recovery_action=any
	stands stranger other_processes 0 1 "other_processes is 1, and at most 0 may be" Standing=other_processes=any
	stands drawing other_processes 0 1 "other_processes is 1, and at most 0 may be" Standing=other_processes=any
	job "Tests=health" "Standing=remapped_uncorrectable_rows<=4"
	run $clean 0 FAKE_NVML=remapped && records '"limit":4,"value":4,"status":"pass"'
	ok $? "a number may be as large as the job file says"
	job "Tests=health" "Standing=remapped_uncorrectable_rows<=3"
	run $clean 1 FAKE_NVML=remapped && says "remapped_uncorrectable_rows is 4, and at most 3 may be"
	ok $? "and no larger"
	job "Tests=health" "Standing=vbios=96.00.99.00.02" "Standing=remap_banks_high<=0"
	run $clean 1 FAKE_NVML=banks-high && says "remap_banks_high is 1, and at most 0 may be"
	ok $? "what is free can be limited"
	run $clean 1 FAKE_NVML=none && says "vbios is 96.00.99.00.01, and must be 96.00.99.00.02"
	ok $? "another VBIOS than the job file wants fails"
	job "Tests=health" "Standing=serial=1650923000043"
	run $clean 1 FAKE_NVML=none && says "serial is 1650923000042, and must be 1650923000043"
	ok $? "and so does another serial number"
	job "Tests=health"
	run $clean 0 FAKE_NVML=elsewhere && records '{"item":"other_processes","limit":0,"status":"notreadable"}'
	ok $? "processes of another world are not readable, and none of them is taken for a stranger"
	run $clean 0 FAKE_NVML=early && records '{"item":"recovery_action","limit":"none","status":"notreadable"}' &&
		records '{"item":"serial","limit":"any","status":"notreadable"}'
	ok $? "an older driver passes, and the check says what could not be read"
	run $clean 0 FAKE_NVML=fabric && records '{"item":"fabric","limit":"any","value":"completed","status":"pass"}'
	ok $? "what Fabric Manager has made of the GPU is told"
	job "Tests=health" "Standing=sram_threshold=kept"
	run $clean 1 FAKE_NVML=early && says "sram_threshold cannot be read, and Standing= has a limit of it"
	ok $? "unless the job file names it: that fails"
	LIBRARIES=$plain
	if [ ! -e /dev/nvidiactl ]; then
		run $clean 1 && says "sram_threshold cannot be read, and Standing= has a limit of it"
		ok $? "also without any NVML"
	fi
}

# bridge FOLDER GENERATION WIDTH CORRECTABLE: what /sys says of one end of a link; "" has no such file.
bridge() {
	mkdir -p "$1"
	rm -f "$1"/*_*
	case $2 in
		3) echo "8.0 GT/s PCIe" >"$1/current_link_speed" ;;
		5) echo "32.0 GT/s PCIe" >"$1/current_link_speed" ;;
	esac
	[ -z "$2" ] || echo "32.0 GT/s PCIe" >"$1/max_link_speed"
	[ -z "$3" ] || { echo "$3" >"$1/current_link_width"; echo 16 >"$1/max_link_width"; }
	[ -z "$4" ] || {
		printf 'RxErr 0\nTOTAL_ERR_COR %s\n' "$4" >"$1/aer_dev_correctable"
		printf 'DLP 0\nTOTAL_ERR_NONFATAL 0\n' >"$1/aer_dev_nonfatal"
		printf 'DLP 0\nTOTAL_ERR_FATAL 0\n' >"$1/aer_dev_fatal"
	}
}

# tree GENERATION WIDTH CORRECTABLE: a GPU behind a switch, whose port above has these; all others are in order. $GPU_PCI is
# where the GPU is.
tree() {
	sys=$work/sys
	root=$sys/devices/pci0000:00/0000:00:01.0
	rm -rf "$sys"
	bridge "$root" "${1:+5}" "${2:+16}" "${3:+7}"
	bridge "$root/0000:01:00.0" "$1" "$2" "$3"
	bridge "$root/0000:01:00.0/0000:02:00.0" "${1:+5}" "${2:+16}" "${3:+0}"
	bridge "$root/0000:01:00.0/0000:02:00.0/$GPU_PCI" 5 16 0
	mkdir -p "$sys/bus/pci/devices"
	ln -s "$root/0000:01:00.0/0000:02:00.0/$GPU_PCI" "$sys/bus/pci/devices/$GPU_PCI"
}

# The bridges above a GPU: of a tree that was made, as no machine has such faults.
part_bridges() {
	: "${GPU_PCI:=0000:00:00.0}"
	export FORESTAGE_SYS="$work/sys"
	job "Tests=copy-h2d,health"
	tree 5 16 0
	run $spoilt 0 && records '"bridges":[{"pci":"'"$GPU_PCI"'","generation":5,"generation_max":5,"width":16,"width_max":16},{"pci":"0000:02:00.0",' &&
		records '{"pci":"0000:00:01.0","generation":5,"generation_max":5,"width":16,"width_max":16,"aer_correctable":7,"aer_nonfatal":0,"aer_fatal":0}]' &&
		records '"bridges_under_load":[' && records '{"item":"bridge_width","limit":"full","value":"full","status":"pass"}' &&
		records '{"item":"bridge_generation","limit":"full","value":"full","status":"pass"}'
	ok $? "the links of all bridges up to the root port are recorded, with their errors, and pass under load"
	tree 5 8 0
	run $spoilt 1 && says "health: bridge_width is 8 of 16 at 0000:00:01.0, and must be full (Standing=)"
	ok $? "a link above the GPU's own that is narrow under load fails, and is named"
	tree 3 16 0
	run $spoilt 1 && says "health: bridge_generation is 3 of 5 at 0000:00:01.0, and must be full (Standing=)"
	ok $? "so does one that is slow"
	job "Tests=copy-h2d,health" "Standing=bridge_generation=any"
	run $spoilt 0 && records '{"item":"bridge_generation","limit":"any","value":"3of5at0000:00:01.0","status":"pass"}'
	ok $? "and passes where the job file allows it"
	job "Tests=health"
	run $spoilt 0 && records '{"item":"bridge_generation","limit":"full","status":"notreadable"}' && ! records '"bridges_under_load"'
	ok $? "without load nothing is said of it"
	job "Tests=copy-h2d,memory-fade,health"
	tree 5 16 100
	(
		sleep 1.5
		printf 'TOTAL_ERR_COR 103\n' >"$work/sys/new"
		mv "$work/sys/new" "$work/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/aer_dev_correctable"
	) &
	run $spoilt 1 && says "health: bridge 0000:01:00.0 aer_correctable rose from 100 to 103 during the check" &&
		records '{"counter":"bridge0000:01:00.0aer_correctable","before":100,"after":103}'
	ok $? "an error that a bridge counts meanwhile fails"
	wait
	job "Tests=copy-h2d,health"
	tree "" "" ""
	run $spoilt 0 && records '"PCIelinksofbridges","PCIeAERcountersofbridges"' && records '{"pci":"0000:00:01.0"}]' &&
		records '{"item":"bridge_width","limit":"full","status":"notreadable"}' && ! records '"aer_correctable":0'
	ok $? "bridges that tell nothing are not readable, and nothing of them is zero"
	unset FORESTAGE_SYS
	run $clean 0 || [ "$code" -eq 1 ]
	records '"PCIebridges"' || [ -e "$(dirname "$(readlink -f "/sys/bus/pci/devices/$GPU_PCI")")/class" ]
	ok $? "and where there are none, that is told"
}

# What holds the GPU back while it works. memory-fade takes three seconds.
part_telemetry() {
	plain=$LIBRARIES
	LIBRARIES=$BUILD/tests/fake-nvml${plain:+:$plain}
	job "Tests=memory-fade,health"
	run $clean 0 FAKE_NVML=none && records '"throttled_readings":0' && records '"memory_temperature_c":[57,57,' &&
		records '"power_w":[690,690,' && records '"pcie_width":[16,16,'
	ok $? "readings of the whole check are recorded, ten a second"
	points=$(tr -d ' \n' <"$work/run/run.json" | sed -n 's/.*"time_ms":\[\([^]]*\)\].*/\1/p' | tr ',' '\n' | wc -l)
	echo "# $points points"
	[ "$points" -ge 20 ]
	ok $? "of three seconds at least twenty"
	for reason in slowdown hot brake; do
		run $clean 1 FAKE_NVML=$reason && says "health: the hardware throttled the GPU in "
		ok $? "a GPU that is throttled by its hardware ($reason) fails"
	done
	run $clean 0 FAKE_NVML=blink && records '"throttled_readings":1'
	ok $? "one reading of that alone is no fail"
	run $clean 0 FAKE_NVML=capped && records '"starved":0'
	ok $? "a power cap at the limit passes"
	run $clean 1 FAKE_NVML=starved && says "with less than 75 % of the limit"
	ok $? "a power cap far below the limit fails"
	job "Tests=memory-fade,compute-fp32,health"
	run $clean 0 FAKE_NVML=mute && records '"power_w":[null,null,' && records '"clock_mhz":1980.0' &&
		! records '"power_max_w"' && ! records '"power_w":0'
	ok $? "power that cannot be read is no power, not none"
	LIBRARIES=$plain
}

# number KEY: of run.json, the first.
number() {
	sed -n "s/.*\"$1\": *\\([0-9.e-]*\\).*/\\1/p" "$work/run/run.json" | head -n 1
}

# settles VARIABLE=VALUE...: a hurried soak that passes. Of a real GPU dom0 does not believe it.
settles() {
	run $spoilt 0 "$@" && return
	[ "${LIMITS:-no}" = yes ] && [ "$code" -eq 0 ] && [ "$collected" -eq 1 ] &&
		grep -q "its test soak settled in less" "$work/collect"
}

# Load until the temperature has settled. With hurry=60 a second is looked at, and not a minute.
part_soak() {
	plain=$LIBRARIES
	job "Tests=soak"
	LIBRARIES=$BUILD/tests/fake-nvml${plain:+:$plain}
	settles FAKE_NVML=none FORESTAGE_SABOTAGE=hurry=60 && records '"settled":true,"slope_c_per_min":0.0,"settle_s":' &&
		records '"start_c":41,"end_c":41,' && records '"memory_temperature_c":57' && records '"errors":0'
	ok $? "a GPU whose temperature does not change has settled after the time that is looked at"
	settles FAKE_NVML=settling FORESTAGE_SABOTAGE=hurry=60 && records '"settled":true' && records '"end_c":61,' &&
		number settle_s | awk '{ exit !($1 > 2 && $1 < 4) }'
	ok $? "one that gets hotter has settled when it no longer does"
	run $spoilt 0 FAKE_NVML=heating FORESTAGE_SABOTAGE=hurry=60 && records '"settled":false,"slope_c_per_min":' &&
		! records '"settle_s"' && number slope_c_per_min | awk '{ exit !($1 > 400 && $1 < 800) }'
	ok $? "one that goes on getting hotter has not settled when the time is over, and its slope is told"
	job "Tests=soak" "Require=soak.settle_s<=600"
	run $spoilt 1 FAKE_NVML=heating FORESTAGE_SABOTAGE=hurry=60 && says "soak.settle_s<=600 is required, and it was not measured"
	ok $? "and fails where that is required"
	job "Tests=soak,latency"
	run $clean 0 FAKE_NVML=blind && records '"status":"skip","reason":"theGPU'"'"'stemperatureisnotreadable' && ! records '"settled"' &&
		! records '"start_c"'
	ok $? "where the temperature is not readable, nothing is said to have settled"
	job "Tests=soak"
	run $spoilt 1 FAKE_NVML=dimming FORESTAGE_SABOTAGE=hurry=20 && says "error" &&
		says "soak: the temperature was not readable for most of the last 3 s" && records '"settled":false'
	ok $? "nor where it can no longer be read"
	victim=$(((count * 41 + 5) % SMS))
	run $spoilt 1 FAKE_NVML=none "FORESTAGE_SABOTAGE=product=$victim,quarter=2,bit=7,set=1,hurry=60" &&
		says "soak: " && only_quarter "$victim" 2
	ok $? "soak finds a bit stuck in a quarter while it heats"
	LIBRARIES=$plain
}

# Limits that need no baseline and no other GPU. The interpreter has none.
part_limits() {
	if [ "${LIMITS:-no}" = no ]; then
		job "Tests=compute-fp32"
		run $clean 0 && ! records '"limits":['
		ok $? "a rehearsal is held against no limits"
		return
	fi
	job "Tests=compute-fp32,compute-fp64,memory-random,health"
	run $clean 0 && records '"metric":"compute-fp32.efficiency","kind":"efficiency","status":"pass"' &&
		records '"pci_id":"'
	ok $? "a sound card keeps the limits of its units and its model"
	job "Tests=compute-fp32"
	run $spoilt 1 FORESTAGE_SABOTAGE=crowd=1 && says "compute-fp32.efficiency: efficiency 0." && says "is the limit"
	ok $? "one multiprocessor that has other work fails by its efficiency"
	job "Tests=compute-fp64"
	run $spoilt 1 FORESTAGE_SABOTAGE=slow=5 && says "compute-fp64.efficiency: efficiency 0."
	ok $? "5 % less of the units fails by its efficiency"
	job "Tests=compute-fp32" "Limits=none"
	run $spoilt 0 FORESTAGE_SABOTAGE=crowd=1 && ! records '"limits":['
	ok $? "Limits=none judges none of them"
}

# GPUs of one model beside each other; $GPUS: how many there are.
part_peers() {
	if [ "${GPUS:-1}" -lt 2 ]; then
		count=$((count + 1))
		echo "ok $count - GPUs of one model are compared # SKIP this machine shows one GPU"
		return
	fi
	last=$((GPUS - 1))
	ALL=yes
	# shellcheck disable=SC2086 # a line, or nothing
	job "Tests=memory-random,compute-fp32" $PEERS
	run $clean 0 && records "\"peer_gpus\":$GPUS" && records '"metric":"memory-random.write_gbps"'
	ok $? "GPUs of one model are compared, and are alike"
	for test in memory-random.write_gbps compute-fp32.tflops copy-d2d.gbps; do
		# shellcheck disable=SC2086 # as above
		job "Tests=${test%.*}" Limits=none $PEERS
		run $spoilt 1 "FORESTAGE_SABOTAGE=slow=$SLOW,device=$last" &&
			says "on GPU $last: fail" && says "$test is " && says " % less than the " &&
			! grep -v " on GPU $last: " "$work/out" | grep -q ": fail"
		ok $? "a GPU that is slower in ${test%.*} than the others fails, and is named"
	done
	# Where nothing is known to be right, the others tell: of two that differ, nobody knows.
	# shellcheck disable=SC2086 # as above
	job "Tests=agreement" $PEERS
	run $spoilt 1 "FORESTAGE_SABOTAGE=alike=1,bit=4,set=17,device=$last" && says "on GPU $last: fail" &&
		says "agreement.approximate is 0x"
	ok $? "a GPU that computes something else than the others in all quarters fails"
	# What comes between holds up one sweep, or one turn of copies; a slow card is slow in all of them.
	# shellcheck disable=SC2086 # as above
	job "Tests=memory-walking,memory-random,copy-p2p" $PEERS
	run $spoilt 0 "FORESTAGE_SABOTAGE=stumble=100000,device=$last" && records '"metric":"memory-random.write_gbps"'
	ok $? "a GPU that was held up once in a test is no slow GPU"
	job "Tests=memory-random,compute-fp32"
	run $clean 0
	ok $? "what is compared without a tolerance of its own passes too"
	ALL=no
	job "Tests=memory-random" "Peer-Tolerance=0"
	run $clean 0 && ! records '"peers"'
	ok $? "a GPU that is checked alone is compared with none"
}

# came LIST: run.json has these tests, "TEST STATUS ...", in this order, and no others.
came() {
	[ "$(sed -n 's/^ *"\(test\|status\)": "\(.*\)",\{0,1\}$/\1 \2/p' "$work/run/run.json" |
		awk '$1 == "test" { name = $2 } $1 == "status" && name { printf "%s %s ", name, $2; name = "" }')" = "$1 " ]
}

# A test that never ends takes nothing of those before it, and is no pass; nor are those behind it.
part_hangs() {
	job "Tests=memory-address,memory-random,compute-fp32,latency"
	run $spoilt 1 FORESTAGE_SABOTAGE=hang=memory-random,limit=6 &&
		says "error" && says "memory-random hung, and was killed after its 6 s" &&
		records '"reason":"ithung,andwaskilledafterits6s;ithadmoved' && records '"reason":"notreached:memory-randombrokeoff"' &&
		came "memory-address pass memory-random error compute-fp32 notrun latency notrun"
	ok $? "a test that hangs is named, with its time; those before it are kept, those behind it are not run"
	run $spoilt 1 FORESTAGE_SABOTAGE=hang=compute-fp32,limit=6,flip=1 && says "fail" &&
		says "memory-address: 1 wrong words of memory" && says "; then compute-fp32 hung, and was killed after its 6 s" &&
		came "memory-address fail memory-random pass compute-fp32 error latency notrun"
	ok $? "what failed before a test that hangs is a fail"
	job "Tests=memory-random,latency"
	run $spoilt 1 FORESTAGE_SABOTAGE=hang=memory-random,limit=6,flip=1 && says "fail" &&
		says "memory-random: 1 wrong results, and then it hung" && records '"rounds":1,' &&
		came "memory-random fail latency notrun"
	ok $? "what the test itself had found when it hung is a fail, too"
	sed -i 's/^Type=check/&\nTimeout=6s/' "$work/jobs/one.conf"
	run $spoilt 1 FORESTAGE_SABOTAGE=hang=memory-random && says "timeout" && says "killed after its 6 s during memory-random" &&
		records '"reason":"the6softhejobwereover(Timeout=);ithadmoved' && came "memory-random error latency notrun"
	ok $? "the same is kept where the time of the whole job is over"
}

# What a check counted, without what it measured: status, reason and counts of each test.
counted() {
	grep -E '^ *"(test|status|reason|errors|rounds|samples|operand_sets|path|multiprocessors|quarters|item|value)":' \
		"$work/run/run.json"
}

# The tests of quick, beginning with each of them: what one leaves behind is nothing to the others.
part_rotation() {
	job "Level=quick"
	run $spoilt 0 FORESTAGE_SABOTAGE=steady=1 && counted >"$work.usual" && grep -q '"test": "latency"' "$work.usual"
	ok $? "a quick check passes in its usual order"
	tests=$(grep -c '"test":' "$work.usual")
	alike=0
	first=1
	while [ "$first" -lt "$tests" ]; do
		if run $spoilt 0 "FORESTAGE_SABOTAGE=steady=1,first=$first" && counted >"$work.turned" &&
			diff "$work.usual" "$work.turned" >"$work.differ"; then
			alike=$((alike + 1))
		else
			echo "# first=$first:"
			sed 's/^/# /' "$work.differ"
		fi
		first=$((first + ${ROTATION:-1}))
	done
	[ "$tests" -ge 20 ] && [ "$alike" -eq $(((tests - 2 + ${ROTATION:-1}) / ${ROTATION:-1})) ]
	ok $? "and in $alike other orders, with the same statuses, reasons and counts"
	job "Tests=memory-random,latency"
	run $spoilt 1 FORESTAGE_SABOTAGE=flip=1,first=1 && says "memory-random: 1 wrong words of memory" &&
		came "memory-random fail latency pass"
	ok $? "a test that runs behind its usual place finds what it has to"
}

part_levels() {
	for level in quick $LEVELS; do
		case $level in
			long) job "Level=long" "Duration=2s" && hurry=$HURRY ;;
			*) job "Level=$level" && hurry=1 ;;
		esac
		run $spoilt 1 "FORESTAGE_SABOTAGE=flip=1,hurry=$hurry" && says "planted 1, found exactly 1"
		ok $? "Level=$level with one turned bit fails"
	done
}

for part in ${PARTS-clean memory plants singles couples blame units quarters bits sram chip special agreement steps together copies floors health standing telemetry soak bridges limits peers hangs rotation levels}; do
	"part_$part"
done
