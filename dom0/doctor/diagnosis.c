#include "dom0/doctor/diagnosis.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dom0/doctor/kernellog.h"
#include "dom0/xen/elfentry.h"

#define MIB              20
#define SMALLEST_MACHINE ((uint64_t)2 << 30) /* the region lies between 1 and 4 GiB */
#define COMPLAINT        "PAT configuration unsupported"
#define SWITCHED_OFF     "builtin PAT support disabled"
#define DRIVER_SPEAKS    "NVRM:"
#define LINUX_ENTRY      1 /* where Linux by itself, and NVIDIA's driver, have write-combining */

const char *cuda_answer_name(enum cuda_answer answer)
{
        static const char *const names[] = { [CUDA_FAILS] = "fails",
                [CUDA_UNKNOWN] = "unknown",
                [CUDA_NO_OBJECTION] = "no_objection" };

        return names[answer];
}

const char *cuda_reason_name(enum cuda_reason reason)
{
        static const char *const names[] = { [REASON_NONE] = NULL,
                [REASON_PAT] = "pat",
                [REASON_NO_WC] = "no_write_combining",
                [REASON_OPTION] = "module_option" };

        return names[reason];
}

const char *level_name(enum level level)
{
        static const char *const names[] = { "note", "warning", "obstacle" };

        return names[level];
}

const char *diagnosis_line(const char *line)
{
        static const struct {
                const char *mark, *meaning;
        } known[] = {
                { COMPLAINT,
                        "the driver does not accept the page attribute table, and has switched "
                        "write-combining off" },
                { SWITCHED_OFF, "NVreg_UsePageAttributeTable=0 has switched write-combining off" },
                { "No NVIDIA GPU found", "the driver found no GPU that it could have" },
                { "Call not supported", "the driver refused a request as not supported" },
                { "RmInitAdapter failed", "the driver could not start a GPU" },
                { "NVRM: Xid", "a GPU reported an error" },
                { "Found HVM kernel", "the driver takes this system for an HVM guest" },
                { "GPFN IOMMU mode", "the driver reckons with an IOMMU that Xen has set up" },
                { "swiotlb buffer is full", "room for DMA bounce buffers is used up; the driver "
                                            "does not work right with such buffers" },
                { "PAT: Configuration", "Linux's own account of the page attribute table" },
        };

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                if (strstr(line, known[i].mark))
                        return known[i].meaning;
        return NULL;
}

/* --- CUDA in this system --- */

__attribute__((format(printf, 4, 5))) static void answer(struct diagnosis *diagnosis,
        enum cuda_answer cuda, enum cuda_reason reason, const char *format, ...)
{
        va_list arguments;

        diagnosis->cuda = cuda;
        diagnosis->reason = reason;
        va_start(arguments, format);
        vsnprintf(diagnosis->cuda_text, sizeof(diagnosis->cuda_text), format, arguments);
        va_end(arguments);
}

#define WHY_PAT                                                                                    \
        "The reason is the page attribute table (PAT): write-combining stands in entry %d, as in " \
        "Xen's table for PV domains, and the driver accepts entry 1 only. It switches "            \
        "write-combining off and then refuses the write-combined memory that every CUDA context "  \
        "needs. GPUs are still listed and nvidia-smi works; a context cannot be made. "

/* The table has write-combining, but not where the driver looks. */
static void judge_moved(const struct host_facts *facts, int entry, struct diagnosis *diagnosis)
{
        const struct nvidia *nvidia = &facts->nvidia;
        enum nvidia_check check = nvidia_check(nvidia->version, nvidia->is_open);

        if (kernellog_has(facts->log, COMPLAINT))
                answer(diagnosis, CUDA_FAILS, REASON_PAT,
                        "no. " WHY_PAT
                        "The kernel's log has the driver's own words: \"NVRM: " COMPLAINT ".\"",
                        entry);
        else if (kernellog_has(facts->log, DRIVER_SPEAKS) && facts->log_is_whole)
                answer(diagnosis, CUDA_UNKNOWN, REASON_NONE,
                        "not known. Write-combining stands in entry %d of the page attribute "
                        "table, "
                        "which stock drivers refuse; the one that was loaded here has not "
                        "complained, so it is patched or new. Nobody is known to have run CUDA in "
                        "a PV domain with such a driver: the sample jobs would tell",
                        entry);
        else if (check == NVIDIA_ACCEPTS)
                answer(diagnosis, CUDA_UNKNOWN, REASON_NONE,
                        "not known. Write-combining stands in entry %d of the page attribute "
                        "table, "
                        "which drivers up to 595.80 refuse. The open modules of version %s "
                        "do not, by their source. Nobody is known to have run CUDA in a PV domain "
                        "with them: the sample jobs would tell",
                        entry, nvidia->version);
        else if (check == NVIDIA_REFUSES)
                answer(diagnosis, CUDA_FAILS, REASON_PAT,
                        "no. " WHY_PAT "Driver %s is one of those that check it.", entry,
                        nvidia->version);
        else if (*nvidia->version)
                answer(diagnosis, CUDA_UNKNOWN, REASON_NONE,
                        "not known. Write-combining stands in entry %d of the page attribute "
                        "table. "
                        "The drivers 515.43.04 to 595.80 refuse that; what %s does has not been "
                        "read. Load it and ask again",
                        entry, nvidia->version);
        else
                answer(diagnosis, CUDA_FAILS, REASON_PAT,
                        "no. " WHY_PAT "(No NVIDIA driver is installed here; 515.43.04 to 595.80 "
                        "check it, the open "
                        "modules from 610.43.02 on do not.)",
                        entry);
}

/* The table could not be read: what Xen is known to give to PV domains has to do. */
static void judge_unread(const struct host_facts *facts, struct diagnosis *diagnosis)
{
        enum nvidia_check check = nvidia_check(facts->nvidia.version, facts->nvidia.is_open);

        if (facts->hypervisor.kind == SYSTEM_PV && check != NVIDIA_ACCEPTS)
                answer(diagnosis, CUDA_FAILS, REASON_PAT,
                        "no, as far as can be told without reading it: " WHY_PAT
                        "The table itself could not be read here.",
                        4);
        else
                answer(diagnosis, CUDA_UNKNOWN, REASON_NONE,
                        "not known: the page attribute table could not be read. As root: modprobe "
                        "msr, then ask again");
}

/* The table is as the driver wants it. */
static void judge_linux(const struct host_facts *facts, struct diagnosis *diagnosis)
{
        static const char *const texts[] = {
                [SYSTEM_BARE] = "nothing is known here that stands in its way. There is no "
                                "hypervisor, and the page attribute table is the one that the "
                                "driver wants",
                [SYSTEM_PV] =
                        "the usual reason is not there: this PV domain has the page attribute "
                        "table that the driver wants, so Xen is a patched one. Whether CUDA "
                        "works then is not known: the sample jobs would tell",
                [SYSTEM_PVH] =
                        "no objection is known: the page attribute table is the one that the "
                        "driver wants, and the driver loads without a complaint in a PVH "
                        "dom0. Whether CUDA works there has not been tried: the sample jobs "
                        "would tell",
                [SYSTEM_HVM] = "nothing is known here that stands in its way, if a GPU is passed "
                               "through: this is an HVM guest, with the page attribute table that "
                               "the driver wants",
                [SYSTEM_XEN] =
                        "no objection is known: the page attribute table is the one that the "
                        "driver wants",
                [SYSTEM_OTHER] = "nothing is known here that stands in its way, if a GPU is passed "
                                 "through: the page attribute table is the one that the driver "
                                 "wants",
        };

        answer(diagnosis, CUDA_NO_OBJECTION, REASON_NONE, "%s", texts[facts->hypervisor.kind]);
}

static void judge_cuda(const struct host_facts *facts, struct diagnosis *diagnosis)
{
        int entry = facts->has_pat ? pat_write_combining(&facts->pat) : -1;

        if (kernellog_has(facts->log, SWITCHED_OFF) || facts->nvidia.pat_off)
                answer(diagnosis, CUDA_FAILS, REASON_OPTION,
                        "no. The module parameter NVreg_UsePageAttributeTable=0 has switched the "
                        "driver's write-combining off, and every CUDA context needs it. Take the "
                        "parameter out of /etc/modprobe.d and the kernel's command line");
        else if (!facts->has_pat)
                judge_unread(facts, diagnosis);
        else if (entry < 0)
                answer(diagnosis, CUDA_FAILS, REASON_NO_WC,
                        "no. The page attribute table has no write-combining at all, as after "
                        "\"nopat\" on Linux's command line; the driver then goes without, "
                        "silently, "
                        "and every CUDA context needs it");
        else if (entry != LINUX_ENTRY)
                judge_moved(facts, entry, diagnosis);
        else
                judge_linux(facts, diagnosis);
        if (diagnosis->cuda != CUDA_FAILS && facts->gpus_count == 0)
                strncat(diagnosis->cuda_text, ". But there is no NVIDIA GPU on the PCI bus",
                        sizeof(diagnosis->cuda_text) - strlen(diagnosis->cuda_text) - 1);
}

/* --- Forestage on this host --- */

/* Room for one more; `next` is what to do about it, or NULL. */
__attribute__((format(printf, 5, 6))) static struct finding *find(struct diagnosis *diagnosis,
        enum level level, const char *id, const char *next, const char *format, ...)
{
        struct finding *finding = &diagnosis->findings[diagnosis->findings_count];
        va_list arguments;

        if (diagnosis->findings_count + 1 < FINDINGS_MAX)
                diagnosis->findings_count++;
        diagnosis->obstacles += level == LEVEL_OBSTACLE;
        *finding = (struct finding){ .level = level, .id = id };
        snprintf(finding->next, sizeof(finding->next), "%s", next ? next : "");
        va_start(arguments, format);
        vsnprintf(finding->text, sizeof(finding->text), format, arguments);
        va_end(arguments);
        return finding;
}

static void check_place(const struct host_facts *facts, struct diagnosis *diagnosis)
{
        const struct hypervisor *place = &facts->hypervisor;
        bool is_xen = place->kind != SYSTEM_BARE && place->kind != SYSTEM_OTHER;

        if (is_xen && !place->is_dom0)
                find(diagnosis, LEVEL_OBSTACLE, "guest", "run it in dom0 of the host",
                        "this system is a guest of Xen, not dom0");
        if (place->kind == SYSTEM_OTHER)
                find(diagnosis, LEVEL_NOTE, "virtual", NULL,
                        "this machine is virtual (%s): a run here shows the way, and says nothing "
                        "about bare metal",
                        *place->vendor ? place->vendor : "CPUID's hypervisor bit is set");
        if (*facts->changing)
                find(diagnosis, LEVEL_WARNING, "changing", "ask again when it has ended",
                        "%s is changing this host, or has just done so: what is said here of GRUB, "
                        "Xen and the EFI system partition may be half of the change",
                        facts->changing);
        if (!facts->is_root)
                find(diagnosis, LEVEL_WARNING, "root", "run it as root",
                        "not root: much of what follows could not be looked at");
}

static void check_memory(const struct host_facts *facts, struct diagnosis *diagnosis)
{
        uint64_t bytes = facts->machine_bytes ? facts->machine_bytes : facts->memory_bytes;
        bool is_whole = facts->machine_bytes || facts->hypervisor.kind == SYSTEM_BARE ||
                        facts->hypervisor.kind == SYSTEM_OTHER;

        /* dom0's own share says nothing about the machine, and firmware keeps some for itself */
        if (!is_whole || bytes == 0 || bytes >= SMALLEST_MACHINE / 8 * 7)
                return;
        find(diagnosis, LEVEL_OBSTACLE, "memory", NULL,
                "this machine has %llu MiB of memory; the region for the results needs "
                "room between 1 and 4 GiB",
                (unsigned long long)(bytes >> MIB));
}

static void check_firmware(const struct host_facts *facts, struct diagnosis *diagnosis)
{
        if (facts->firmware == FIRMWARE_BIOS)
                find(diagnosis, LEVEL_OBSTACLE, "firmware",
                        "switch the firmware to UEFI and install the host anew in that mode; an "
                        "installation cannot be converted in place",
                        "this host was started by BIOS; Forestage needs UEFI");
        else if (facts->firmware == FIRMWARE_NO_ACCESS)
                find(diagnosis, LEVEL_NOTE, "variables", NULL,
                        "this system has no EFI variables (a run has started it, or they are "
                        "hidden): boot options and Secure Boot cannot be seen");
        if (facts->secure_boot)
                find(diagnosis, LEVEL_WARNING, "secure_boot",
                        "docs/security.md has the signed set-up",
                        "Secure Boot is on: forestage.efi and the stage's kernel must be signed "
                        "for this machine, and that kernel must not lock itself down; else every "
                        "boot goes on as the normal one");
        if (*facts->lockdown && strcmp(facts->lockdown, "none") != 0)
                find(diagnosis, LEVEL_WARNING, "lockdown", NULL,
                        "this kernel is locked down (%s), and /dev/mem is closed: if dom0 is still "
                        "so after a run (lockdown= on its command line), it cannot collect",
                        facts->lockdown);
}

static void check_esp(const struct host_facts *facts, struct diagnosis *diagnosis)
{
        const struct esp_facts *esp = &facts->esp;
        struct finding *finding;

        if (!*esp->problem || facts->firmware == FIRMWARE_BIOS)
                return;
        finding = find(diagnosis, LEVEL_OBSTACLE, "esp",
                esp->found ? "make room on the EFI system partition"
                           : "mount the EFI system partition (usually: mount /boot/efi)",
                "%s", esp->problem);
        if (esp->found && esp->read_only)
                snprintf(
                        finding->next, sizeof(finding->next), "mount -o remount,rw %s", esp->point);
}

static void check_esp_device(const struct host_facts *facts, struct diagnosis *diagnosis)
{
        const struct esp_facts *esp = &facts->esp;

        if (facts->firmware == FIRMWARE_BIOS)
                return;
        if (esp->misplaced)
                find(diagnosis, LEVEL_OBSTACLE, "esp_device",
                        esp->kind == PARTITION_RAID
                                ? "give the host an EFI system partition outside of the array (on "
                                  "XCP-ng: install it without software RAID; RAID of the "
                                  "controller's own does no harm)"
                                : "give the host an EFI system partition that is a partition of a "
                                  "single disk",
                        "%s", esp->misplacement);
        else if (esp->kind == PARTITION_BARE)
                find(diagnosis, LEVEL_NOTE, "esp_bare", NULL,
                        "the EFI system partition (%s) is no partition of a plain disk: no boot "
                        "option can name it, and install uses --method grub",
                        esp->device);
}

static void check_xen(const struct host_facts *facts, struct diagnosis *diagnosis)
{
        bool is_missing = !*facts->xen.path && facts->hypervisor.kind == SYSTEM_BARE;

        if (!facts->xen.loadable)
                find(diagnosis, LEVEL_OBSTACLE, "xen",
                        is_missing ? "without Xen there is nothing to hand over to: run CUDA here "
                                     "as on any Linux, or install Xen"
                        : facts->xen.elf_advice ? "write an entry of GRUB that starts the same Xen "
                                                  "as an ELF file: it stands at the end"
                                                : NULL,
                        "%s", facts->xen.problem);
        if (facts->xen.by_name)
                find(diagnosis, LEVEL_NOTE, "xen_by_name", "forestage arm --entry " ELFENTRY_TITLE,
                        "GRUB starts a Xen for UEFI alone, in which no run can end; the entry "
                        "\"" ELFENTRY_TITLE "\" has one as an ELF file, %s, for arm",
                        facts->xen.path);
        if (facts->xen.rewrite)
                find(diagnosis, LEVEL_NOTE, "xen_notes", NULL,
                        "%s has ELF notes that kexec stumbles over; arm makes a copy without them",
                        facts->xen.path);
}

static void check_gpus(const struct host_facts *facts, struct diagnosis *diagnosis)
{
        if (facts->gpus_count == 0)
                find(diagnosis, LEVEL_OBSTACLE, "gpu", NULL,
                        "no NVIDIA GPU is on the PCI bus: a run would find no device");
        for (size_t i = 0; i < facts->gpus_count; i++)
                if (pci_is_set_aside(&facts->gpus[i]))
                        find(diagnosis, LEVEL_NOTE, "set_aside", NULL,
                                "GPU %s is set aside for guests (%s): this system's driver cannot "
                                "have it, a run before Xen can",
                                facts->gpus[i].address, facts->gpus[i].driver);
}

static void check_switches(const struct host_facts *facts, struct diagnosis *diagnosis)
{
        if (facts->nvswitch_count > 0 && facts->fabric[0])
                find(diagnosis, LEVEL_NOTE, "nvswitch", NULL,
                        "NVSwitches (%zu) join this host's GPUs, and the image on the EFI system "
                        "partition has Fabric Manager %s for them",
                        facts->nvswitch_count, facts->fabric);
        else if (facts->nvswitch_count > 0)
                find(diagnosis, LEVEL_WARNING, "nvswitch",
                        "build the image with make image FABRIC=, NVIDIA's Fabric Manager of the "
                        "driver's own version (docs/image.md); without it every job is an error, "
                        "and Xen starts",
                        "NVSwitches (%zu) join this host's GPUs: NVIDIA's driver starts CUDA on "
                        "such GPUs only where its Fabric Manager runs, which an image has only "
                        "where it was given",
                        facts->nvswitch_count);
}

static void check_standing(const struct host_facts *facts, struct diagnosis *diagnosis)
{
        for (size_t i = 0; i < facts->advice_count; i++)
                find(diagnosis, facts->advice[i].warning ? LEVEL_WARNING : LEVEL_NOTE,
                        facts->advice[i].id, facts->advice[i].next, "%s", facts->advice[i].text);
}

void diagnosis_make(const struct host_facts *facts, struct diagnosis *ret_diagnosis)
{
        static void (*const checks[])(const struct host_facts *, struct diagnosis *) = { judge_cuda,
                check_place, check_firmware, check_esp, check_esp_device, check_xen, check_gpus,
                check_switches, check_memory, check_standing };

        *ret_diagnosis = (struct diagnosis){ .obstacles = 0 };
        for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
                checks[i](facts, ret_diagnosis);
}
