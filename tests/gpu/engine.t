#!/bin/sh
# Everything that people may run, on the real GPU, inside the unpacked initramfs (tests/gpu/lib.sh):
# PTX of clang and of nvcc, a cubin, a fatbin, a program of nvcc's, every GPU of the machine, a kernel
# that hangs, one that reads where nothing is, one that traps, a program that crashes. Each has to end
# in the status that docs/job-files.md promises, and the jobs after it have to pass. Then the same
# folder with the interpreter: the same statuses, and the same bytes where PTX fixes them.
set -u
. tests/gpu/lib.sh

PATH=$PATH:/usr/local/cuda/bin
open_root
jobs=$root/forestage/engine
rm -rf "$jobs"
cp -r "$root/forestage/jobs" "$jobs"

# kernel NAME MODULE FUNCTION [TIMEOUT]: a job with one output of four bytes.
kernel() {
	cat >"$jobs/$1.conf" <<-END
		[Job]
		Type=kernel
		Timeout=${4:-20s}
		[Kernel]
		Module=$2
		Function=$3
		Grid=1
		Block=1
		Argument=out o 4
		[Expect]
		o=sha256:a72cb14b23c7d7a0ed3fb1c4b7c1a1b3e6c4ea1d1a0c5a6f8d1c3b8d2b9f6a11
	END
}

cat >"$jobs/sick.ptx" <<'END'
.version 6.3
.target sm_70
.address_size 64
.visible .entry hang(.param .u64 to)
{
	.reg .pred %p;
	.reg .u32 %r;
	.reg .u64 %a;
	ld.param.u64 %a, [to];
	cvta.to.global.u64 %a, %a;
$again:
	ld.volatile.global.u32 %r, [%a];
	setp.ne.u32 %p, %r, 12345;
	@%p bra $again;
	ret;
}
.visible .entry astray(.param .u64 to)
{
	.reg .u64 %a;
	.reg .u32 %r;
	mov.u64 %a, 64;
	mov.u32 %r, 7;
	st.global.u32 [%a], %r;
	ret;
}
.visible .entry stop(.param .u64 to)
{
	trap;
	ret;
}
.visible .entry idle(.param .u64 to)
{
	ret;
}
END
kernel x1-hang sick.ptx hang 2s
kernel x2-astray sick.ptx astray
kernel x3-trap sick.ptx stop
kernel x4-idle sick.ptx idle
kernel x5-nothing sick.ptx nothing
printf '[Job]\nType=program\nTimeout=20s\n[Program]\nExec=./crash.sh\n' >"$jobs/x6-crash.conf"
printf '#!/bin/sh\necho before\nkill -SEGV $$\n' >"$jobs/crash.sh"
printf '[Job]\nType=program\nTimeout=20s\n[Program]\nExec=./wrong.sh\n' >"$jobs/x7-wrong.conf"
printf '#!/bin/sh\nexit 3\n' >"$jobs/wrong.sh"
printf '[Job]\nType=program\nDevice=999\nTimeout=20s\n[Program]\nExec=./wrong.sh\n' >"$jobs/x8-absent.conf"
chmod 755 "$jobs/crash.sh" "$jobs/wrong.sh"
cp "$jobs/vecadd.conf" "$jobs/y-after.conf"

# The same addition through nvcc, in each of the three forms.
nvcc_jobs() {
	cat >"$OUT/add.cu" <<-'END'
		extern "C" __global__ void vecadd(const float *a, const float *b, float *c, unsigned count)
		{
		        unsigned i = blockIdx.x * blockDim.x + threadIdx.x;

		        if (i < count)
		                c[i] = a[i] + b[i];
		}
	END
	nvcc -arch=native -ptx -o "$jobs/nvcc.ptx" "$OUT/add.cu" || return 1
	nvcc -arch=native -cubin -o "$jobs/nvcc.cubin" "$OUT/add.cu" || return 1
	nvcc -arch=native -fatbin -o "$jobs/nvcc.fatbin" "$OUT/add.cu" || return 1
	for form in ptx cubin fatbin; do
		sed "s/^Module=.*/Module=nvcc.$form/" "$jobs/vecadd.conf" >"$jobs/n-$form.conf"
	done
	samples/programs/build.sh "$jobs" || return 1
	# What the program needs of libraries, as initramfs/pack.sh takes it along; all of this machine,
	# for the image may have been packed on one with an older C library.
	for library in $(ldd "$jobs/transpose" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }'); do
		case $library in
		*/libcuda.so.1) ;;
		*) cp -L "$library" "$root/lib/x86_64-linux-gnu/" || return 1 ;;
		esac
	done
	cp -L /lib64/ld-linux-x86-64.so.2 "$root/lib64/"
}

by_nvcc=
if command -v nvcc >/dev/null; then
	check "nvcc builds a PTX module, a cubin, a fatbin and a program" nvcc_jobs
	by_nvcc="n-ptx n-cubin n-fatbin transpose"
else
	skip "modules and a program built with nvcc" "nvcc is not installed"
fi

# A kernel cannot be stopped once it runs: the driver needs up to seconds to reset its channel.
run_engine() {
	enter /bin/forestage-run --jobs /forestage/engine --region /tmp/engine.region --region-size 64M
	code=$?
	[ "$code" -eq 1 ] || { echo "exit code $code, not 1"; return 1; }
}

rm -f "$root/tmp/engine.region"
check "the run comes to its end, and is no pass" run_engine
gzip -1 -c "$root/tmp/engine.region" >"$OUT/engine.region.gz"
"$BUILD/dom0/forestage" collect --region "$root/tmp/engine.region" --format junit >"$OUT/engine.xml"
"$BUILD/dom0/forestage" collect --region "$root/tmp/engine.region" --json >"$OUT/engine.json"

# has_status FILE JOB STATUS [REASON]: on every GPU that the job ran on.
has_status() {
	awk -v job="name=\"$2/" -v status="$3" -v reason="${4:-}" '
		index($0, "<testcase") { ours = index($0, job); if (ours) { seen++; now = "pass" } }
		ours && /<failure|<error|<skipped/ {
			now = $0
			sub(/.* type="/, "", now); sub(/".*/, "", now)
			print
			if (reason != "" && !index($0, reason)) bad++
		}
		ours && /<\/testcase>/ { if (now != status) { bad++; print "status: " now } ours = 0 }
		END { exit seen == 0 || bad > 0 }
	' "$1"
}

on_gpu() { check "$1: $2" has_status "$OUT/engine.xml" "$@"; }

for job in daxpy histogram reduce saxpy scan sgemm vecadd wave $by_nvcc y-after; do
	on_gpu "$job" pass
done
on_gpu x1-hang timeout "killed after its 2 s during the kernel"
on_gpu x2-astray error CUDA_ERROR_ILLEGAL_ADDRESS
on_gpu x3-trap error CUDA_ERROR_
on_gpu x4-idle fail "was never written"
on_gpu x5-nothing error "has no kernel"
on_gpu x6-crash error "killed by signal 11"
on_gpu x7-wrong fail "exit code 3"
on_gpu x8-absent error "no such GPU"

# --- a context each: the same statuses and bytes ---
own=$root/forestage/own
run_own() {
	rm -rf "$own"
	cp -r "$jobs" "$own"
	sed -i '/^Type=kernel/a Context=own' "$own"/*.conf
	grep -q '^Context=own' "$own/vecadd.conf" || { echo "no job has a context of its own"; return 1; }
	enter /bin/forestage-run --jobs /forestage/own --region /tmp/own.region --region-size 64M
	code=$?
	[ "$code" -eq 1 ] || { echo "exit code $code, not 1"; return 1; }
	"$BUILD/dom0/forestage" collect --region "$root/tmp/own.region" --json >"$OUT/own.json"
	[ -s "$OUT/own.json" ]
}
# What transpose leaves has the time in it.
same_as_own() { tests/gpu/same.py "$OUT/engine.json" "$OUT/own.json" transpose; }
rm -f "$root/tmp/own.region"
check "the same folder with a context for each kernel job" run_own
if command -v python3 >/dev/null; then
	check "has the same statuses and bytes as in shared ones" same_as_own
else
	skip "has the same statuses and bytes as in shared ones" "python3 is not installed"
fi

# --- eight at a time: the same statuses and bytes, whoever goes wrong among them ---
run_together() {
	enter /bin/forestage-run --jobs /forestage/engine --region /tmp/together.region --region-size 64M --concurrency 8
	code=$?
	[ "$code" -eq 1 ] || { echo "exit code $code, not 1"; return 1; }
	"$BUILD/dom0/forestage" collect --region "$root/tmp/together.region" --json >"$OUT/together.json"
	[ -s "$OUT/together.json" ]
}
same_together() { tests/gpu/same.py "$OUT/engine.json" "$OUT/together.json" transpose; }
some_together() {
	python3 -c '
import json, sys
jobs = json.load(open(sys.argv[1]))["jobs"]
beside = [job for job in jobs if job.get("beside")]
apart = [job for job in jobs if "apart" in job]
print(len(jobs), "jobs,", len(beside), "side by side,", len(apart), "apart:", *sorted({job["apart"] for job in apart}), sep="\n")
timed = all(job["timings"].get("launch_s", 0) > 0 for job in beside)
sys.exit(not (beside or apart) or not timed or any(job["status"] != "pass" for job in beside))
' "$OUT/together.json"
}
rm -f "$root/tmp/together.region"
check "the same folder with --concurrency 8" run_together
if command -v python3 >/dev/null; then
	check "has the same statuses and bytes" same_together
	check "jobs ran side by side, each timed by events, and only those that pass" some_together
else
	skip "has the same statuses and bytes" "python3 is not installed"
	skip "jobs ran side by side, each timed by events, and only those that pass" "python3 is not installed"
fi

gpus=$(find /dev -maxdepth 1 -name 'nvidia[0-9]*' | wc -l)
on_every_gpu() {
	jobs_run=$(grep -c 'name="vecadd/[0-9]' "$OUT/engine.xml")
	echo "$jobs_run of $gpus GPUs"
	[ "$jobs_run" -ge 1 ] && [ "$jobs_run" -le "$gpus" ]
}
check "jobs run on every GPU that CUDA shows" on_every_gpu
# The job that hangs takes its two seconds on every GPU: side by side, they overlap.
overlap() {
	python3 -c '
import json, sys
jobs = [job for job in json.load(open(sys.argv[1]))["jobs"] if job["job"] == "x1-hang"]
times = sorted((job["start_s"], job["start_s"] + job["wall_s"]) for job in jobs)
print(times)
sys.exit(not all(after[0] < before[1] for before, after in zip(times, times[1:])))
' "$OUT/engine.json"
}
if [ "$gpus" -gt 1 ]; then
	check "jobs of $gpus GPUs run side by side" overlap
else
	skip "jobs of several GPUs run side by side" "this machine shows one GPU"
fi

no_process_left() { ! pgrep -af 'forestage-run --jobs /forestage/engine'; }
check "no process is left" no_process_left

# --- the same folder with the interpreter ---
rehearse() {
	LD_LIBRARY_PATH=$BUILD/rehearsal "$BUILD/runner/forestage-run" --jobs "$jobs" \
		--region "$OUT/rehearsal.region" --region-size 64M
	[ $? -eq 1 ] || return 1
	"$BUILD/dom0/forestage" collect --region "$OUT/rehearsal.region" --format junit \
		>"$OUT/rehearsal.xml"
	"$BUILD/dom0/forestage" collect --region "$OUT/rehearsal.region" --json >"$OUT/rehearsal.json"
	[ -s "$OUT/rehearsal.json" ]
}

# wave uses approximate functions, whose bits PTX leaves open; the interpreter reads PTX only, and a
# program with the CUDA runtime needs the driver.
same_results() {
	tests/gpu/same.py "$OUT/engine.json" "$OUT/rehearsal.json" wave n-cubin n-fatbin n-ptx transpose
}

rm -f "$OUT/rehearsal.region"
check "the same folder is rehearsed" rehearse
if command -v python3 >/dev/null; then
	check "with the same statuses, and the same bytes" same_results
else
	skip "with the same statuses, and the same bytes" "python3 is not installed"
fi
plan
