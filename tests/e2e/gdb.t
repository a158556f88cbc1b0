#!/bin/sh
# What CONTRIBUTING.md says about gdb: it stops in forestage.efi and in init, and shows where in the source.
. tests/e2e/lib.sh

command -v gdb >/dev/null || skip_all "gdb is not installed (scripts/setup.sh test)"

# The machine waits for gdb, and ends with it, before Xen: one job and any bytes for dom0's kernel take it there. It has
# all its memory in a row, where others have a hole at 2 GiB.
mkdir -p "$work/jobs/data"
cp samples/jobs/vecadd.* "$work/jobs" && cp samples/jobs/data/vecadd-* "$work/jobs/data"
echo "not started" >"$work/dom0.kernel"
OUT=$work GDB=yes MEM=2560M SMP=1 COMPRESS=none JOBS=$work/jobs DOM0_KERNEL=$work/dom0.kernel CONF="$(conf)" \
	scripts/demo.sh >"$work/demo.log" 2>&1 &
demo=$!
while [ ! -S "$work/gdb" ] && kill -0 "$demo" 2>/dev/null; do
	sleep 1
done
check "the demo waits for gdb and says how to start it" grep -q "^demo: the machine waits for gdb: .*scripts/gdb.py" \
	"$work/demo.log"
OUT=$work timeout -k 5 240 gdb -nx -batch -x scripts/gdb.py -ex forestage-efi -ex 'info line' \
	-ex 'forestage-efi reservation_make' -ex 'print size' -ex backtrace -ex forestage-init -ex 'info line' \
	-ex 'forestage-init handoff_go' -ex backtrace -ex kill >"$work/gdb.log" 2>&1 </dev/null
code=$?
wait "$demo"

# line_of FILE PATTERN: the number of the only line that has it.
line_of() {
	grep -nE -- "$2" "$1" | cut -d: -f1 | tail -n 1
}

# stopped PATTERN: gdb said this.
stopped() {
	grep -E -- "$1" "$work/gdb.log" || { cat "$work/gdb.log"; return 1; }
}

main_line=$(line_of efi/main.c '^EFI_STATUS efi_main\(.*[^;]$')
check "gdb came to its end" test "$code" -eq 0
check "it finds forestage.efi where the firmware has loaded it" stopped '^forestage\.efi is at 0x[0-9a-f]+$'
check "it stops in efi_main" stopped 'efi_main \(.*\) at (\./)?efi/main\.c:[0-9]+$'
check "within its first lines" \
	sh -c "line=\$(sed -n 's|.*efi_main (.*efi/main\.c:||p' '$work/gdb.log' | head -n 1)
	[ \"\$line\" -ge $main_line ] && [ \"\$line\" -le $((main_line + 8)) ]"
check "it stops in a function that reads its argument" stopped 'reservation_make \(size=8388608, '
check "its backtrace leads to efi_main" stopped '^#[0-9]+ .*efi_main \('
check "it stops in init's main" stopped 'main \(.*\) at (\./)?initramfs/init\.c:[0-9]+$'
check "it stops where init ends" stopped '^#0 .*handoff_go \(stage=.*initramfs/xen/handoff\.c:[0-9]+$'
check "behind main" stopped '^#1 .*main \(\) at (\./)?initramfs/init\.c:[0-9]+$'
check "source lines are shown" stopped '^[0-9]+[[:blank:]].*(struct run run|firmware_open|stage|struct)'
finish_tests
