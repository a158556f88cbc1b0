/* trial pv|pvh on a stand-in for a whole host: what is armed, and what is refused. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "dom0/base/json.h"
#include "dom0/trialparts/modinfo.h"
#include "dom0/trialrecord/plan.h"
#include "tests/unit/dom0/answers.h"
#include "tests/unit/dom0/kernelmodule.h"
#include "tests/unit/efi/cpio_reader.h"
#include "tests/unit/tap.h"

#define ESP     "/boot/efi/EFI/forestage"
#define GUARD   "/usr/lib/forestage/forestage-guard"
#define PRIVCMD "/lib/modules/%s/kernel/drivers/xen/xen-privcmd.ko"
#define PROGRAM "\177ELF, the guard"
#define COLLECT "/etc/systemd/system/multi-user.target.wants/forestage-collect.service"
#define CACHED  "/usr/lib/forestage/forestage-cached.so"
#define TRIALS  "/var/lib/forestage/trials"
#define VERSION "610.43.02"
#define LIBCUDA "/opt/driver/lib/libcuda.so." VERSION

static const char *release_of(const struct stand_in *host)
{
        return host->flavour == FLAVOUR_DEBIAN ? "6.1.1" : "4.19.0+1";
}

static void put_module(struct stand_in *host, const char *path, const char *info)
{
        uint8_t bytes[KERNELMODULE_BYTES];

        kernelmodule_make(bytes, info);
        stand_in_write(host, path, bytes, sizeof(bytes));
}

static void put_driver_module(struct stand_in *host, const char *name, const char *more)
{
        char path[128], info[512];

        snprintf(path, sizeof(path), "/opt/driver/modules/%s.ko", name);
        snprintf(info, sizeof(info), "%s%svermagic=%s SMP mod_unload ", more, *more ? "\n" : "",
                release_of(host));
        put_module(host, path, info);
}

static void put_driver(struct stand_in *host)
{
        stand_in_text(host, "/opt/driver/modules/order", "drm\nnvidia\nnvidia-uvm\n");
        put_driver_module(host, "drm", "license=GPL\ndepends=");
        put_driver_module(host, "nvidia",
                "version=" VERSION "\nlicense=Dual MIT/GPL\ndepends=drm\nfirmware=nvidia/" VERSION
                "/gsp_ga10x.bin");
        put_driver_module(host, "nvidia-uvm", "version=" VERSION "\ndepends=nvidia");
        stand_in_text(host, "/opt/driver/firmware/nvidia/" VERSION "/gsp_ga10x.bin", "firmware");
        stand_in_text(host, LIBCUDA, "libcuda of " VERSION);
        stand_in_link(host, "libcuda.so." VERSION, "/opt/driver/lib/libcuda.so.1");
        stand_in_text(host, "/opt/driver/lib/libnvidia-ml.so.1", "NVML of " VERSION);
        stand_in_text(
                host, "/opt/driver/lib/libnvidia-ptxjitcompiler.so.1", "compiler of " VERSION);
}

static void put_parts(struct stand_in *host)
{
        char path[128], info[128];

        stand_in_text(host, GUARD, PROGRAM);
        snprintf(path, sizeof(path), PRIVCMD, release_of(host));
        snprintf(info, sizeof(info), "depends=\nvermagic=%s SMP", release_of(host));
        put_module(host, path, info);
        stand_in_text(host, "/lib/systemd/system/forestage-trial.service", "[Unit]\n");
        stand_in_link(host, "/lib/systemd/system/forestage-collect.service", COLLECT);
        stand_in_program(host, "forestage-run", "exit 1\n");
        stand_in_text(host, CACHED, "a library");
        put_driver(host);
}

static int set_up(void **state)
{
        struct stand_in *host;

        if (stand_in_debian(state) != 0)
                return -1;
        host = *state;
        put_parts(host);
        stand_in_text(host, "/etc/init.d/xendomains", "#!/bin/sh\n");
        return stand_in_run(host, "install --yes");
}

static int set_up_xenserver(void **state)
{
        struct stand_in *host;

        if (stand_in_xenserver(state) != 0)
                return -1;
        host = *state;
        put_parts(host);
        stand_in_text(host, "/usr/lib/systemd/system/xapi-domains.service", "[Unit]\n");
        return stand_in_run(host, "install --yes --method grub");
}

static int trial(struct stand_in *host, const char *arguments)
{
        return stand_in_run(host, "trial %s --driver %s/opt/driver", arguments, host->root);
}

/* Of the only trial, or the last. */
static struct trial_plan load_plan(const struct stand_in *host)
{
        struct trial_plan plan;

        assert_true(trial_plan_last(&host->host, &plan));
        return plan;
}

static void assert_value(const struct trial_plan *plan, const char *key, const char *expected)
{
        assert_string_equal(get_text(plan->document, key), expected);
}

static void assert_file(const struct stand_in *host, const char *path, const char *expected)
{
        char *text = stand_in_read(host, path);

        if (!text)
                fail_msg("there is no %s", path);
        assert_string_equal(text, expected);
        free(text);
}

/* next.conf with the id of the trial in the place of ID. */
static void assert_conf(const struct stand_in *host, const struct trial_plan *plan, const char *xen,
        const char *dom0)
{
        char expected[2048];

        snprintf(expected, sizeof(expected),
                "xen-options=%s\ndom0-options=%s forestage.trial=%s %s\n", xen, dom0, plan->trial,
                host->flavour == FLAVOUR_DEBIAN
                        ? "forestage.guard=600 rdinit=/forestage-guard panic=10 "
                          "systemd.mask=xendomains.service"
                        : "forestage.guard=600 rdinit=/forestage-guard panic=10 "
                          "systemd.mask=xapi-domains.service");
        assert_file(host, ESP "/next/next.conf", expected);
}

/* The archive behind the host's initrd, and what is in it. */
static void check_initrd_of(const struct stand_in *host, size_t own, bool has_module)
{
        size_t size, offset = 0, start = (own + 4 + 3) & ~(size_t)3;
        char path[256];
        struct cpio_member member;
        struct stat status;
        uint8_t *bytes;
        FILE *file;

        snprintf(path, sizeof(path), "%s" ESP "/next/initrd", host->root);
        file = fopen(path, "rb");
        assert_non_null(file);
        assert_int_equal(fstat(fileno(file), &status), 0);
        size = (size_t)status.st_size;
        bytes = malloc(size);
        assert_int_equal(fread(bytes, 1, size, file), size);
        fclose(file);
        assert_memory_equal(bytes, INITRD, strlen(INITRD));
        for (size_t i = own; i < start; i++)
                assert_int_equal(bytes[i], 0);
        assert_true(cpio_member_next(bytes + start, size - start, &offset, &member));
        assert_string_equal(member.name, "forestage-guard");
        assert_int_equal(member.mode, 0100755);
        assert_int_equal(member.size, strlen(PROGRAM));
        assert_memory_equal(member.data, PROGRAM, strlen(PROGRAM));
        if (has_module) {
                struct modinfo info;

                assert_true(cpio_member_next(bytes + start, size - start, &offset, &member));
                assert_string_equal(member.name, "forestage-guard.ko");
                assert_int_equal(member.mode, 0100644);
                assert_null(modinfo_open(member.data, member.size, &info));
        }
        assert_true(cpio_member_next(bytes + start, size - start, &offset, &member));
        assert_string_equal(member.name, "TRAILER!!!");
        assert_int_equal(start + offset, size);
        free(bytes);
}

static void check_initrd(const struct stand_in *host, bool has_module)
{
        check_initrd_of(host, strlen(INITRD), has_module);
}

static void check_folder(const struct stand_in *host, const struct trial_plan *plan)
{
        char path[256], *text, word[16] = "";
        struct stat status;
        long long when = 0;

        assert_int_equal(stat(plan->folder, &status), 0);
        assert_int_equal(status.st_mode, S_IFDIR | 0700);
        snprintf(path, sizeof(path), TRIALS "/%s/phases", plan->trial);
        text = stand_in_read(host, path);
        assert_int_equal(sscanf(text, "%lld %15s\n", &when, word), 2);
        assert_true(when > 1000000000);
        assert_string_equal(word, "armed");
        free(text);
        snprintf(path, sizeof(path), TRIALS "/%s/jobs/data/in.bin", plan->trial);
        assert_file(host, path, "input");
        snprintf(path, sizeof(path), TRIALS "/%s/jobs/.hidden", plan->trial);
        assert_false(stand_in_has(host, path));
}

/* --- armed --- */

static void pv_is_armed(void **state)
{
        struct stand_in *host = *state;
        struct trial_plan plan;

        stand_in_text(host, "/etc/forestage/jobs/.hidden", "not for the ESP: \"*");
        assert_int_equal(trial(host, "pv --yes"), 0);
        assert_string_equal(host->errors,
                "  .hidden: note: it does not go along, because its name starts with a dot\n");
        plan = load_plan(host);
        assert_conf(host, &plan,
                "dom0_mem=1G,max:1G console=com1,vga com1=115200,8n1 no-real-mode edd=off watchdog",
                "root=UUID=1 ro quiet");
        assert_true(stand_in_bundle_is_whole(host));
        check_initrd(host, true);
        check_folder(host, &plan);
        assert_false(answers_order(host).every_boot);
        assert_value(&plan, "order", answers_order(host).run_text);
        assert_string_equal(plan.order, answers_order(host).run_text);
        assert_string_not_equal(plan.order, plan.trial);
        trial_plan_free(&plan);
}

static void pvh_is_armed(void **state)
{
        struct stand_in *host = *state;
        struct trial_plan plan;

        assert_int_equal(trial(host, "pvh --yes"), 0);
        plan = load_plan(host);
        assert_conf(host, &plan,
                "dom0_mem=4192M,max:4192M watchdog ucode=scan console=vga vga=mode-0x0311 "
                "dom0=pvh",
                "root=LABEL=root-abcdef ro nolvm hpet=disable console=hvc0 console=tty0 quiet "
                "vga=785 splash");
        assert_true(stand_in_bundle_is_whole(host));
        check_initrd(host, true);
        assert_value(&plan, "mode", "pvh");
        assert_value(&plan, "kernel", "4.19.0+1");
        assert_output(host, "Warning: a Linux 4.19 of XCP-ng's configuration died as PVH dom0");
        trial_plan_free(&plan);
}

static void the_plan_says_all(void **state)
{
        struct stand_in *host = *state;
        char driver[128];
        struct trial_plan plan;
        json_t *modules;

        assert_int_equal(trial(host, "pv --yes --cached --stay --limit 20min --boot-limit "
                                     "25min --xen-option iommu=verbose --xen-option loglvl=all "
                                     "--dom0-option debug"),
                0);
        plan = load_plan(host);
        snprintf(driver, sizeof(driver), "%s/opt/driver", host->root);
        assert_value(&plan, "schema", "forestage-trial-plan/1");
        assert_value(&plan, "mode", "pv");
        assert_value(&plan, "driver", driver);
        assert_value(&plan, "driver_version", VERSION);
        assert_value(&plan, "kernel", "6.1.1");
        assert_value(&plan, "xen", "/boot/xen-4.17-amd64.gz");
        assert_value(&plan, "entry", "Debian GNU/Linux, with Xen hypervisor");
        assert_value(&plan, "host_xen_options",
                "dom0_mem=1G console=com1,vga com1=115200,8n1 no-real-mode edd=off");
        assert_value(&plan, "host_dom0_options", "root=UUID=1 ro quiet");
        assert_non_null(strstr(
                get_text(plan.document, "xen_options"), " watchdog iommu=verbose loglvl=all"));
        assert_non_null(strstr(get_text(plan.document, "dom0_options"), " debug"));
        assert_true(get_bool(plan.document, "cached"));
        assert_true(get_bool(plan.document, "stay"));
        assert_string_equal(get_text(get_value(plan.document, "given"), "entry"),
                "Debian GNU/Linux, with Xen hypervisor");
        assert_int_equal(get_integer(plan.document, "jobs"), 1);
        assert_int_equal(get_integer(plan.document, "boot_s"), 1500);
        assert_non_null(strstr(get_text(plan.document, "dom0_options"), "forestage.guard=1500 "));
        assert_string_equal(get_text(get_value(plan.document, "given"), "boot-limit"), "25min");
        assert_int_equal(get_integer(plan.document, "trial_s"), 1200);
        assert_int_equal(json_array_size(get_value(plan.document, "next")), 0);
        modules = get_value(plan.document, "modules");
        assert_int_equal(json_array_size(modules), 3);
        assert_string_equal(get_text(json_array_get(modules, 0), "name"), "drm");
        assert_string_equal(get_text(json_array_get(modules, 2), "name"), "nvidia-uvm");
        assert_int_equal(strlen(get_text(json_array_get(modules, 1), "sha256")), 64);
        trial_plan_free(&plan);
}

static void what_is_different_is_shown(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/proc/cpuinfo", "vendor_id\t: AuthenticAMD\n");
        assert_int_equal(trial(host, "pv --dry-run --dom0-option iommu=pt"), 0);
        assert_output(host, "CUDA in a PV dom0");
        assert_output(host, "NVIDIA " VERSION ", open modules, 3 modules for Linux 6.1.1");
        assert_output(host, "           - dom0_mem=1G\n           + dom0_mem=1G,max:1G\n"
                            "           + watchdog\n");
        assert_output(host,
                "           + rdinit=/forestage-guard\n           + panic=10\n"
                "           + systemd.mask=xendomains.service\n           + iommu=pt\n");
        assert_output(host, "+ forestage-guard and xen-privcmd.ko behind a copy of ");
        assert_output(host, "none is started in that boot");
        assert_output(host, "Known:     blocks: ");
        assert_output(host, "risks: dom0's DMA goes through swiotlb-xen");
        assert_output(host, "blocks: no NVIDIA GPU is on dom0's PCI bus");
        assert_null(strstr(host->output, "ballooned"));
        assert_null(strstr(host->output, "refuses the page attribute table"));
}

static void a_line_that_stays_is_shown_as_such(void **state)
{
        struct stand_in *host = *state;
        char *config = stand_in_read(host, "/boot/efi/EFI/xenserver/grub.cfg");
        char *crash = strstr(config, "crashkernel=256M,below=4G");

        memset(crash, ' ', strlen("crashkernel=256M,below=4G"));
        stand_in_text(host, "/boot/efi/EFI/xenserver/grub.cfg", "%s", config);
        free(config);
        assert_int_equal(trial(host, "pv --dry-run"), 0);
        assert_output(host, "\nXen:       nothing\ndom0:\n           + forestage.trial=");
}

/* A remark: the trial is there to find out. */
static void an_old_driver_is_tried(void **state)
{
        struct stand_in *host = *state;

        put_driver_module(host, "nvidia", "version=550.163.01\nlicense=NVIDIA\ndepends=drm");
        assert_int_equal(trial(host, "pv --yes"), 0);
        assert_output(host, "blocks: driver 550.163.01 refuses the page attribute table");
        assert_output(host, "libcuda.so.1 does not say that it is of version 550.163.01");
        assert_int_equal(trial(host, "pvh --yes"), 0);
        assert_null(strstr(host->output, "refuses the page attribute table"));
}

static void a_folder_with_libcuda_alone(void **state)
{
        struct stand_in *host = *state;
        struct trial_plan plan;

        stand_in_delete(host, "/opt/driver/modules");
        stand_in_delete(host, "/opt/driver/firmware");
        assert_int_equal(trial(host, "pvh --yes"), 0);
        assert_output(host, "libcuda alone: no module is loaded");
        plan = load_plan(host);
        assert_true(json_is_null(get_value(plan.document, "driver_version")));
        assert_int_equal(json_array_size(get_value(plan.document, "modules")), 0);
        trial_plan_free(&plan);
}

static void privcmd_is_built_in_or_packed(void **state)
{
        static const char path[] = "/lib/modules/6.1.1/kernel/drivers/xen/xen-privcmd.ko";
        struct stand_in *host = *state;
        char command[512];

        snprintf(command, sizeof(command), "xz --format=xz %s%s", host->root, path);
        assert_int_equal(system(command), 0);
        assert_int_equal(trial(host, "pv --yes"), 0);
        check_initrd(host, true);
        snprintf(command, sizeof(command), "xz -dc %s%s.xz | gzip -c >%s%s.gz && rm %s%s.xz",
                host->root, path, host->root, path, host->root, path);
        assert_int_equal(system(command), 0);
        assert_int_equal(trial(host, "pv --yes"), 0);
        check_initrd(host, true);
        snprintf(command, sizeof(command), "rm %s%s.gz", host->root, path);
        assert_int_equal(system(command), 0);
        stand_in_text(host, "/lib/modules/6.1.1/modules.builtin",
                "kernel/a.ko\nkernel/drivers/xen/xen-privcmd.ko\nkernel/b.ko\n");
        assert_int_equal(trial(host, "pv --yes"), 0);
        check_initrd(host, false);
        assert_output(host, "+ forestage-guard behind a copy of ");
}

static void all_starts_with_pv(void **state)
{
        struct stand_in *host = *state;
        struct trial_plan plan;

        assert_int_equal(trial(host, "--all --yes"), 0);
        assert_output(host, "CUDA in a PV dom0; then pvh, in another boot");
        plan = load_plan(host);
        assert_value(&plan, "mode", "pv");
        assert_int_equal(json_array_size(get_value(plan.document, "next")), 1);
        assert_string_equal(
                json_string_value(json_array_get(get_value(plan.document, "next"), 0)), "pvh");
        trial_plan_free(&plan);
}

static void the_archive_starts_at_a_multiple_of_4(void **state)
{
        struct stand_in *host = *state;
        char initrd[] = INITRD "....";

        for (size_t length = strlen(INITRD); length < strlen(INITRD) + 4; length++) {
                stand_in_write(host, "/boot/initrd.img-6.1", initrd, length);
                assert_int_equal(trial(host, "pv --yes"), 0);
                check_initrd_of(host, length, true);
                assert_true(stand_in_bundle_is_whole(host));
        }
}

/* Behind a policy, as Xen counts them. */
static void the_initrd_among_other_modules(void **state)
{
        struct stand_in *host = *state;
        char *config = stand_in_read(host, "/boot/grub/grub.cfg"), *text;
        char *line = strstr(config, "\tmodule2\t--nounzip");

        stand_in_write(host, "/boot/policy", "\x8c\xff\x7c\xf9\x08\0\0\0XenFlask", 16);
        stand_in_text(host, "/boot/grub/grub.cfg", "%.*s\tmodule2 /boot/policy\n%s",
                (int)(line - config), config, line);
        free(config);
        assert_int_equal(trial(host, "pv --yes"), 0);
        assert_true(stand_in_bundle_is_whole(host));
        text = stand_in_read(host, ESP "/next/module-2");
        assert_memory_equal(text, INITRD, strlen(INITRD));
        assert_memory_equal(text + strlen(INITRD) + 4, "070701", 6);
        free(text);
        text = stand_in_read(host, ESP "/next/module-1");
        assert_memory_equal(text + 8, "XenFlask", 9);
        free(text);
}

/* Whatever the file is, nothing outside of it is read: the copy ends where the memory does. */
static void no_part_of_a_module_is_read_outside_of_it(void **state)
{
        uint8_t whole[KERNELMODULE_BYTES];
        struct modinfo info;

        (void)state;
        kernelmodule_make(whole, "version=1\nlicense=GPL\nversion=2");
        assert_null(modinfo_open(whole, sizeof(whole), &info));
        assert_string_equal(modinfo_get(&info, "version", 0), "1");
        assert_string_equal(modinfo_get(&info, "version", 1), "2");
        assert_null(modinfo_get(&info, "version", 2));
        assert_null(modinfo_get(&info, "vers", 0));
        for (size_t size = 0; size < sizeof(whole); size++) {
                uint8_t *part = malloc(size ? size : 1);

                memcpy(part, whole, size);
                if (!modinfo_open(part, size, &info))
                        assert_string_equal(modinfo_get(&info, "license", 0), "GPL");
                free(part);
        }
        for (size_t at = 0; at < 1024 + 3 * 64; at++)
                for (unsigned value = 0; value < 256; value += 51) {
                        uint8_t *copy = malloc(sizeof(whole));

                        memcpy(copy, whole, sizeof(whole));
                        copy[at] = (uint8_t)value;
                        if (!modinfo_open(copy, sizeof(whole), &info))
                                modinfo_get(&info, "license", 0);
                        free(copy);
                }
}

/* The host's own files are what an order is held against. */
static void an_update_is_noticed_and_nothing_else(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(trial(host, "pv --yes"), 0);
        assert_string_equal(answers_status(host, "state"), "armed");
        assert_string_equal(answers_status(host, "stale"), "null");
        assert_string_equal(answers_status(host, "not_ready"), "null");
        stand_in_text(host, "/boot/initrd.img-6.1", INITRD " of an update");
        assert_non_null(strstr(answers_status(host, "stale"), "dom0's initrd has changed since"));
}

static void old_trials_stay(void **state)
{
        struct stand_in *host = *state;
        struct trial_plan first, second;
        struct failure failure;

        assert_int_equal(trial(host, "pv --yes"), 0);
        first = load_plan(host);
        assert_int_equal(trial(host, "pvh --yes"), 0);
        assert_output(host, "Armed already: order ");
        assert_true(trial_plan_load(&host->host, first.trial, &second, &failure));
        assert_value(&second, "mode", "pv");
        trial_plan_free(&second);
        trial_plan_free(&first);
        assert_int_equal(stand_in_run(host, "disarm"), 0);
        assert_output(host, "The next boot is a normal one.");
        assert_true(trial_plan_last(&host->host, &second));
        trial_plan_free(&second);
}

static void a_normal_run_is_as_always(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(trial(host, "pv --yes"), 0);
        assert_int_equal(stand_in_run(host, "arm --yes"), 0);
        assert_file(host, ESP "/next/initrd", INITRD);
        assert_file(host, ESP "/next/next.conf",
                "xen-options=dom0_mem=1G console=com1,vga com1=115200,8n1 no-real-mode edd=off\n"
                "dom0-options=root=UUID=1 ro quiet\n");
        assert_true(stand_in_bundle_is_whole(host));
}

/* --- not armed --- */

static void a_dry_run_changes_nothing(void **state)
{
        struct stand_in *host = *state;
        char *before = stand_in_snapshot(host), *after;

        assert_int_equal(trial(host, "pv --dry-run"), 0);
        assert_int_equal(trial(host, "--all --dry-run"), 0);
        assert_int_equal(trial(host, "pvh"), 1); /* nobody answers */
        after = stand_in_snapshot(host);
        assert_string_equal(after, before);
        assert_false(stand_in_has(host, TRIALS));
        free(before);
        free(after);
}

static void the_answer_is_no(void **state)
{
        struct stand_in *host = *state;
        char line[256];

        snprintf(line, sizeof(line), "trial pv --driver %s/opt/driver", host->root);
        assert_int_equal(stand_in_run_answer(host, "n\n", line), 1);
        assert_false(stand_in_has(host, ESP "/order"));
        assert_false(stand_in_has(host, TRIALS));
        assert_int_equal(stand_in_run_answer(host, "y\n", line), 0);
        assert_true(stand_in_has(host, ESP "/order"));
}

static void refused(struct stand_in *host, const char *arguments, const char *message)
{
        assert_int_equal(trial(host, arguments), 1);
        assert_errors(host, message);
        assert_false(stand_in_has(host, ESP "/order"));
        assert_false(stand_in_has(host, TRIALS));
}

static void wrong_usage(void **state)
{
        static const struct {
                const char *line, *message;
        } rows[] = {
                { "trial", "say what to try: pv, pvh, or --all" },
                { "trial --yes", "say what to try: pv, pvh, or --all" },
                { "trial hvm", "there is no hvm" },
                { "trial pv", "--driver DIR is needed" },
                { "trial pv --all --driver x", "--all tries pv and pvh: leave pv away" },
                { "trial pv pvh --driver x", "unexpected operand" },
                { "trial pv --driver x --every-boot", "unknown option" },
                { "trial pv --driver x --no-jobs", "unknown option" },
                { "trial pv --driver x --xen-option", "option needs a value" },
                { "trial pv --driver x --dom0-option=", "option has an empty value" },
                { "trial pv --driver x --limit 59", "is no time between 60 s and 24 h" },
                { "trial pv --driver x --limit 25h", "is no time between 60 s and 24 h" },
                { "trial pv --driver x --limit soon", "is no time between 60 s and 24 h" },
                { "trial pv --driver x --limit 90500ms", "is no time between 60 s and 24 h" },
                { "trial pv --driver x --boot-limit 59",
                        "--boot-limit 59 is no time between 60 s" },
        };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                assert_int_equal(stand_in_run(host, "%s", rows[i].line), 2);
                assert_errors(host, rows[i].message);
        }
        assert_int_equal(trial(host, "pv --yes --xen-option noreboot"), 2);
        assert_errors(host, "--xen-option noreboot: that would take away");
        assert_int_equal(trial(host, "pv --yes --dom0-option panic=0"), 2);
        assert_errors(host, "--dom0-option panic=0: that is what the trial sets itself");
        assert_false(stand_in_has(host, TRIALS));
}

static void what_arm_refuses(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, "/etc/forestage/jobs/one.conf");
        refused(host, "pv --yes", "holds no job (NAME.conf): nothing to run");
        stand_in_text(host, "/etc/forestage/jobs/one.conf", "[Job]\nType=nothing\n");
        refused(host, "pv --yes", "nothing was armed");
        refused(host, "pv --yes --entry other", "other");
        stand_in_delete(host, ESP "/vmlinuz");
        refused(host, "pv --yes", "first: forestage install");
}

static void no_unit_would_carry_it_out(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, COLLECT);
        refused(host, "pv --yes", "systemctl enable forestage-collect.service");
        stand_in_delete(host, "/lib/systemd/system/forestage-trial.service");
        refused(host, "pv --yes", "there is no forestage-trial.service here");
}

static void no_program_would_run_the_jobs(void **state)
{
        struct stand_in *host = *state;

        stand_in_delete(host, CACHED);
        refused(host, "pv --yes --cached", "--cached needs what cannot be read: ");
        assert_int_equal(trial(host, "pv --dry-run"), 0);
        stand_in_delete(host, "/programs/forestage-run");
        if (access("/usr/bin/forestage-run", F_OK) != 0)
                refused(host, "pv --yes", "there is no forestage-run here");
}

static void no_guard(void **state)
{
        struct stand_in *host = *state;
        char path[128];

        stand_in_delete(host, GUARD);
        refused(host, "pv --yes", GUARD ": No such file");
        stand_in_text(host, GUARD, "#!/bin/sh\n");
        refused(host, "pv --yes", GUARD " is no program");
        stand_in_text(host, GUARD, PROGRAM);
        snprintf(path, sizeof(path), PRIVCMD, "6.1.1");
        put_module(host, path, "depends=\nvermagic=6.1.10 SMP");
        refused(host, "pv --yes", "xen-privcmd.ko is not for Linux 6.1.1");
        put_module(host, path, "depends=xen-other\nvermagic=6.1.1 SMP");
        refused(host, "pv --yes", "xen-privcmd.ko needs xen-other");
        stand_in_text(host, path, "no module");
        refused(host, "pv --yes", "is neither a kernel module nor one packed by");
        stand_in_delete(host, path);
        refused(host, "pv --yes", "has no kernel/drivers/xen/xen-privcmd.ko");
        stand_in_text(host, "/lib/modules/6.1.1/modules.builtin",
                "kernel/drivers/xen/xen-privcmd.ko.old\n");
        refused(host, "pv --yes", "has no kernel/drivers/xen/xen-privcmd.ko");
        snprintf(path, sizeof(path), PRIVCMD ".xz", "6.1.1");
        stand_in_text(host, path,
                "\xfd"
                "7zXZ and no more");
        refused(host, "pv --yes", "xz");
}

static void no_initrd(void **state)
{
        struct stand_in *host = *state;
        char *config = stand_in_read(host, "/boot/grub/grub.cfg");
        char *line = strstr(config, "\tmodule2\t--nounzip");

        memset(line, ' ', strcspn(line, "\n"));
        stand_in_text(host, "/boot/grub/grub.cfg", "%s", config);
        free(config);
        refused(host, "pv --yes", "has no initrd for dom0");
}

static void a_kernel_without_pvh(void **state)
{
        struct stand_in *host = *state;

        stand_in_text(host, "/boot/config-6.1.1", "CONFIG_XEN_PV=y\n# CONFIG_XEN_PVH is not set\n");
        refused(host, "pvh --yes", "was built without CONFIG_XEN_PVH");
        assert_int_equal(trial(host, "pv --dry-run"), 0);
        stand_in_text(host, "/boot/config-6.1.1", "CONFIG_XEN_PV=y\nCONFIG_XEN_PVH=y\n");
        assert_int_equal(trial(host, "pvh --yes"), 0);
        assert_output(host, "AHCI");
}

static void a_kernel_of_no_known_release(void **state)
{
        struct stand_in *host = *state;
        char kernel[1024] = { 0 };

        memcpy(kernel + 0x202, "HdrS", 4);
        stand_in_write(host, "/boot/vmlinuz-6.1", kernel, sizeof(kernel));
        refused(host, "pv --yes", "does not say which release of Linux it is");
}

static void no_room(void **state)
{
        struct stand_in *host = *state;

        stand_in_room = 100 << 20;
        refused(host, "pv --yes", "MiB free, and a trial may need");
}

/* --- the driver's folder --- */

static void a_driver_that_is_not_whole(void **state)
{
        struct stand_in *host = *state;

        assert_int_equal(stand_in_run(host, "trial pv --yes --driver %s/opt/none", host->root), 1);
        assert_errors(host, "cannot find the driver in");
        assert_int_equal(stand_in_run(host, "trial pv --yes --driver %s" GUARD, host->root), 1);
        assert_errors(host, "is no folder");
        stand_in_delete(host, "/opt/driver/firmware");
        refused(host, "pv --yes", "asks for GSP firmware of its version");
        stand_in_text(host, "/opt/driver/firmware/nvidia/" VERSION "/x.bin", "firmware");
        stand_in_delete(host, "/opt/driver/lib/libcuda.so.1");
        refused(host, "pv --yes", "lib/libcuda.so.1 is missing");
        stand_in_delete(host, "/opt/driver/lib");
        stand_in_delete(host, "/opt/driver/modules");
        refused(host, "pv --yes", "lib/libcuda.so.1 is missing");
}

static void modules_that_do_not_fit(void **state)
{
        struct stand_in *host = *state;

        put_module(host, "/opt/driver/modules/nvidia-uvm.ko", "vermagic=6.1.1-other SMP");
        refused(host, "pv --yes",
                "nvidia-uvm.ko is for Linux 6.1.1-other, and dom0's kernel is Linux 6.1.1");
        put_module(host, "/opt/driver/modules/nvidia-uvm.ko", "license=GPL");
        refused(host, "pv --yes", "nvidia-uvm.ko is for Linux ?");
        put_module(host, "/opt/driver/modules/nvidia-uvm.ko", NULL);
        refused(host, "pv --yes", "has no section .modinfo");
        stand_in_text(host, "/opt/driver/modules/nvidia-uvm.ko", "text");
        refused(host, "pv --yes", "nvidia-uvm.ko is no ELF file");
        stand_in_text(host, "/opt/driver/modules/nvidia-uvm.ko", "%s",
                "\177ELF a file that is cut off behind its first bytes, as a copy may be ........");
        refused(host, "pv --yes", "nvidia-uvm.ko is ");
        stand_in_delete(host, "/opt/driver/modules/nvidia-uvm.ko");
        refused(host, "pv --yes", "cannot read");
}

static void an_order_that_is_not_sane(void **state)
{
        static const struct {
                const char *text, *message;
        } rows[] = {
                { "nvidia\ndrm\nnvidia-uvm\n", "nvidia comes before drm, which it needs" },
                { "drm\nnvidia-uvm\nnvidia\n", "nvidia-uvm comes before nvidia, which it needs" },
                { "drm\nnvidia\n", "does not name nvidia-uvm" },
                { "drm\nnvidia-uvm\n", "does not name nvidia," },
                { "drm\nnvidia\nnvidia-uvm\ndrm\n", "order:4: drm is named twice" },
                { "drm\nnvidia\nnvidia-uvm\nnvidia_uvm\n", "order:4: nvidia_uvm is named twice" },
                { "drm\n../nvidia\n", "order:2: that is no module's name" },
                { "drm\n\nnvidia\nnvidia-uvm\n", "order:2: that is no module's name" },
                { "drm nvidia nvidia-uvm\n", "order:1: that is no module's name" },
                { "", "names no module" },
        };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                stand_in_text(host, "/opt/driver/modules/order", "%s", rows[i].text);
                refused(host, "pv --yes", rows[i].message);
        }
        stand_in_delete(host, "/opt/driver/modules/order");
        refused(host, "pv --yes", "modules/order: No such file");
        stand_in_text(host, "/opt/driver/modules/order", "nvidia\nnvidia_uvm");
        stand_in_link(host, "nvidia-uvm.ko", "/opt/driver/modules/nvidia_uvm.ko");
        assert_int_equal(trial(host, "pv --yes"), 0);
        assert_output(host, "nvidia.ko needs drm, which this folder does not bring: dom0's own is");
}

/* What the folder does not bring, each once, is in the plan: dom0 is asked for it then. */
static void what_is_needed_of_dom0_is_planned(void **state)
{
        struct stand_in *host = *state;
        struct trial_plan plan;
        json_t *needed;

        put_driver_module(host, "nvidia", "version=" VERSION "\nlicense=GPL\ndepends=drm,../x");
        refused(host, "pv --yes", "nvidia.ko needs what is no module's name");
        put_driver_module(host, "nvidia", "version=" VERSION "\nlicense=GPL\ndepends=drm,i2c-core");
        put_driver_module(host, "nvidia-uvm", "version=" VERSION "\ndepends=nvidia,i2c_core");
        assert_int_equal(trial(host, "pv --yes"), 0);
        plan = load_plan(host);
        needed = get_value(plan.document, "host_modules");
        assert_int_equal(json_array_size(needed), 1);
        assert_string_equal(json_string_value(json_array_get(needed, 0)), "i2c-core");
        trial_plan_free(&plan);
}

static void change_mode(const struct stand_in *host, const char *path, mode_t mode)
{
        char full[256];

        snprintf(full, sizeof(full), "%s%s", host->root, path);
        assert_int_equal(chmod(full, mode), 0);
}

static void a_driver_that_others_can_change(void **state)
{
        static const char *const paths[] = { "/opt/driver/modules/nvidia.ko", LIBCUDA,
                "/opt/driver/firmware/nvidia", "/opt/driver/lib", "/opt/driver", "/opt" };
        struct stand_in *host = *state;

        for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
                change_mode(host, paths[i], 0757);
                refused(host, "pv --yes", "can be written to by others");
                change_mode(host, paths[i], 0755);
        }
        change_mode(host, "/opt", 01777); /* as /tmp: nobody can exchange what is root's there */
        assert_int_equal(trial(host, "pv --dry-run"), 0);
        change_mode(host, "/opt", 0755);
        stand_in_link(host, "/etc/passwd", "/opt/driver/lib/other.so");
        refused(host, "pv --yes", "is a link that leads out of the driver's folder");
        stand_in_delete(host, "/opt/driver/lib/other.so");
        stand_in_link(host, "nowhere", "/opt/driver/lib/other.so");
        refused(host, "pv --yes", "is a link that leads out of the driver's folder");
}

static void a_driver_of_somebody_else(void **state)
{
        struct stand_in *host = *state;
        char path[256];

        if (geteuid() != 0)
                skip();
        snprintf(path, sizeof(path), "%s/opt/driver/modules/drm.ko", host->root);
        assert_int_equal(chown(path, 12345, 0), 0);
        refused(host, "pv --yes", "drm.ko does not belong to root");
}

/* --- something fails when it is armed --- */

static void a_trial_that_cannot_be_armed_leaves_nothing(void **state)
{
        struct stand_in *host = *state;
        struct trial_plan plan;

        /* The draft cannot be made where a folder of that name is in the way of a file. */
        stand_in_text(host, "/var/lib/forestage/armed.json/x", "a folder");
        assert_int_equal(trial(host, "pv --yes"), 1);
        assert_false(stand_in_has(host, ESP "/order"));
        assert_false(trial_plan_last(&host->host, &plan));
        stand_in_delete(host, "/var/lib/forestage/armed.json");
        stand_in_delete(host, TRIALS);
        stand_in_text(host, TRIALS, "a file");
        assert_int_equal(trial(host, "pv --yes"), 1);
        assert_errors(host, "cannot create");
        assert_errors(host, "nothing is armed now");
        assert_false(stand_in_has(host, ESP "/order"));
}

/* --- plan.json as somebody else may have written it --- */

static void spoil(const struct stand_in *host, const char *id, const char *key, const char *value)
{
        char path[512];
        json_t *document, *text = json_loads(value, JSON_DECODE_ANY, NULL);

        snprintf(path, sizeof(path), "%s" TRIALS "/%s/plan.json", host->root, id);
        document = json_load_file(path, 0, NULL);
        if (text)
                json_object_set_new(document, key, text);
        else
                json_object_del(document, key);
        assert_int_equal(json_dump_file(document, path, 0), 0);
        json_decref(document);
}

static void a_plan_is_read_with_care(void **state)
{
        static const struct {
                const char *key, *value, *message;
        } rows[] = {
                { "schema", "\"forestage-trial-plan/2\"", "\"schema\" is not forestage-trial" },
                { "order", "\"x\"", "\"order\" is no UUID" },
                { "order", "\"0F0E0D0C-0B0A-4908-8706-050403020100\"", "not in lower case" },
                { "mode", "\"hvm\"", "\"mode\" is neither pv nor pvh" },
                { "cached", "1", "\"cached\" is neither true nor false" },
                { "stay", "", "\"stay\" is not there" },
                { "driver", "\"opt\"", "\"driver\" is no absolute path" },
                { "driver", "\"/opt/../etc\"", "\"driver\" is a path with . or .. in it" },
                { "driver", "\"/opt/.\"", "\"driver\" is a path with . or .. in it" },
                { "driver_version", "5", "\"driver_version\" is neither a text nor null" },
                { "modules", "{}", "\"modules\" is no list of modules" },
                { "modules", "[{\"name\":\"../a\"}]", "no name, or an impossible one" },
                { "modules", "[{\"name\":\"a\",\"sha256\":\"00\"}]", "that has no SHA-256" },
                { "jobs", "-1", "\"jobs\" is no number of jobs" },
                { "boot_s", "0", "\"boot_s\" is no number of seconds" },
                { "trial_s", "9999999", "\"trial_s\" is no number of seconds" },
                { "trial_s", "1.5", "\"trial_s\" is no number of seconds" },
                { "next", "[\"x\"]", "\"next\" is a list of something else" },
                { "next", "[\"pv\",\"pv\",\"pv\"]", "\"next\" is no list of at most two" },
                { "given", "5", "\"given\" is no list of options" },
                { "given", "{\"entry\":5}", "with an option that is no text" },
                { "given", "{\"xen-option\":[1]}", "with an option that has something else" },
                { "made", "null", "\"made\" is no text" },
                { "trial", "\"0f0e0d0c-0b0a-4908-8706-050403020100\"", "is of another trial" },
        };
        struct stand_in *host = *state;
        struct trial_plan plan, ignored;
        struct failure failure;

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                stand_in_delete(host, TRIALS);
                assert_int_equal(trial(host, "pv --yes"), 0);
                plan = load_plan(host);
                spoil(host, plan.trial, rows[i].key, rows[i].value);
                if (trial_plan_load(&host->host, plan.trial, &ignored, &failure))
                        fail_msg("%s %s was taken", rows[i].key, rows[i].value);
                if (!strstr(failure.text, rows[i].message))
                        fail_msg("%s %s: %s", rows[i].key, rows[i].value, failure.text);
                assert_false(trial_plan_last(&host->host, &ignored));
                trial_plan_free(&plan);
        }
}

static void a_plan_of_others_is_not_read(void **state)
{
        struct stand_in *host = *state;
        char path[256];
        struct trial_plan plan, ignored;
        struct failure failure;

        assert_int_equal(trial(host, "pv --yes"), 0);
        plan = load_plan(host);
        snprintf(path, sizeof(path), TRIALS "/%s/plan.json", plan.trial);
        change_mode(host, path, 0646);
        assert_false(trial_plan_load(&host->host, plan.trial, &ignored, &failure));
        assert_non_null(strstr(failure.text, "no regular file that only root can have written"));
        stand_in_text(host, path, "{");
        assert_false(trial_plan_load(&host->host, plan.trial, &ignored, &failure));
        assert_non_null(strstr(failure.text, "cannot be read as JSON"));
        stand_in_delete(host, path);
        assert_false(trial_plan_load(&host->host, plan.trial, &ignored, &failure));
        assert_false(trial_plan_load(&host->host, "../../etc", &ignored, &failure));
        assert_non_null(strstr(failure.text, "no id of a trial"));
        trial_plan_free(&plan);
}

#define ON(test)        cmocka_unit_test_setup_teardown(test, set_up, stand_in_remove)
#define ON_XCP_NG(test) cmocka_unit_test_setup_teardown(test, set_up_xenserver, stand_in_remove)

int main(void)
{
        const struct CMUnitTest tests[] = {
                ON(pv_is_armed),
                ON_XCP_NG(pvh_is_armed),
                ON(the_plan_says_all),
                ON(what_is_needed_of_dom0_is_planned),
                ON(what_is_different_is_shown),
                ON_XCP_NG(a_line_that_stays_is_shown_as_such),
                ON(an_old_driver_is_tried),
                ON(a_folder_with_libcuda_alone),
                ON(privcmd_is_built_in_or_packed),
                ON(all_starts_with_pv),
                ON(the_archive_starts_at_a_multiple_of_4),
                ON(the_initrd_among_other_modules),
                cmocka_unit_test(no_part_of_a_module_is_read_outside_of_it),
                ON(an_update_is_noticed_and_nothing_else),
                ON(old_trials_stay),
                ON(a_normal_run_is_as_always),
                ON(a_dry_run_changes_nothing),
                ON(the_answer_is_no),
                ON(wrong_usage),
                ON(what_arm_refuses),
                ON(no_unit_would_carry_it_out),
                ON(no_program_would_run_the_jobs),
                ON(no_guard),
                ON(no_initrd),
                ON(a_kernel_without_pvh),
                ON(a_kernel_of_no_known_release),
                ON(no_room),
                ON(a_driver_that_is_not_whole),
                ON(modules_that_do_not_fit),
                ON(an_order_that_is_not_sane),
                ON(a_driver_that_others_can_change),
                ON(a_driver_of_somebody_else),
                ON(a_trial_that_cannot_be_armed_leaves_nothing),
                ON(a_plan_is_read_with_care),
                ON(a_plan_of_others_is_not_read),
        };

        stand_in_use_memory();
        return run_tap(tests);
}
