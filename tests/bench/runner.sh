#!/bin/sh
# What forestage-run adds to a bare Driver API program that does the same vector addition, and what
# a job costs when there are many. Everything in one call on one GPU, bare and runner by turns.
#
#   COUNT=67108864   floats of the vector addition
#   TURNS=3          of each; the median counts
#   JOBS="1 10 100 1000"
#   AHEAD="0 2"      values of --ahead that are compared with many jobs
#   SEAL=1024        MiB that are sealed; 0: not
# Without a GPU: LD_LIBRARY_PATH=build/rehearsal COUNT=65536 JOBS="1 10" tests/bench/runner.sh
set -eu
export LC_ALL=C

: "${BUILD:=build}" "${COUNT:=67108864}" "${TURNS:=3}" "${JOBS:=1 10 100 1000}" "${AHEAD:=0 2}"
: "${SEAL:=1024}" "${PTX:=samples/jobs/vecadd.ptx}"
runner=$BUILD/runner/forestage-run
collect="$BUILD/dom0/forestage collect"
bare=$BUILD/bench/vecadd_bare
shm=/dev/shm
[ -d "$shm" ] && [ -w "$shm" ] || shm=${TMPDIR:-/tmp}
work=$(mktemp -d "$shm/forestage-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

seconds() { # seconds COMMAND…: its wall time; what it prints goes to $work/log
	start=$(date +%s.%N)
	"$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }
	end=$(date +%s.%N)
	echo "$start $end" | awk '{ printf "%.4f\n", $2 - $1 }'
}

median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f\n", a / b }'; }

job() { # job FILE COUNT SHA256
	cat >"$1" <<-END
		[Job]
		Type=kernel
		Device=0
		[Kernel]
		Module=vecadd.ptx
		Function=vecadd
		Grid=$((($2 + 255) / 256))
		Block=256
		Argument=in a.bin
		Argument=in b.bin
		Argument=out sum.bin $((4 * $2))
		Argument=u32 $2
		[Expect]
		sum.bin=sha256:$3
	END
}

folder() { # folder DIR COUNT: inputs, module, and the sums' hash in $hash
	mkdir -p "$1"
	cp "$PTX" "$1/vecadd.ptx"
	"$bare" make "$1" "$2"
	hash=$(sha256sum "$1/sums" | cut -d ' ' -f 1)
	rm "$1/sums"
}

# Seconds of each step of the jobs in a region, in the mean.
breakdown() {
	command -v python3 >/dev/null || { echo "(no breakdown without python3)"; return; }
	$collect --region "$1" --json | python3 -c '
import json, sys
jobs = json.load(sys.stdin)["jobs"]
names = []
for job in jobs:
    names += [name for name in job["timings"] if name not in names]
for name in names:
    values = [job["timings"].get(name, 0) for job in jobs]
    print(f"  {name}={sum(values) / len(values):.4f}", end="")
own = ("module_s", "allocate_s", "fill_s", "launch_s", "output_s")
work = sum(job["timings"].get(name, 0) for job in jobs for name in own) / len(jobs)
wall = sum(job["wall_s"] for job in jobs) / len(jobs)
ahead = sum(job.get("started_ahead", False) for job in jobs)
print(f"\n  wall_s={wall:.4f} own_work_s={work:.4f} started_ahead={ahead}/{len(jobs)}")
'
}

[ "$SEAL" -eq 0 ] || "$BUILD/bench/seal" "$SEAL"

# --- one large job ---
folder "$work/large" "$COUNT"
job "$work/large/vecadd.conf" "$COUNT" "$hash"
mkdir "$work/none"
size=$((4 * COUNT / 1048576 + 8))M
rm -f "$work/bare" "$work/stage" "$work/file"
turn=0
while [ "$turn" -lt "$TURNS" ]; do
	rm -f "$work/large/bare.out" "$work/stage.region"
	seconds "$bare" run "$work/large" "$COUNT" >>"$work/bare"
	cat "$work/log"
	# As in the stage: the region is there and formatted, and somebody else seals it.
	"$runner" --jobs "$work/none" --region "$work/stage.region" --region-size "$size" \
		--keep-open >/dev/null || true
	seconds "$runner" --jobs "$work/large" --region "$work/stage.region" --keep-open \
		>>"$work/stage"
	rm -f "$work/file.region"
	seconds "$runner" --jobs "$work/large" --region "$work/file.region" --region-size "$size" \
		>>"$work/file"
	turn=$((turn + 1))
done
bare_s=$(median <"$work/bare")
stage_s=$(median <"$work/stage")
file_s=$(median <"$work/file")
echo "vecadd_floats=$COUNT"
echo "bare_s=$bare_s runner_in_stage_s=$stage_s runner_with_file_s=$file_s"
breakdown "$work/file.region"
echo "runner_to_bare_ratio=$(ratio "$stage_s" "$bare_s")"
echo "runner_with_file_to_bare_ratio=$(ratio "$file_s" "$bare_s")"
rm -rf "$work/large" "$work"/*.region

# --- many small ones ---
for ahead in $AHEAD; do
	for jobs in $JOBS; do
		rm -rf "$work/many" "$work/many.region"
		folder "$work/many" 1024
		number=0
		while [ "$number" -lt "$jobs" ]; do
			number=$((number + 1))
			job "$work/many/$(printf '%04d' $number).conf" 1024 "$hash"
		done
		wall=$(seconds "$runner" --jobs "$work/many" --region "$work/many.region" \
			--region-size 64M --ahead "$ahead")
		echo "jobs=$jobs ahead=$ahead wall_s=$wall each_s=$(ratio "$wall" "$jobs")"
		breakdown "$work/many.region"
	done
done
