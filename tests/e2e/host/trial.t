#!/bin/sh
# CUDA tried in dom0 itself, for one boot each: a trial that ends well in a PV and in a PVH dom0, and everything that may
# go wrong on the way, behind each of which the next boot must be a normal one, and status must tell the truth. The
# rehearsal library is the GPU; what is loaded is the stand-in of NVIDIA's module (tests/e2e/driver), for dom0's kernel.
# TRIALS: only these (pv pvh all wc nogpu panic hang lost refused crashed). The power cuts are trial-cuts.t's.
# REAL: a folder with NVIDIA's own modules for the kernel that the host has (scripts/driver.sh --for), and its libraries
# and firmware if they are there: a trial of that, too, on this machine without a GPU
: "${LIMIT:=3600}" "${REAL:=}" "${TRIALS:=pv pvh all wc nogpu panic hang lost refused crashed${REAL:+ real}}"
. tests/e2e/host/lib.sh
. tests/e2e/host/standin.sh

# A PVH dom0 needs SVM without RDTSCP here, and an IOMMU; with two processors QEMU's emulation of that does not always
# come back. PV dom0s have the same machine.
export SMP=1
# Linux moves the registers of this machine's AHCI controller, a window of 32 bits, without switching it off, and Xen
# 4.17 ignores that in a PVH dom0: no root file system (docs/trial.md). NVMe has one of 64 bits. What is left on AHCI,
# the disk of steps, would keep that dom0's initrd from its end: its driver is not loaded there.
export DISK_DEVICE=nvme,serial=disk
machine_extra="-cpu max,-smap,-smep,-rdtscp -device amd-iommu,intremap=on"

# driver NAME: a folder for --driver.
driver() {
	standin_driver "$work/stand-in/$1" "$work/payload/$1"
}

# refusing NAME: the same with a libcuda that refuses write-combined memory, as a PV dom0's driver may: the rehearsal's
# under another name, and before it one that asks for that fault.
refusing() {
	driver works
	mv "$work/payload/works" "$work/payload/$1"
	lib=$work/payload/$1/lib
	sed 's/libcuda\.so\.1/librehe.so.1/g' "$lib/libcuda.so.1" >"$lib/librehe.so.1"
	cat >"$work/refusing.c" <<-'EOT'
		#include <stdlib.h>
		__attribute__((constructor)) static void ask(void) { setenv("FORESTAGE_REHEARSAL_FAULT", "write-combined", 1); }
	EOT
	# shellcheck disable=SC2016 # the linker expands it
	"${CC:-gcc}" -shared -fPIC -o "$lib/libcuda.so.1" "$work/refusing.c" -Wl,--no-as-needed -L"$lib" -l:librehe.so.1 \
		-Wl,-rpath,'$ORIGIN' -Wl,-soname,libcuda.so.1
}

# real: $REAL, for --driver. What it lacks and a machine without a GPU does not come as far as is a stand-in. The host
# has no drm, which nvidia.ko needs: it gets Debian's own back.
real() {
	cp -rL "$REAL" "$work/payload/real"
	version=$(modinfo -F version "$REAL/modules/nvidia.ko") || return
	lib=$work/payload/real/lib firmware=$work/payload/real/firmware/nvidia/$version
	mkdir -p "$lib" "$firmware" "$work/payload/drm"
	[ -e "$lib/libcuda.so.1" ] || {
		echo "# real: libcuda is the stand-in of tests/e2e/driver"
		"${CC:-gcc}" -std=c11 -D_GNU_SOURCE -I. -O2 -fPIC -shared -DVERSION="\"$version\"" -o "$lib/libcuda.so.1" \
			tests/e2e/driver/libcuda.c "$work/stand-in/work/fake.o" || return
	}
	[ -n "$(ls "$firmware")" ] || {
		echo "# real: the GSP firmware is a stand-in"
		echo "no firmware" >"$firmware/gsp_ga10x.bin"
	}
	find "$BUILD/host/headers-$release/lib/modules" -path '*/gpu/drm/*' -name 'drm*.ko' -exec cp {} "$work/payload/drm/" \;
}

cat >"$work/begin" <<'EOT'
. /steps/common.sh
set -e
get_forestage
forestage install --bundle /steps/image --method firmware --yes
mkdir -p /root/drivers
for kind in works hangs panics no-gpu refusing real; do
	[ ! -d /steps/$kind ] || cp -r /steps/$kind /root/drivers/
done
chown -R root:root /root/drivers
chmod -R go-w /root/drivers
[ ! -d /steps/drm ] || {
	mkdir -p "/lib/modules/$(uname -r)/kernel/drivers/gpu"
	cp -r /steps/drm "/lib/modules/$(uname -r)/kernel/drivers/gpu/"
	depmod
}
snapshot before
settings before
EOT
# arm NAME MODE DRIVER [OPTION…]: a step that arms a trial. What a trial's boot would start of this test is masked
# there, and the trial itself goes on to the next boot.
arm() {
	armed=$1 kind=$2 loaded=$3
	shift 3
	cat >"$work/arm-$armed" <<-EOT
		. /steps/common.sh
		forestage trial $kind --driver /root/drivers/$loaded --jobs /steps/jobs $* \\
			--dom0-option systemd.mask=steps.service --yes
	EOT
}
# behind NAME: a step in the normal boot behind the trial.
behind() {
	cat >"$work/behind-$1" <<-EOT
		. /steps/common.sh
		look $1
		forestage trial show >/steps/$1.shown 2>&1
		forestage trial show --json >/steps/$1.trial 2>/dev/null
		forestage trial show --share /steps/$1.share >/dev/null 2>&1
		forestage trial show --all >/steps/$1.table 2>&1
		forestage trial show --all --json >/steps/$1.trials-json 2>/dev/null
		snapshot behind-$1
		settings behind-$1
		ls /var/lib/forestage/trials >/steps/$1.trials
		last=\$(ls -t /var/lib/forestage/trials | head -n 1)
		cp "/var/lib/forestage/trials/\$last/phases" /steps/$1.phases
		cp "/var/lib/forestage/trials/\$last/trial.html" /steps/$1.html 2>/dev/null
		cp "/var/lib/forestage/trials/\$last/ladder.json" /steps/$1.ladder 2>/dev/null
		journalctl --no-pager -b -1 -k >/steps/$1.kernel 2>&1
		journalctl --no-pager -b -1 -u forestage-trial.service >/steps/$1.unit 2>&1
		exit 0
	EOT
}

arm pv pv works
arm pvh pvh works --dom0-option module_blacklist=ahci
arm all --all works --dom0-option module_blacklist=ahci
arm wc pv refusing
arm nogpu pv no-gpu
arm real pv real
arm panic pv panics
arm hang pv hangs --limit 120
arm lost pv works --boot-limit 3min --dom0-option systemd.unit=emergency.target
arm refused pvh works --xen-option iommu=off
arm crashed pvh works --xen-option dom0-iommu=none

fresh_host
payload
set_up "no stand-in of the driver" standin_build "$work/stand-in" works hangs panics no-gpu
refusing refusing
for kind in works hangs panics no-gpu; do driver "$kind"; done
[ -z "$REAL" ] || real || unready "what REAL= names cannot be taken"

# Each step looks at what the trial before it has left, and arms the next: a boot less for each.
before=$work/begin todo=
for trial in $TRIALS; do
	behind "$trial"
	{ echo "("; cat "$before"; echo ")"; cat "$work/arm-$trial"; } >"$work/step-$trial"
	before=$work/behind-$trial todo="$todo $work/step-$trial"
done
todo="$todo $before"
# shellcheck disable=SC2086 # a list of words
check "the host lives through its trials" run_steps $todo
took

# same_host FILE: a snapshot as before the first trial, but for what a run leaves in a folder of its own.
same_host() {
	for one in before "$1"; do
		grep -vE '(^| )\./EFI/forestage/' "$work/result/$one" >"$work/$one.rest"
		[ -s "$work/$one.rest" ] || return 1
	done
	diff "$work/before.rest" "$work/$1.rest" && ! grep -q 'EFI/forestage/order$' "$work/result/$1"
}

# passed NAME KIND: a trial whose ladder and jobs are as they should, in a dom0 of that kind.
passed() {
	check "$1: the phases, to the end" test \
		"$(awk '{ print $2 }' "$work/result/$1.phases" | tr '\n' ' ')" = \
		"armed begin driver ladder jobs unload collect compare end "
	check "$1: it passed, as a rehearsal" trial_is "$1" '.verdict == "pass" and .rehearsal and .obstacle == null'
	check "$1: in a dom0 of that kind" trial_is "$1" ".mode == \"$2\" and .hypervisor == \"$2\""
	check "$1: each step of the ladder that needs no GPU" trial_is "$1" \
		'[.ladder[] | select(.status != "skip")] | length == 10 and all(.status == "pass")'
	check "$1: each job in both, and the same" trial_is "$1" '.comparison | length == 8'
	check "$1: the baseline passed" trial_is "$1" '.baseline.verdict == "pass"'
	check "$1: trial.json follows its schema" tests/schema.py docs/trial.schema.json "$work/result/$1.trial"
	check "$1: what can be given away names no GPU" not grep -qE 'GPU-[0-9a-f]{8}|reference' "$work/result/$1.share"
	check "$1: there is a page" grep -q '</html>' "$work/result/$1.html"
}

# ended NAME: one that came to its end, and what it found is no pass.
ended() {
	check "$1: the phases, to the end" test "$(awk 'END { print $2, $3 }' "$work/result/$1.phases")" = "end fail"
	check "$1: status says so" status_is "$1.json" '.trial.state == "fail"'
}

# stopped NAME PHASE STATE RUN WORDS: one that was reset; the phase it was at then, what status says of it, and of the run
# before Xen; the words are of what status and trial show say.
stopped() {
	check "$1: it came as far as: $2" test "$(awk 'END { print $2 }' "$work/result/$1.phases")" = "$2"
	check "$1: status says $3, $2" status_is "$1.json" \
		".trial.state == \"$3\" and .trial.phase == \"$2\" and (.trial.text | test(\"$5\"))"
	check "$1: and of the run before Xen: $4" status_is "$1.json" ".state == \"$4\""
	check "$1: trial show says the same" shows "$1" "$5"
	check "$1: and for programs: incomplete, at $2" trial_is "$1" \
		".verdict == \"incomplete\" and .phase == \"$2\" and .obstacle.step == \"$2\" and (.obstacle.why | test(\"$5\"))"
	check "$1: trial.json follows its schema" tests/schema.py docs/trial.schema.json "$work/result/$1.trial"
	check "$1: it has no page of its own: nothing of a trial that did not end is called a result" \
		test ! -e "$work/result/$1.html"
}

# shows NAME WORDS: in lines as wide as they are.
shows() {
	tr -s ' \n' ' ' <"$work/result/$1.shown" | grep -qE "Result: .*$2.* Armed: " || {
		cat "$work/result/$1.shown"
		return 1
	}
}

# unchanged NAME: what is no file of the ESP: the host's own configuration, and no boot that is for once.
unchanged() {
	check "$1: /etc and /boot are what they were, byte for byte" diff "$work/result/before.settings" \
		"$work/result/behind-$1.settings"
	check "$1: no entry is for the next boot alone" not grep -q '^BootNext' "$work/result/behind-$1"
}

# stages NUMBER: how many ended in Xen between this step and the next.
stages() {
	test "$(grep -ac '^forestage: kexec: starting Xen' "$work/said")" = "$1"
}

# both: the trials of --all: the last two of all.
both() {
	jq -e '.trials[-2:] | map([.mode, .hypervisor, .verdict]) == [["pv", "pv", "pass"], ["pvh", "pvh", "pass"]]' \
		"$work/result/all.trials-json" >/dev/null || {
		cat "$work/result/all.table" "$work/result/all.trials-json"
		return 1
	}
}

# in_table: what a person sees of them.
in_table() {
	tail -n 2 "$work/result/all.table" | awk '{ print $2, $4, $5 " " $6 " " $7 }' >"$work/rows"
	printf '%s\n' "pv pass 10 of 13" "pvh pass 10 of 13" | diff - "$work/rows" || {
		cat "$work/result/all.table"
		return 1
	}
}

trial_is() {
	jq -e "$2" "$work/result/$1.trial" >/dev/null || {
		cat "$work/result/$1.shown" "$work/result/$1.trial"
		return 1
	}
}

# outcome NAME: what is expected of it.
outcome() {
	case $1 in
	pv | pvh)
		passed "$1" "$1"
		check "$1: one stage, and then a normal boot" stages 1
		;;
	all)
		passed all pvh
		check "all: a PV dom0 and then a PVH dom0, each once" both
		check "all: one table shows them" in_table
		check "all: two stages, and then by itself a normal boot" stages 2
		check "all: nothing is armed behind the last" status_is all.json '.order == null and .trial.state == "pass"'
		;;
	wc)
		ended wc
		check "wc: it stops at the write-combined memory, and says so" trial_is wc \
			'.verdict == "fail" and .obstacle.step == "host_write_combined" and (.obstacle.why | test("801"))'
		;;
	nogpu)
		ended nogpu
		check "nogpu: it stops at the driver, in the driver's words" trial_is nogpu \
			'.verdict == "fail" and .obstacle.step == "driver" and (.obstacle.kernel | any(test("No NVIDIA GPU found")))'
		;;
	real)
		ended real
		check "real: it stops at the module, in the driver's words" trial_is real \
			'.verdict == "fail" and .obstacle.step == "module" and (.obstacle.kernel | any(test("No NVIDIA GPU found")))'
		check "real: the page has them, too" grep -q "No NVIDIA GPU found" "$work/result/real.html"
		check "real: it is the driver that was given" trial_is real \
			".driver.version == \"$(modinfo -F version "$REAL/modules/nvidia.ko")\""
		check "real: nothing was left of it in dom0" trial_is real '.notes | length > 0 and all(.step != "unload")'
		;;
	panic)
		stopped panic driver stopped collected "while the driver was loaded"
		check "panic: dom0 did" console_says "Kernel panic - not syncing: NVRM: the stand-in panics"
		;;
	hang)
		stopped hang driver stopped collected "while the driver was loaded"
		check "hang: Xen's watchdog ended it" console_says "Watchdog timer fired for domain 0"
		;;
	lost)
		stopped lost armed never_began lost "did not come as far as forestage-trial.service"
		check "lost: Xen's watchdog ended it" console_says "Watchdog timer fired for domain 0"
		;;
	refused)
		stopped refused armed never_began lost "did not come as far as forestage-trial.service"
		check "refused: Xen did, before it had a dom0" console_says \
			"Panic on CPU 0:.*Presently, iommu must be enabled for PVH hardware domain"
		;;
	crashed)
		stopped crashed armed never_began lost "did not come as far as forestage-trial.service"
		check "crashed: Xen ended it" console_says "Hardware Dom0 crashed: rebooting machine"
		;;
	esac
}

# said_after STEP: what was on the console between that step and the next: of one trial, not of those beside it.
said_after() {
	awk -v step="$1" '$0 ~ "steps: step " step + 1 " begins" { exit } on; $0 ~ "steps: step " step " ended" { on = 1 }' \
		"$work/console" >"$work/said"
}

# console_says PATTERN: there; Xen's own words may be on several lines.
console_says() {
	tr '\n' ' ' <"$work/said" | sed 's/(XEN) //g' | grep -aqE "$1" || {
		tail -n 40 "$work/said"
		return 1
	}
}

number=0
# armed NAME: its step went well; the numbers follow the order of the steps.
for trial in $TRIALS; do
	number=$((number + 1))
	check "$trial: armed" step_ended "$number" 0
	said_after "$number"
	check "$trial: the boot behind it is a normal one" is_normal "$work/result/$trial.system"
	check "$trial: ESP, GRUB's files and boot entries are what they were" same_host "behind-$trial"
	unchanged "$trial"
	echo "# $trial: $(tr '\n' ' ' <"$work/result/$trial.phases" 2>/dev/null)"
	outcome "$trial"
done
finish_tests
