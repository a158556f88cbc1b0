#!/bin/sh
# Several GPUs in one machine: results in a stable order, a GPU that hangs beside others that do not
# notice, copies between all pairs beside what a plain copy and a plain kernel reach, and a bundle of
# small jobs spread over the GPUs beside the same on one of them, with what the driver alone does.
#
# BUNDLE=10000 (jobs) and BARE=40 (programs) say how many; in $OUT: the run of the checks (several.region.gz).
set -u
export LC_ALL=C

: "${BUILD:=build}"
: "${OUT:=$BUILD/gpu/several}"
: "${BUNDLE:=10000}" "${BARE:=40}"
work=$OUT
# shellcheck disable=SC2034 # tests/tap.sh looks at it
verbose=yes
. tests/tap.sh

[ -e /dev/nvidiactl ] || skip_all "no NVIDIA GPU with a loaded driver here"
gpus=$(find /dev -maxdepth 1 -name 'nvidia[0-9]*' | wc -l)
[ "$gpus" -gt 1 ] || skip_all "this machine shows one GPU"
command -v python3 >/dev/null || skip_all "python3 is not installed"
mkdir -p "$OUT"
runner=$BUILD/runner/forestage-run
last=$((gpus - 1))
list=$(seq -s , 0 "$last")

# spread NAME COUNT DEVICES KERNEL-SECONDS: a folder of COUNT jobs, in turns for the GPUs; see its text.
spread() {
	rm -rf "${OUT:?}/$1"
	tests/gpu/spread.py "$OUT/$1" "$2" "$3" "${4:-0}"
}

# go NAME EXIT [OPTION...]: runs the folder; its documents are NAME.json.
go() {
	name=$1
	expected=$2
	shift 2
	rm -f "$OUT/$name.region"
	"$runner" --jobs "$OUT/$name" --region "$OUT/$name.region" --region-size 64M "$@" >"$OUT/$name.log" 2>&1
	code=$?
	"$BUILD/dom0/forestage" collect --region "$OUT/$name.region" --json >"$OUT/$name.json"
	tail -n 1 "$OUT/$name.log"
	[ "$code" -eq "$expected" ]
}

ask() { # ask EXPRESSION NAME...: of the documents, as `a`, `b` and so on; prints, and is true when it is
	python3 - "$OUT" "$@" <<-'END'
		import json, statistics, sys
		folder, expression, *names = sys.argv[1:]
		values = {chr(ord("a") + i): json.load(open(f"{folder}/{name}.json")) for i, name in enumerate(names)}
		def ran(run): # seconds from the first start to the last end
		    jobs = run["jobs"]
		    return max(j["start_s"] + j["wall_s"] for j in jobs) - min(j["start_s"] for j in jobs)
		def times(run, device, key="wall_s"): # of the jobs that pass on a GPU
		    jobs = [j for j in run["jobs"] if j["device"] == device and j["status"] == "pass"]
		    return [j["timings"][key] if key != "wall_s" else j[key] for j in jobs]
		values.update(ran=ran, times=times, median=statistics.median)
		exec(expression, values)
		print(*values.get("said", ["-"]))
		sys.exit(not values["good"])
	END
}

# --- order ---
spread order 24 "$list"
cp -rL samples/jobs/. "$OUT/order/"
in_order() {
	go order 0 || return 1
	ask 'good = [(j["job"], j["device"]) for j in a["jobs"]] == sorted((j["job"], j["device"]) for j in a["jobs"]); said = [len(a["jobs"]), "results"]' order
}
check "results of $gpus GPUs are in the order of the plan, however they ended" in_order

# --- a GPU that hangs ---
# The others' jobs hold their GPU for 0.2 s each. Meanwhile the first GPU has jobs of two seconds, and then ones that hang
# and are ended after two.
spread quiet 24 "$(seq -s , 1 "$last")" 0.2
spread hang 24 "$(seq -s , 1 "$last")" 0.2
for n in 1 2 3; do
	sed 's/^Device=.*/Device=0/; s/^Argument=u64 .*/Argument=u64 2000000000/' \
		"$OUT/quiet/j00000.conf" >"$OUT/quiet/h$n.conf"
	sed 's/^Function=.*/Function=hang/; s/^Device=.*/Device=0/; s/^Type=.*/Type=kernel\nTimeout=2s/' \
		"$OUT/hang/j00000.conf" >"$OUT/hang/h$n.conf"
done
unchanged() {
	go quiet 0 && go hang 1 && ask '
hung = [j for j in b["jobs"] if j["status"] == "timeout"]
before, after = ([median(times(r, d)) for d in range(1, '"$gpus"')] for r in (a, b))
work = [[median(times(r, d, "launch_s")) for d in range(1, '"$gpus"')] for r in (a, b)]
good = len(hung) == 3 and all(y <= x * 1.05 for x, y in zip(before, after))
said = [f"hung {len(hung)}; median of a job on the others: without {before}, with {after}; the kernel {work[0]}, {work[1]}"]' quiet hang
}
check "a GPU that hangs leaves the others' times unchanged within 5 %" unchanged

# --- copies between all pairs ---
# One GPU after the other: side by side, as a check is made, they copy against each other.
pairs() {
	mkdir -p "$OUT/p2p"
	printf '[Job]\nType=check\n[Check]\nTests=copy-p2p,health\n' >"$OUT/p2p/p2p.conf"
	go p2p 0 --serial && "$BUILD/bench/gpu" pairs >"$OUT/pairs" && cat "$OUT/pairs" || return 1
	ask '
plain = {(int(w[1]), int(w[3])): (float(w[5]), float(w[8])) for w in map(str.split, open("'"$OUT/pairs"'")) if w and w[0] == "GPU"}
rows = [(j["device"], p["peer"], p) for j in a["jobs"] for p in j["check"]["tests"][0]["pairs"]]
share = [min(p["write_gbps"], p["read_gbps"]) / max(plain[d, q]) for d, q, p in rows]
good = len(rows) == '"$gpus"' * ('"$gpus"' - 1) and min(share) >= 0.95
said = ["lowest share of the better plain figure: %.3f" % min(share)] + [(d, q, p["write_gbps"], p["read_gbps"]) for d, q, p in rows]' p2p
}
if [ -x "$BUILD/bench/gpu" ]; then
	check "copies between all pairs reach 95 % of a plain copy's and a plain kernel's" pairs
else
	skip "copies between all pairs beside plain ones" "make bench-programs was not run"
fi

# --- a bundle ---
scaling() { # scaling NAME COUNT KERNEL-SECONDS LEAST: the same jobs on one GPU, and in turns on all of them
	spread "$1-one" "$2" 0 "$3"
	spread "$1-all" "$2" "$list" "$3"
	go "$1-one" 0 && go "$1-all" 0 && ask '
ratio = ran(a) / ran(b)
good = ratio >= '"$4"'
said = ["%d jobs: %.1f s on one GPU, %.1f s on '"$gpus"': %.2f times as fast" % (len(a["jobs"]), ran(a), ran(b), ratio)]' "$1-one" "$1-all"
}
# What a bare program for each job makes of several GPUs: the driver makes one context at a time, whatever GPU it is on.
bare_loop() {
	n=0
	while [ "$n" -lt "$BARE" ]; do
		CUDA_VISIBLE_DEVICES=$1 "$BUILD/bench/vecadd_bare" run "$OUT/bare$1" 1024 >/dev/null 2>&1 || return 1
		n=$((n + 1))
	done
}
bare() {
	for gpu in $(seq 0 "$last"); do
		mkdir -p "$OUT/bare$gpu"
		cp samples/jobs/vecadd.ptx "$OUT/bare$gpu/" && "$BUILD/bench/vecadd_bare" make "$OUT/bare$gpu" 1024 || return 1
	done
	start=$(date +%s.%N)
	bare_loop 0 || return 1
	middle=$(date +%s.%N)
	for gpu in $(seq 0 "$last"); do
		bare_loop "$gpu" &
	done
	wait
	echo "$start $middle $(date +%s.%N)" | awk -v gpus="$gpus" -v n="$BARE" '{
		one = $2 - $1; all = $3 - $2
		printf "%d programs on one GPU %.2f s, %d on each of %d %.2f s: %.2f times as fast\n", n, one, n, gpus, all, gpus * one / all }'
}
if [ -x "$BUILD/bench/vecadd_bare" ]; then
	check "what a bare program for each job makes of $gpus GPUs" bare
fi
check "jobs with half a second of work are spread nearly linearly" scaling work 40 0.5 "$(echo "$gpus" | awk '{ print 0.9 * $1 }')"
# In one context each takes a third of a millisecond, and the contexts are made one after the other by the driver: of a
# thousand the second context costs more than is gained. Of ten thousand there must be a gain.
check "$BUNDLE small jobs on $gpus GPUs beside the same on one" scaling small "$BUNDLE" 0 1
gzip -1 -c "$OUT/small-all.region" >"$OUT/several.region.gz"
plan
