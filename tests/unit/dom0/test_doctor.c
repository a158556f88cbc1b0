/* forestage doctor on stand-ins: every row of the evidence table, and every obstacle. */
#include <stdio.h>
#include <unistd.h>

#include <jansson.h>

#include "dom0/doctor/diagnosis.h"
#include "dom0/doctor/facts.h"
#include "dom0/doctor/kernellog.h"
#include "tests/unit/dom0/answers.h"
#include "tests/unit/tap.h"

#define LINUX_PAT   UINT64_C(0x0407050600070106)
#define NOPAT       UINT64_C(0x0007040600070406)
#define LINUX_LINE  "x86/PAT: Configuration [0-7]: WB  WC  UC- UC  WB  WP  UC- WT  "
#define XEN_LINE    "x86/PAT: Configuration [0-7]: WB  WT  UC- UC  WC  WP  UC  UC  "
#define NOPAT_LINE  "x86/PAT: Configuration [0-7]: WB  WT  UC- UC  WB  WT  UC- UC  "
#define COMPLAINT   "NVRM: PAT configuration unsupported."
#define NO_GPU      "NVRM: No NVIDIA GPU found."
#define OPEN_DRIVER "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  %s  Release Build"
#define OLD_DRIVER  "NVRM version: NVIDIA UNIX x86_64 Kernel Module  %s  Wed Oct 1 2025"

static void put_xen(struct stand_in *host, const char *guest_type, const char *features)
{
        stand_in_text(host, "/sys/hypervisor/type", "xen\n");
        if (guest_type)
                stand_in_text(host, "/sys/hypervisor/guest_type", "%s\n", guest_type);
        stand_in_text(host, "/sys/hypervisor/properties/features", "%s\n", features);
        stand_in_text(host, "/sys/hypervisor/version/major", "4\n");
        stand_in_text(host, "/sys/hypervisor/version/minor", "17\n");
        stand_in_text(host, "/sys/hypervisor/version/extra", ".5\n");
}

static void put_msr(struct stand_in *host, uint64_t pat)
{
        char registers[PAT_MSR + sizeof(pat)] = { 0 };

        memcpy(registers + PAT_MSR, &pat, sizeof(pat));
        stand_in_write(host, "/dev/cpu/0/msr", registers, sizeof(registers));
}

/* Up to three messages, the first of which has this sequence number. */
static void put_log(
        struct stand_in *host, unsigned sequence, const char *a, const char *b, const char *c)
{
        stand_in_text(host, "/dev/kmsg",
                "6,%u,100,-;Linux version 6.1\n SUBSYSTEM=none;not a record\n6,%u,200,-;%s\n"
                "4,%u,300,-;%s\n4,%u,400,-;%s\n",
                sequence, sequence + 1, a, sequence + 2, b, sequence + 3, c);
}

static void put_device(
        struct stand_in *host, const char *address, const char *vendor, const char *class)
{
        char path[128];

        snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vendor", address);
        stand_in_text(host, path, "%s\n", vendor);
        snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/class", address);
        stand_in_text(host, path, "%s\n", class);
}

static void put_gpu(struct stand_in *host, const char *address, const char *driver)
{
        char path[128], *link = NULL;

        put_device(host, address, "0x10de", "0x030200");
        snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/device", address);
        stand_in_text(host, path, "0x2330\n");
        if (!driver)
                return;
        assert_true(asprintf(&link, "%s/sys/bus/pci/devices/%s/driver", host->root, address) > 0);
        snprintf(path, sizeof(path), "../../../bus/pci/drivers/%s", driver);
        assert_int_equal(symlink(path, link), 0);
        free(link);
}

/* A host on which nothing is wrong but what a test makes wrong. */
static void put_good(struct stand_in *host)
{
        put_gpu(host, "0000:01:00.0", NULL);
        put_xen(host, "PV", "000008f0"); /* with the bit of dom0 */
        put_msr(host, PAT_XEN);
        put_log(host, 0, XEN_LINE, "something else", "more");
        stand_in_text(host, "/proc/meminfo", "MemTotal:        4194304 kB\nMemFree: 1 kB\n");
        stand_in_text(host, "/proc/cpuinfo", "processor : 0\nflags\t\t: fpu pat hypervisor lm\n");
}

static json_t *examine(struct stand_in *host)
{
        json_t *answer;

        stand_in_run(host, "doctor --json");
        answer = json_loads(host->output, 0, NULL);
        if (!answer)
                fail_msg("no JSON: %s", host->output);
        return answer;
}

static const char *text_at(const json_t *object, const char *part, const char *key)
{
        const char *text = json_string_value(json_object_get(json_object_get(object, part), key));

        return text ? text : "null";
}

static bool has_level(const json_t *answer, const char *id, const char *level)
{
        const json_t *found = answers_finding(answer, id);

        return found && strcmp(json_string_value(json_object_get(found, "level")), level) == 0;
}

/* --- the evidence table --- */

static const struct row {
        const char *name, *guest_type, *features; /* features NULL: no Xen */
        uint64_t pat;
        const char *line, *said[2];
        const char *kind, *answer, *reason;
} rows[] = {
        { "bare", NULL, NULL, LINUX_PAT, LINUX_LINE, { NO_GPU, "" }, "bare", "no_objection",
                "null" },
        { "pv", "PV", "000008f0", PAT_XEN, XEN_LINE, { COMPLAINT, NO_GPU }, "pv", "fails", "pat" },
        { "pv, an old kernel", NULL, "000008f0", PAT_XEN, XEN_LINE, { COMPLAINT, NO_GPU }, "pv",
                "fails", "pat" },
        { "pv, no driver", "PV", "000008f0", PAT_XEN, XEN_LINE, { "", "" }, "pv", "fails", "pat" },
        { "pvh", "PVH", "00000f15", LINUX_PAT, LINUX_LINE, { NO_GPU, "" }, "pvh", "no_objection",
                "null" },
        { "pvh, an old kernel", NULL, "00000f15", LINUX_PAT, LINUX_LINE, { NO_GPU, "" }, "pvh",
                "no_objection", "null" },
        { "pv, patched module", "PV", "000008f0", PAT_XEN, XEN_LINE, { NO_GPU, "" }, "pv",
                "unknown", "null" },
        { "pv, patched Xen", "PV", "000008f0", LINUX_PAT, LINUX_LINE, { NO_GPU, "" }, "pv",
                "no_objection", "null" },
        { "bare, nopat", NULL, NULL, NOPAT, NOPAT_LINE, { NO_GPU, "" }, "bare", "fails",
                "no_write_combining" },
        { "bare, switched off", NULL, NULL, LINUX_PAT, LINUX_LINE,
                { "NVRM: builtin PAT support disabled.", NO_GPU }, "bare", "fails",
                "module_option" },
        { "hvm guest", "HVM", "00000705", LINUX_PAT, LINUX_LINE, { NO_GPU, "" }, "hvm",
                "no_objection", "null" },
};

static void check_row(struct stand_in *host, const struct row *row)
{
        json_t *answer;

        stand_in_delete(host, "/sys/hypervisor");
        if (row->features)
                put_xen(host, row->guest_type, row->features);
        put_msr(host, row->pat);
        put_log(host, 0, row->line, row->said[0], row->said[1]);
        stand_in_text(host, "/proc/cpuinfo", "flags\t\t: fpu pat lm\n");
        answer = examine(host);
        if (strcmp(text_at(answer, "system", "kind"), row->kind) != 0 ||
                strcmp(text_at(answer, "cuda", "answer"), row->answer) != 0 ||
                strcmp(text_at(answer, "cuda", "reason"), row->reason) != 0)
                fail_msg("%s: %s", row->name, host->output);
        stand_in_run(host, "doctor");
        if ((strstr(host->output, "The reason is the page") != NULL) !=
                (strcmp(row->reason, "pat") == 0))
                fail_msg("%s: %s", row->name, host->output);
        json_decref(answer);
}

static void names_the_pat_under_pv_only(void **state)
{
        put_gpu(*state, "0000:01:00.0", NULL);
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                check_row(*state, &rows[i]);
}

/* --- the driver --- */

static void put_driver(struct stand_in *host, const char *version, bool is_open)
{
        if (is_open)
                stand_in_text(host, "/proc/driver/nvidia/version", OPEN_DRIVER "\nGCC\n", version);
        else
                stand_in_text(host, "/proc/driver/nvidia/version", OLD_DRIVER "\nGCC\n", version);
}

static void assert_answer(struct stand_in *host, const char *expected, const char *reason)
{
        json_t *answer = examine(host);

        if (strcmp(text_at(answer, "cuda", "answer"), expected) != 0 ||
                strcmp(text_at(answer, "cuda", "reason"), reason) != 0)
                fail_msg("not %s, %s: %s", expected, reason, host->output);
        json_decref(answer);
}

static void knows_which_drivers_check_the_table(void **state)
{
        static const struct {
                const char *version;
                bool is_open;
                const char *answer, *reason;
        } drivers[] = {
                { "515.43.04", true, "fails", "pat" },
                { "535.261.03", false, "fails", "pat" },
                { "595.80", true, "fails", "pat" },
                { "595.80.01", true, "unknown", "null" },
                { "610.43.01", true, "unknown", "null" },
                { "610.43.02", true, "unknown", "null" },
                { "615.71.09", true, "unknown", "null" },
                { "615.71.09", false, "unknown", "null" },
                { "470.256.02", false, "unknown", "null" },
        };
        struct stand_in *host = *state;

        put_good(host);
        put_log(host, 700, "the log begins late", "NVRM: loading", "");
        for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
                put_driver(host, drivers[i].version, drivers[i].is_open);
                assert_answer(host, drivers[i].answer, drivers[i].reason);
        }
        assert_output(host, "\"whole\": false");
        put_log(host, 700, "the log begins late", COMPLAINT, "");
        put_driver(host, "615.71.09", true);
        assert_answer(host, "fails", "pat"); /* its own words count for more */
}

/* The list for CUDA in dom0 is made of what Xen, the processor and the log say. */
static void lists_what_stands_before_cuda(void **state)
{
        struct stand_in *host = *state;

        put_good(host);
        put_driver(host, "610.43.02", true);
        put_log(host, 0, XEN_LINE, NO_GPU, "more");
        stand_in_text(host, "/proc/cpuinfo",
                "processor : 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu pat hypervisor\n");
        stand_in_program(host, "xl",
                "printf 'virt_caps : pv hvm\\nxen_commandline : dom0_mem=4G watchdog\\n'");
        stand_in_run(host, "doctor");
        assert_output(host, "To CUDA:    1. risks: dom0's DMA goes through swiotlb-xen");
        assert_output(host, "The IOMMU is off");
        assert_output(host, "2. risks: dom0 may be ballooned");
        assert_output(host, "3. unknown: nobody is known to have run CUDA in a dom0");
        stand_in_program(host, "xl",
                "printf 'virt_caps : pv hvm\\nxen_commandline : dom0_mem=4G,max:4G\\n'");
        put_log(host, 0, XEN_LINE, NO_GPU, "Using GPFN IOMMU mode, 1-to-1 offset is 0x8000000000");
        stand_in_run(host, "doctor --json");
        assert_output(host, "\"id\": \"untried\"");
        assert_null(strstr(host->output, "bounce_buffers"));
        assert_null(strstr(host->output, "ballooning"));
        put_xen(host, "PV", "000000f0"); /* a guest */
        stand_in_run(host, "doctor --json");
        assert_output(host, "\"hurdles\": []");
}

static void reads_driver_and_firmware(void **state)
{
        struct stand_in *host = *state;
        json_t *answer;

        put_good(host);
        put_driver(host, "580.159.04", true);
        stand_in_text(host, "/proc/driver/nvidia/gpus/0000:01:00.0/information",
                "Model: \t\t NVIDIA H100\nGPU Firmware: \t 580.159.04\n");
        answer = examine(host);
        assert_string_equal(text_at(answer, "driver", "version"), "580.159.04");
        assert_string_equal(text_at(answer, "driver", "firmware"), "580.159.04");
        assert_true(json_is_true(json_object_get(json_object_get(answer, "driver"), "open")));
        json_decref(answer);
        stand_in_text(host, "/proc/driver/nvidia/params", "UsePageAttributeTable: 0\n");
        assert_answer(host, "fails", "module_option");
        stand_in_delete(host, "/proc/driver");
        stand_in_program(host, "modinfo",
                "case $2 in version) echo 550.163.01 ;; license) echo NVIDIA ;; esac\n");
        stand_in_run(host, "doctor");
        assert_output(host, "NVIDIA 550.163.01, proprietary modules, not loaded");
}

static void does_without_the_msr(void **state)
{
        struct stand_in *host = *state;

        put_good(host);
        stand_in_delete(host, "/dev/cpu");
        assert_answer(host, "fails", "pat"); /* from Linux's own line */
        put_log(host, 700, "the log begins late", "", "");
        assert_answer(host, "fails", "pat"); /* from what Xen gives to PV domains */
        assert_output(host, "could not be read here");
        stand_in_delete(host, "/sys/hypervisor");
        assert_answer(host, "unknown", "null");
        stand_in_delete(host, "/dev/kmsg");
        stand_in_run(host, "doctor");
        assert_output(host, "modprobe msr");
        assert_output(host, "log may not be read");
}

/* --- Forestage on this host --- */

static void finds_a_good_host_good(void **state)
{
        struct stand_in *host = *state;

        put_good(host);
        stand_in_program(host, "xl",
                "echo 'virt_caps              : pv hvm hvm_directio pv_directio'\n"
                "echo 'total_memory           : 131072'\n");
        assert_int_equal(stand_in_run(host, "doctor"), 0);
        assert_output(host, "can run on this host");
        assert_output(host, "PV dom0 of Xen 4.17.5");
        assert_output(host, "on, in Xen");
        assert_output(host, "131072 MiB in the machine");
        assert_output(host, "kexec can load it");
        assert_output(host, "UEFI; Secure Boot off");
        assert_output(host, "forestage install");
        assert_string_equal(host->errors, "");
        assert_int_equal(stand_in_run(host, "install --yes"), 0);
        assert_int_equal(stand_in_run(host, "doctor"), 0);
        assert_output(host, "forestage arm");
}

static void assert_obstacle(struct stand_in *host, const char *id, const char *next)
{
        json_t *answer = examine(host);
        const json_t *found = answers_finding(answer, id);

        if (host->code != 1 || !has_level(answer, id, "obstacle"))
                fail_msg("no obstacle %s (%d): %s", id, host->code, host->output);
        if (next && !strstr(json_string_value(json_object_get(found, "next")), next))
                fail_msg("%s: no %s: %s", id, next, host->output);
        json_decref(answer);
}

static void names_what_is_in_the_way(void **state)
{
        struct stand_in *host = *state;

        put_good(host);
        stand_in_text(host, "/proc/self/mountinfo", "22 1 8:2 / / rw - ext4 /dev/sda2 rw\n");
        assert_obstacle(host, "esp", "mount /boot/efi");
        stand_in_text(
                host, "/proc/self/mountinfo", "30 22 8:1 / /boot/efi ro - vfat /dev/sda1 ro\n");
        assert_obstacle(host, "esp", "remount,rw");
        stand_in_text(
                host, "/proc/self/mountinfo", "30 22 8:1 / /boot/efi rw - vfat /dev/sda1 rw\n");
        stand_in_room = 4096;
        assert_obstacle(host, "esp", "make room");
        stand_in_room = 1ull << 30;
        stand_in_text(host, "/boot/xen-4.17-amd64.gz", "not a Xen");
        assert_obstacle(host, "xen", NULL);
        assert_output(host, "\"xen_loadable\": false");
        stand_in_text(host, "/boot/grub/grub.cfg", "menuentry 'x' {\nlinux /vmlinuz\n}\n");
        assert_obstacle(host, "xen", NULL);
}

static void names_a_wrong_machine(void **state)
{
        struct stand_in *host = *state;

        put_good(host);
        stand_in_delete(host, "/sys/bus/pci/devices/0000:01:00.0");
        assert_obstacle(host, "gpu", NULL);
        put_gpu(host, "0000:02:00.0", NULL);
        stand_in_program(host, "xl", "echo 'total_memory : 1024'\n");
        assert_obstacle(host, "memory", NULL);
        stand_in_program(host, "xl", "exit 1\n");
        put_xen(host, "PV", "000000f0");
        assert_obstacle(host, "guest", "dom0");
        put_xen(host, "PV", "000008f0");
        stand_in_delete(host, "/sys/firmware");
        assert_obstacle(host, "firmware", "UEFI");
}

static void points_out_what_may_surprise(void **state)
{
        struct stand_in *host = *state;
        json_t *answer;

        put_good(host);
        put_gpu(host, "0000:02:00.0", "pciback");
        stand_in_variable(host, "SecureBoot", GLOBAL_VENDOR, "\1", 1);
        stand_in_text(host, "/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
        stand_in_xen(host, "/boot/xen-4.17-amd64.gz", "4.17.1", true);
        answer = examine(host);
        assert_int_equal(host->code, 0);
        assert_true(has_level(answer, "secure_boot", "warning"));
        assert_true(has_level(answer, "lockdown", "warning"));
        assert_true(has_level(answer, "set_aside", "note"));
        assert_true(has_level(answer, "xen_notes", "note"));
        assert_string_equal(text_at(answer, "boot", "lockdown"), "integrity");
        json_decref(answer);
}

/* Bridges of others, NVIDIA's GPUs and their sound are none. */
static void warns_of_switches(void **state)
{
        struct stand_in *host = *state;
        json_t *answer;

        put_good(host);
        put_device(host, "0000:03:00.0", "0x8086", "0x068000");
        put_device(host, "0000:01:00.1", "0x10de", "0x040300");
        answer = examine(host);
        assert_false(has_level(answer, "nvswitch", "warning"));
        json_decref(answer);
        for (unsigned i = 5; i < 9; i++) {
                char address[16];

                snprintf(address, sizeof(address), "0000:0%u:00.0", i);
                put_device(host, address, "0x10de", "0x068000");
        }
        answer = examine(host);
        assert_int_equal(host->code, 0);
        assert_true(has_level(answer, "nvswitch", "warning"));
        assert_output(host, "NVSwitches (4) join this host's GPUs");
        assert_output(host, "build the image with make image FABRIC=");
        json_decref(answer);
        stand_in_image(host, "/boot/efi/EFI/forestage/initramfs.img",
                "driver=550.163.01\nfabric=550.163.01\n");
        answer = examine(host);
        assert_true(has_level(answer, "nvswitch", "note"));
        assert_false(has_level(answer, "nvswitch", "warning"));
        json_decref(answer);
}

static bool say_kvm(char ret_vendor[13])
{
        strcpy(ret_vendor, "KVMKVMKVM");
        return true;
}

static void knows_another_hypervisor(void **state)
{
        struct stand_in *host = *state;
        json_t *answer;

        put_good(host);
        stand_in_delete(host, "/sys/hypervisor");
        host->host.cpuid = say_kvm;
        put_msr(host, LINUX_PAT);
        answer = examine(host);
        assert_string_equal(text_at(answer, "system", "kind"), "other");
        assert_string_equal(text_at(answer, "system", "hypervisor_vendor"), "KVMKVMKVM");
        assert_true(has_level(answer, "virtual", "note"));
        json_decref(answer);
}

static void makes_what_it_prints_safe(void **state)
{
        struct stand_in *host = *state;

        put_good(host);
        put_log(host, 0, "NVRM: Xid \033[2J\377", "", "");
        stand_in_program(host, "modinfo", "printf '1\\033[2J\\377.5\\n'\n");
        stand_in_run(host, "doctor");
        assert_null(strchr(host->output, '\033'));
        assert_output(host, "\\x1b[2J\\xff");
        json_decref(examine(host));
}

static void takes_no_other_options(void **state)
{
        assert_int_equal(stand_in_run(*state, "doctor now"), 2);
        assert_int_equal(stand_in_run(*state, "doctor --jsno"), 2);
        assert_errors(*state, "try: forestage help doctor");
}

/* --- text alone --- */

static void decodes_tables(void **state)
{
        struct pat pat;
        char text[64];

        (void)state;
        pat_decode(PAT_XEN, &pat);
        pat_format(&pat, text, sizeof(text));
        assert_string_equal(text, "WB WT UC- UC WC WP UC UC");
        assert_int_equal(pat_write_combining(&pat), 4);
        pat_decode(LINUX_PAT, &pat);
        pat_format(&pat, text, sizeof(text));
        assert_string_equal(text, "WB WC UC- UC WB WP UC- WT");
        assert_int_equal(pat_write_combining(&pat), 1);
        pat_decode(UINT64_C(0xff02030000000000), &pat);
        pat_format(&pat, text, sizeof(text));
        assert_string_equal(text, "UC UC UC UC UC ? ? ?");
        assert_int_equal(pat_write_combining(&pat), -1);
        assert_true(pat_parse(XEN_LINE, &pat));
        assert_int_equal(pat_write_combining(&pat), 4);
        assert_false(pat_parse("x86/PAT: Configuration [0-7]: WB WC UC-", &pat));
        assert_false(pat_parse("x86/PAT: Configuration [0-7]: WB WC UC- UC WB WP XX WT", &pat));
        assert_false(pat_parse("x86/PAT: MTRRs disabled", &pat));
}

static void reads_the_log_of_the_kernel(void **state)
{
        static const char log[] = "6,0,1,-;first\n KEY=value;no\ngarbage\n4,1,2,-;second ; half\n";
        const char *at = log;
        char line[64];

        (void)state;
        assert_true(kernellog_next(&at, line, sizeof(line)));
        assert_string_equal(line, "first");
        assert_true(kernellog_next(&at, line, sizeof(line)));
        assert_string_equal(line, "second ; half");
        assert_false(kernellog_next(&at, line, sizeof(line)));
        assert_true(kernellog_is_whole(log));
        assert_false(kernellog_is_whole("6,9,1,-;x\n"));
        assert_false(kernellog_is_whole(""));
        assert_false(kernellog_find(log, "KEY", line, sizeof(line)));
}

static void reads_lockdown_and_versions(void **state)
{
        struct nvidia nvidia;
        char word[32];

        (void)state;
        facts_lockdown("none integrity [confidentiality]", word, sizeof(word));
        assert_string_equal(word, "confidentiality");
        facts_lockdown("", word, sizeof(word));
        assert_string_equal(word, "");
        assert_false(nvidia_parse("NVRM version: unknown", &nvidia));
        assert_int_equal(nvidia_check("", true), NVIDIA_UNREAD);
        assert_int_equal(nvidia_check("not.a.version", true), NVIDIA_UNREAD);
}

#define ON(host, name) cmocka_unit_test_setup_teardown(name, stand_in_##host, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON(debian, names_the_pat_under_pv_only),
                ON(debian, knows_which_drivers_check_the_table),
                ON(debian, lists_what_stands_before_cuda),
                ON(debian, reads_driver_and_firmware),
                ON(debian, does_without_the_msr),
                ON(debian, finds_a_good_host_good),
                ON(xenserver, finds_a_good_host_good),
                ON(debian, names_what_is_in_the_way),
                ON(debian, names_a_wrong_machine),
                ON(debian, points_out_what_may_surprise),
                ON(debian, warns_of_switches),
                ON(debian, knows_another_hypervisor),
                ON(debian, makes_what_it_prints_safe),
                ON(debian, takes_no_other_options),
                cmocka_unit_test(decodes_tables),
                cmocka_unit_test(reads_the_log_of_the_kernel),
                cmocka_unit_test(reads_lockdown_and_versions),
        };

        return run_tap(tests);
}
