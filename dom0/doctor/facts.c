#include "dom0/doctor/facts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "dom0/base/buffer.h"
#include "dom0/base/escape.h"
#include "dom0/base/lock.h"
#include "dom0/doctor/kernellog.h"
#include "dom0/host/lookup.h"
#include "dom0/host/source.h"
#include "dom0/image/image.h"
#include "dom0/xen/elfentry.h"
#include "dom0/xen/nextsystem.h"
#include "dom0/xen/running.h"
#include "dom0/xen/xenboot.h"
#include "efi/parse/conf.h"
#include "efi/parse/keyvalue.h"
#include "lib/cleanup.h"

#define LOG_MAX    ((size_t)16 << 20)
#define RECORD_MAX ((size_t)8192) /* one a read, which fails when there is no room for it */
#define IMAGE      "/usr/share/forestage/image"

void facts_lockdown(const char *line, char *out, size_t size)
{
        const char *open = strchr(line, '[');
        size_t length = open ? strcspn(open + 1, "]") : 0;

        snprintf(out, size, "%.*s", (int)length, open ? open + 1 : "");
}

/* --- the system --- */

/* What Xen says about the machine: its memory, its IOMMU. "" when xl is not there. */
static void read_xl(const char *xl_info, struct host_facts *facts, char *caps, size_t size)
{
        char memory[32], line[2048];

        *caps = '\0';
        if (!facts->hypervisor.is_dom0 || !xl_info)
                return;
        lookup_value_in(xl_info, "virt_caps", caps, size);
        if (lookup_value_in(xl_info, "total_memory", memory, sizeof(memory)))
                facts->machine_bytes = strtoull(memory, NULL, 10) << 20;
        lookup_value_in(xl_info, "xen_commandline", line, sizeof(line));
        facts->dom0_memory = dom0_memory_read(line);
}

static bool has_entries(const struct host *host, const char *path)
{
        _cleanup_free_ char *full = host_path(host, "%s", path);
        _cleanup_closedir_ DIR *folder = opendir(full);
        struct dirent *entry;
        bool any = false;

        while (folder && !any && (entry = readdir(folder)))
                any = *entry->d_name != '.';
        return any;
}

static bool exists(const struct host *host, const char *path)
{
        _cleanup_free_ char *full = host_path(host, "%s", path);

        return access(full, F_OK) == 0;
}

/* Under Xen the IOMMU is Xen's, and Linux does not see it. */
static void look_at_iommu(const struct host *host, struct host_facts *facts, const char *caps)
{
        const char *tables = exists(host, "/sys/firmware/acpi/tables/DMAR")   ? "DMAR"
                             : exists(host, "/sys/firmware/acpi/tables/IVRS") ? "IVRS"
                                                                              : NULL;
        const char *in_use = "off";

        if (facts->hypervisor.kind == SYSTEM_BARE || facts->hypervisor.kind == SYSTEM_OTHER)
                in_use = has_entries(host, "/sys/class/iommu") ? "on" : "off";
        else if (*caps)
                in_use = strstr(caps, "directio") ? "on, in Xen" : "off in Xen";
        else
                in_use = "not known (xl info would say)";
        facts->iommu_off = strncmp(in_use, "off", 3) == 0;
        snprintf(facts->iommu, sizeof(facts->iommu), "%s%s%s", in_use,
                tables ? "; the firmware has one: " : "; no table of the firmware names one",
                tables ? tables : "");
}

static void look_at_system(const struct host *host, const char *xl_info, struct host_facts *facts)
{
        char caps[256], text[64];
        struct utsname names;

        facts->is_root = geteuid() == 0;
        if (uname(&names) == 0)
                snprintf(facts->kernel, sizeof(facts->kernel), "%.127s", names.release);
        hypervisor_look(host, &facts->hypervisor);
        lookup_value(host, "/proc/cpuinfo", "vendor_id", facts->cpu, sizeof(facts->cpu));
        if (lookup_value(host, "/proc/meminfo", "MemTotal", text, sizeof(text)))
                facts->memory_bytes = strtoull(text, NULL, 10) << 10;
        read_xl(xl_info, facts, caps, sizeof(caps));
        look_at_iommu(host, facts, caps);
}

/* --- memory types --- */

static void read_msr(const struct host *host, struct host_facts *facts)
{
        _cleanup_free_ char *path = host_path(host, "/dev/cpu/0/msr");
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t size = sizeof(facts->msr);

        facts->has_msr = fd >= 0 && pread(fd, &facts->msr, (size_t)size, PAT_MSR) == size;
}

/* All records of the kernel's log, each ended by a line break; owned. NULL: may not be read. */
static char *read_log(const struct host *host)
{
        _cleanup_free_ char *path = host_path(host, "/dev/kmsg");
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        struct buffer log = { 0 };
        ssize_t got;

        if (fd < 0)
                return NULL;
        do {
                got = read(fd, buffer_room(&log, RECORD_MAX), RECORD_MAX);
                log.length += got > 0 ? (size_t)got : 0;
                /* EPIPE: records were overwritten while we read, and it goes on behind them */
        } while (log.length < LOG_MAX &&
                 (got > 0 || (got < 0 && (errno == EPIPE || errno == EINTR))));
        log.data[log.length] = '\0';
        return log.data;
}

static void look_at_pat(const struct host *host, struct host_facts *facts)
{
        char line[512];

        read_msr(host, facts);
        facts->log = read_log(host);
        if (facts->log) {
                facts->log_is_whole = kernellog_is_whole(facts->log);
                if (kernellog_find(facts->log, "PAT: Configuration", line, sizeof(line)))
                        escape_text(line, strlen(line), facts->pat_line, sizeof(facts->pat_line));
        }
        if (facts->has_msr)
                pat_decode(facts->msr, &facts->pat);
        facts->has_pat = facts->has_msr || pat_parse(facts->pat_line, &facts->pat);
}

/* --- what a run needs --- */

static void look_at_firmware(const struct host *host, struct host_facts *facts)
{
        char line[128];

        facts->firmware = firmware_kind(host);
        facts->secure_boot = firmware_secure_boot(host);
        lookup_line(host, "/sys/kernel/security/lockdown", line, sizeof(line));
        facts_lockdown(line, facts->lockdown, sizeof(facts->lockdown));
}

static uint64_t file_bytes(const char *path)
{
        struct stat status;

        return stat(path, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* The image is on the ESP already, or comes from where the package has it. */
static uint64_t image_bytes(const struct host *host, bool installed)
{
        static const char *const names[] = { "forestage.efi", "vmlinuz", "initramfs.img" };
        uint64_t bytes = 0;

        for (size_t i = 0; !installed && i < sizeof(names) / sizeof(names[0]); i++) {
                _cleanup_free_ char *path = host_path(host, IMAGE "/%s", names[i]);

                bytes += file_bytes(path);
        }
        return bytes;
}

static void name_entry(const struct host *host, const struct xenboot *boot, struct xen_facts *xen)
{
        const char *path = boot->xen + strlen(host->root);

        escape_text(path, strlen(path), xen->path, sizeof(xen->path));
        escape_text(boot->title, strlen(boot->title), xen->entry, sizeof(xen->entry));
}

/* Whether a run could end in what the entry starts; with what it would take on the ESP. */
static bool look_at_entry(const struct host *host, const struct xenboot *boot,
        struct host_facts *facts, struct failure *error)
{
        _cleanup_(nextsystem_free) struct nextsystem next = { 0 };

        if (!nextsystem_check(host, boot, NULL, &next, error))
                return false;
        facts->xen.loadable = true;
        facts->xen.rewrite = next.rewrite;
        facts->esp.needed_bytes += next.bytes;
        return true;
}

/* Xen is a PE file: there may be the entry that is wanted then, or it is to be written. */
static void look_for_elf(const struct host *host, const struct grub_config *config,
        const struct xenboot *boot, const char *xl_info, struct host_facts *facts)
{
        _cleanup_(xenboot_free) struct xenboot elf = { 0 };
        struct failure ignored;

        facts->xen.by_name =
                xenboot_find_with(host, config, ELFENTRY_TITLE, xl_info, &elf, &ignored) &&
                look_at_entry(host, &elf, facts, &ignored);
        if (facts->xen.by_name)
                name_entry(host, &elf, &facts->xen);
        else
                facts->xen.elf_advice = elfentry_advice(host, config, boot);
}

static void look_at_next(const struct host *host, const struct esp *esp, const char *xl_info,
        struct host_facts *facts, struct failure *error)
{
        _cleanup_(grub_config_free) struct grub_config config = { 0 };
        _cleanup_(xenboot_free) struct xenboot boot = { 0 };

        if (!grub_config_find(host, esp, &config, error) ||
                !xenboot_find_with(host, &config, NULL, xl_info, &boot, error))
                return;
        name_entry(host, &boot, &facts->xen);
        if (!look_at_entry(host, &boot, facts, error) && elfentry_is_needed(&boot))
                look_for_elf(host, &config, &boot, xl_info, facts);
}

/* What forestage.conf allows the stage, or will once it is there. */
static void read_deadline(const struct esp *esp, struct host_facts *facts)
{
        _cleanup_free_ char *path = esp_file(esp, "forestage.conf");
        size_t length;
        _cleanup_free_ char *text = source_read_text(path, KEYVALUE_MAX_BYTES + 1, &length);
        struct conf conf;
        struct text reason;
        char buffer[400];

        conf_defaults(&conf);
        text_init(&reason, buffer, sizeof(buffer));
        if (text && conf_parse((struct slice){ text, length }, &conf, &reason))
                facts->deadline = conf.deadline;
}

/* Xen can be looked for without an ESP as well: it lies in /boot. */
/* Where nothing asks for it, the image need not be read. */
static void read_image(const struct esp *esp, struct host_facts *facts)
{
        _cleanup_free_ char *path = esp_file(esp, "initramfs.img");
        _cleanup_(image_free) struct image image = { 0 };
        char why[WHY_SIZE];

        if (facts->nvswitch_count > 0 && image_read(path, &image, why))
                snprintf(facts->fabric, sizeof(facts->fabric), "%s", image.fabric);
}

static void look_at_esp(const struct host *host, const char *xl_info, struct host_facts *facts)
{
        _cleanup_(esp_free) struct esp esp = { 0 };
        _cleanup_free_ char *ours = NULL;
        struct failure error = { 0 };
        const char *device;

        if (!esp_find(host, NULL, &esp, &error)) {
                const struct esp usual = { .point = "/boot/efi" };

                snprintf(facts->esp.problem, sizeof(facts->esp.problem), "%s", error.text);
                look_at_next(host, &usual, xl_info, facts, &error);
                snprintf(facts->xen.problem, sizeof(facts->xen.problem), "%s",
                        facts->xen.loadable ? "" : error.text);
                return;
        }
        facts->esp.found = true;
        facts->esp.kind = esp.partition.kind;
        facts->esp.misplaced = !esp_check_device(&esp, &error);
        if (facts->esp.misplaced)
                snprintf(
                        facts->esp.misplacement, sizeof(facts->esp.misplacement), "%s", error.text);
        device = facts->esp.misplaced ? esp.partition.what : esp.partition.device;
        escape_text(device, strlen(device), facts->esp.device, sizeof(facts->esp.device));
        facts->esp.read_only = esp.read_only;
        snprintf(facts->esp.point, sizeof(facts->esp.point), "%s", esp.point);
        ours = esp_file(&esp, "forestage.efi");
        facts->esp.installed = access(ours, F_OK) == 0;
        facts->esp.has_free = host->room(esp.path, &facts->esp.free_bytes);
        facts->esp.needed_bytes = image_bytes(host, facts->esp.installed);
        read_deadline(&esp, facts);
        read_image(&esp, facts);
        look_at_next(host, &esp, xl_info, facts, &error);
        if (!facts->xen.loadable)
                snprintf(facts->xen.problem, sizeof(facts->xen.problem), "%s", error.text);
        if (!esp_check_room(host, &esp, facts->esp.needed_bytes, &error))
                snprintf(facts->esp.problem, sizeof(facts->esp.problem), "%s", error.text);
}

void facts_gather(const struct host *host, struct host_facts *ret_facts)
{
        struct lock_view before, after;
        _cleanup_free_ char *xl_info = running_ask_xl(host);
        struct conf conf;

        conf_defaults(&conf);
        *ret_facts = (struct host_facts){ .deadline = conf.deadline };
        lock_look(host, &before);
        look_at_system(host, xl_info, ret_facts);
        look_at_pat(host, ret_facts);
        nvidia_look(host, &ret_facts->nvidia);
        ret_facts->gpus_count = pci_find_gpus(host, ret_facts->gpus, GPUS_MAX);
        if (ret_facts->gpus_count > GPUS_MAX)
                ret_facts->gpus_count = GPUS_MAX;
        ret_facts->nvswitch_count = pci_count_switches(host);
        look_at_firmware(host, ret_facts);
        look_at_esp(host, xl_info, ret_facts);
        standing_ask(host, &ret_facts->standing);
        ret_facts->advice_count =
                advice_make(&ret_facts->standing, ret_facts->deadline, ret_facts->advice);
        lock_look(host, &after);
        if (lock_disturbed(&before, &after))
                snprintf(ret_facts->changing, sizeof(ret_facts->changing), "%s",
                        before.busy ? before.who : after.who);
}

void facts_free(struct host_facts *facts)
{
        free(facts->log);
        free(facts->xen.elf_advice);
        facts->log = facts->xen.elf_advice = NULL;
}
