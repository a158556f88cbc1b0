#!/bin/sh
# Kernel jobs that share a context end as with a context each: the same statuses, reasons and bytes. The samples; jobs
# that go wrong in every way, next to ones that do not; and thousands in one process, whose memory stays what it is.
# tests/unit/runner/test_end_to_end.c runs some of its jobs both ways itself; LONG=yes runs all that the unit tests have.
set -u
export LC_ALL=C

: "${BUILD:=build}"
work=$BUILD/tests/context
rm -rf "$work"
mkdir -p "$work"
. tests/tap.sh
runner=$BUILD/runner/forestage-run
needs "$runner" "$BUILD/dom0/forestage" "$BUILD/rehearsal/libcuda.so.1" samples/jobs/vecadd.ptx
command -v python3 >/dev/null || skip_all "python3 is not installed"
LD_LIBRARY_PATH=$BUILD/rehearsal
export LD_LIBRARY_PATH

# run NAME FOLDER EXIT [OPTION…]
run() {
	name=$1 folder=$2 wanted=$3
	shift 3
	code=0
	"$runner" --jobs "$folder" --region "$work/$name.region" --region-size 64M "$@" >"$work/$name.log" 2>&1 || code=$?
	"$BUILD/dom0/forestage" collect --region "$work/$name.region" --json >"$work/$name.json"
	[ "$code" -eq "$wanted" ] || { tail -n 20 "$work/$name.log"; return 1; }
}

# own FOLDER: a copy, FOLDER-own, in which each kernel job has a context of its own.
own() {
	rm -rf "$1-own"
	cp -rL "$1" "$1-own"
	sed -i 's/^Type=kernel/&\nContext=own/' "$1-own"/*.conf
}

ask() { # ask EXPRESSION NAME…: of the documents, as `a`, `b`; prints `said`, and is true when `good` is
	python3 - "$work" "$@" <<-'END'
		import json, re, sys
		folder, expression, *names = sys.argv[1:]
		values = {chr(ord("a") + i): json.load(open(f"{folder}/{name}.json")) for i, name in enumerate(names)}
		def told(run):
		    return {(j["job"], j["device"]): (j["status"], re.sub("conf:[0-9]+", "conf", j.get("reason") or ""), [(o["file"], o["sha256"], o["expect"])
		        for o in j["outputs"]], sorted(j.get("files") or [])) for j in run["jobs"]}
		def contexts(run):
		    return {j.get("context") for j in run["jobs"] if j["kind"] == "kernel" and j.get("context")}
		values.update(told=told, contexts=contexts)
		exec(expression, values)
		print(*values.get("said", []))
		sys.exit(not values["good"])
	END
}

# same NAME FOLDER EXIT [OPTION…]: the folder both ways
same() {
	both=$1 jobs=$2 exit=$3
	shift 3
	own "$jobs"
	run "$both" "$jobs" "$exit" "$@" || return 1
	run "$both-own" "$jobs-own" "$exit" "$@" || return 1
	ask '
x, y = told(a), told(b)
said = [len(x), "jobs:", *[f"{k}: {x[k]} and {y.get(k)}" for k in x if x[k] != y.get(k)]]
good = x == y and len(x) > 0 and contexts(a) == {"shared"} and contexts(b) == {"own"}' "$both" "$both-own"
}

cp -rL samples/jobs "$work/samples"
check "the samples" same samples "$work/samples" 0
FORESTAGE_REHEARSAL_DEVICES=2
export FORESTAGE_REHEARSAL_DEVICES
check "the samples on two GPUs" same two "$work/samples" 0
check "the samples on two GPUs, one job at a time, nothing made ahead" same serial "$work/samples" 0 --serial --ahead 0
unset FORESTAGE_REHEARSAL_DEVICES

# --- jobs that go wrong, and their neighbours ---
# kernel NAME FUNCTION [LINE…]: a job with 64 bytes in, 64 bytes out
kernel() {
	name=$1 function=$2
	shift 2
	{
		case $function in hang) limit=1s ;; *) limit=60s ;; esac
		printf '[Job]\nType=kernel\nTimeout=%s\n' "$limit"
		for line; do echo "$line"; done
		printf '[Kernel]\nModule=sick.ptx\nFunction=%s\nGrid=1\nBlock=16\n' "$function"
		printf 'Argument=in in.bin\nArgument=out out.bin 64\nArgument=scratch 64\n'
		printf '[Expect]\nout.bin=like right.bin as u32\n'
	} >"$work/sick/$name.conf"
}
mkdir "$work/sick"
python3 - "$work/sick" <<'END2'
import struct, sys
folder = sys.argv[1]
open(f"{folder}/in.bin", "wb").write(struct.pack("<16I", *range(16)))
open(f"{folder}/right.bin", "wb").write(struct.pack("<16I", *(i + 1 for i in range(16))))
head = """.version 6.3
.target sm_70
.address_size 64
.visible .global .align 4 .u32 count = 0;
"""
entry = """.visible .entry %s(.param .u64 from, .param .u64 to, .param .u64 scratch)
{
	.reg .pred %%p;
	.reg .u32 %%r<4>;
	.reg .u64 %%a<6>;
	ld.param.u64 %%a0, [from];
	ld.param.u64 %%a1, [to];
	ld.param.u64 %%a2, [scratch];
	mov.u32 %%r0, %%tid.x;
	mul.wide.u32 %%a3, %%r0, 4;
	add.u64 %%a0, %%a0, %%a3;
	add.u64 %%a4, %%a1, %%a3;
	ld.global.u32 %%r1, [%%a0];
	add.u32 %%r1, %%r1, 1;
	st.global.u32 [%%a4], %%r1;
%s	ret;
}
"""
bodies = {
    "right": "",
    # in variables of the module: what the job before it left there is not what it finds
    "counts": "\tatom.global.add.u32 %r2, [count], 1;\n\tbar.sync 0;\n\tld.global.u32 %r2, [count];\n" +
		"\tadd.u32 %r1, %r1, %r2;\n\tsub.u32 %r1, %r1, 16;\n\tst.global.u32 [%a4], %r1;\n",
    # beyond the end of the output, before it (there is its own input), and where buffers of the job before were
    "beyond": "\tst.global.u32 [%a4+512], %r1;\n",
    "before": "\tst.global.u32 [%a4+-1024], %r1;\n",
    "reads": "\tld.global.u32 %r2, [%a4+4096];\n",
    "stale": "\tmov.u64 %a5, 0x20000001400;\n\tst.global.u32 [%a5], %r1;\n",
    "trap": "\ttrap;\n",
    "hang": "$again:\n\tld.volatile.global.u32 %r2, [%a4];\n\tsetp.ne.u32 %p, %r2, 12345;\n\t@%p bra $again;\n",
    "wrong": "\tst.global.u32 [%a4], %r0;\n",
}
text = head + "".join(entry % (name, body) for name, body in bodies.items())
text += ".visible .entry idle(.param .u64 from, .param .u64 to, .param .u64 scratch)\n{\n\tret;\n}\n"
open(f"{folder}/sick.ptx", "w").write(text)
open(f"{folder}/broken.ptx", "w").write(head + ".visible .entry right(\n")
END2
n=10
for what in counts beyond before reads stale trap hang wrong idle nosuch; do
	kernel "k$n-before" right
	kernel "k$n-counts" counts
	kernel "k$n-$what-it" "$what"
	kernel "k$n-later" counts
	n=$((n + 1))
done
kernel k30 right Repeat=3
sed 's/sick.ptx/broken.ptx/' "$work/sick/k30.conf" >"$work/sick/k31.conf"
sed 's/sick.ptx/absent.ptx/' "$work/sick/k30.conf" >"$work/sick/k32.conf"
sed 's/in in.bin/in absent.bin/' "$work/sick/k30.conf" >"$work/sick/k33.conf"
sed 's/Block=16/Block=1,1,1\nSharedMemory=1M/' "$work/sick/k30.conf" >"$work/sick/k34.conf"
sed 's/^Argument=scratch 64/Argument=u32 3/' "$work/sick/k30.conf" >"$work/sick/k35.conf"
kernel k36 right
check "jobs that go wrong in every way, and those next to them" same sick "$work/sick" 1
# beside NAME: the folder of that run once more, eight jobs at a time; it prints which were, and which ran twice
beside() {
	run "$1-beside" "$2" "$3" --concurrency 8 || return 1
	ask '
x, y = told(a), told(b)
together = [j["job"] for j in b["jobs"] if j.get("beside")]
apart = [j["job"] for j in b["jobs"] if "apart" in j]
said = ["beside:", len(together), "apart:", len(apart), *[f"{k}: {x[k]} and {y.get(k)}" for k in x if x[k] != y.get(k)]]
good = x == y and [j["job"] for j in a["jobs"]] == [j["job"] for j in b["jobs"]] and together + apart != []' "$1" "$1-beside"
}
check "the samples side by side" beside samples "$work/samples" 0
check "jobs that go wrong, beside those next to them" beside sick "$work/sick" 1

# Each kind of fault in a flight of its own.
each_beside() {
	for what in counts beyond before reads stale trap hang wrong idle nosuch; do
		rm -rf "${work:?}/$what"
		mkdir "$work/$what"
		cp "$work/sick/"*.ptx "$work/sick/"*.bin "$work/sick/"k??-"$what"-it.conf "$work/$what"
		for i in 1 2 3 4 5 6; do
			cp "$work/sick/k10-before.conf" "$work/$what/a$i.conf"
			cp "$work/sick/k10-counts.conf" "$work/$what/z$i.conf"
		done
		wanted=1
		[ "$what" != counts ] && [ "$what" != before ] || wanted=0
		run "$what" "$work/$what" "$wanted" && beside "$what" "$work/$what" "$wanted" || return 1
	done
}
check "each of them in a flight" each_beside

statuses() {
	ask '
bad = {"beyond", "reads", "stale", "trap", "hang", "wrong", "idle", "nosuch"}
said = [(j["job"], j["status"]) for j in a["jobs"] if j["job"].endswith("-it")]
good = all((j["status"] == "pass") == (j["job"].split("-")[1] not in bad) for j in a["jobs"] if j["job"] < "k3") and \
    len({j.get("worker") for j in a["jobs"]}) >= len(bad)' sick
}
check "each of them is one's own fault, and goes on in another process" statuses

# --- thousands in one process ---
# grows COUNT FIRST LAST: KiB that the processes hold of their own after so many jobs. The run takes a fraction of a
# millisecond for a job, so they are stopped while they are looked at; till then a pipe of 4 KiB that is not read holds
# the run (a second: it does not wait for a reader for ever), and LAST is further from COUNT than there are lines in
# such a pipe. The sizes are of smaps_rollup, as those in "status" lag behind by up to 32 pages a processor (Linux 6.2
# and later).
grows() {
	tests/gpu/spread.py "$work/many" "$1" 0 0 && python3 - "$runner" "$work" "$@" <<-'END'
		import fcntl, os, re, signal, subprocess, sys
		runner, work, count, first, last = sys.argv[1:]
		run = subprocess.Popen([runner, "--jobs", f"{work}/many", "--region", f"{work}/many.region"],
		    stdout=subprocess.PIPE, bufsize=0)
		fcntl.fcntl(run.stdout, 1031, 4096) # F_SETPIPE_SZ, which Python 3.9 has no name for
		def below(pid):
		    found = [pid]
		    for thread in os.listdir(f"/proc/{pid}/task"):
		        with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
		            for child in file.read().split():
		                found += below(int(child))
		    return found
		def sizes(pids):
		    found = {}
		    for pid in pids:
		        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
		            found[pid] = int(re.search(r"Anonymous:\s+(\d+)", file.read()).group(1))
		        found[pid, "files"] = len(os.listdir(f"/proc/{pid}/fd"))
		        found[pid, "maps"] = len(open(f"/proc/{pid}/maps", encoding="ascii").readlines())
		    return found
		def stopped():
		    pids = below(run.pid)
		    for pid in pids:
		        os.kill(pid, signal.SIGSTOP)
		    try:
		        return sizes(pids)
		    finally:
		        for pid in pids:
		            os.kill(pid, signal.SIGCONT)
		seen = {}
		for line in run.stdout:
		    words = line.decode().split()
		    if words[:1] == ["job"] and words[1] in (first, last) and words[1] not in seen:
		        seen[words[1]] = stopped()
		print(seen)
		grown = [key for key in seen[first] if seen[last].get(key, 0) > seen[first][key] + (
		    256 if isinstance(key, int) else 4)]
		print("exit", run.wait(), "grown:", grown, "gone or new:", set(seen[first]) ^ set(seen[last]))
		sys.exit(run.returncode != 0 or len(seen[last]) < 6 or set(seen[first]) != set(seen[last]) or grown != [])
	END
}
check "2000 jobs: no process grows, and each stays" grows 2000 300 1500

# --- the jobs of the unit tests ---
for unit in tests/unit/runner/end_to_end.t tests/unit/runner/shared.t; do
	[ "${LONG:-no}" = yes ] || continue
	program=$BUILD/$unit
	needs "$program"
	check "the jobs of $(basename "$unit" .t)" env -u LD_LIBRARY_PATH FORESTAGE_CONTEXTS=both "$program"
done
plan
