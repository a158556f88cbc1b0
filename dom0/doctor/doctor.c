#include <stdio.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/base/verb.h"
#include "dom0/doctor/diagnosis.h"
#include "dom0/doctor/hurdle.h"
#include "dom0/doctor/kernellog.h"
#include "dom0/pool/advice.h"
#include "dom0/run/document.h"
#include "lib/cleanup.h"
#include "version.h"

#define LOG_LINES 20u /* of the kernel's log, that are shown */

struct doctor_options {
        bool json;
};

static const struct option_spec options[] = {
        { "json", OPTION_SWITCH, offsetof(struct doctor_options, json) },
        { 0 },
};

/* What the host could do next, when nothing stands in its way. */
static const char *next_step(const struct host_facts *facts)
{
        return facts->esp.installed ? "order a run: forestage arm --jobs DIR"
                                    : "install it: forestage install --dry-run shows how";
}

/* --- JSON --- */

static void set_bytes(json_t *object, const char *key, bool known, uint64_t bytes)
{
        set_value(object, key, known ? json_integer((json_int_t)bytes) : json_null());
}

static json_t *make_system(const struct host_facts *facts)
{
        const struct hypervisor *place = &facts->hypervisor;
        json_t *system = json_object();

        set_text(system, "kind", hypervisor_kind_name(place->kind));
        set_value(system, "dom0", json_boolean(place->is_dom0));
        set_value(system, "hypervisor", json_boolean(place->words.bit));
        set_text(system, "hypervisor_vendor", place->vendor);
        set_text(system, "xen_version", place->version);
        set_text(system, "guest_type", place->words.guest_type);
        set_text(system, "features", place->words.features);
        set_text(system, "capabilities", place->words.capabilities);
        set_text(system, "kernel", facts->kernel);
        set_value(system, "root", json_boolean(facts->is_root));
        set_bytes(system, "memory_bytes", facts->memory_bytes > 0, facts->memory_bytes);
        set_bytes(system, "machine_bytes", facts->machine_bytes > 0, facts->machine_bytes);
        set_text(system, "iommu", facts->iommu);
        return system;
}

static json_t *make_pat(const struct host_facts *facts)
{
        json_t *object = json_object();
        char text[64] = "";
        int entry = facts->has_pat ? pat_write_combining(&facts->pat) : -1;

        if (facts->has_msr)
                snprintf(text, sizeof(text), "%016llx", (unsigned long long)facts->msr);
        set_text(object, "msr", text);
        if (facts->has_pat)
                pat_format(&facts->pat, text, sizeof(text));
        set_text(object, "types", facts->has_pat ? text : NULL);
        set_value(object, "write_combining", entry >= 0 ? json_integer(entry) : json_null());
        set_text(object, "linux", facts->pat_line);
        return object;
}

/* Calls `take` with every line of the log that means something here, at most LOG_LINES. */
static void each_line(const struct host_facts *facts,
        void (*take)(const char *line, const char *meaning, void *arg), void *arg)
{
        const char *at = facts->log;
        char line[512];
        size_t count = 0;

        while (at && count < LOG_LINES && kernellog_next(&at, line, sizeof(line))) {
                const char *meaning = diagnosis_line(line);

                if (!meaning)
                        continue;
                take(SHOWN(line), meaning, arg);
                count++;
        }
}

static void add_line(const char *line, const char *meaning, void *arg)
{
        json_array_append_new(arg, json_pack("{s:s, s:s}", "line", line, "meaning", meaning));
}

static json_t *make_log(const struct host_facts *facts)
{
        json_t *object = json_object(), *lines = json_array();

        set_value(object, "readable", json_boolean(facts->log != NULL));
        set_value(object, "whole", json_boolean(facts->log_is_whole));
        each_line(facts, add_line, lines);
        set_value(object, "lines", lines);
        return object;
}

static json_t *make_driver(const struct host_facts *facts)
{
        json_t *driver = json_object();

        set_value(driver, "loaded", json_boolean(facts->nvidia.loaded));
        set_value(driver, "installed", json_boolean(facts->nvidia.installed));
        set_text(driver, "version", facts->nvidia.version);
        set_value(driver, "open", json_boolean(facts->nvidia.is_open));
        set_text(driver, "firmware", facts->nvidia.firmware);
        return driver;
}

static json_t *make_gpus(const struct host_facts *facts)
{
        json_t *gpus = json_array();

        for (size_t i = 0; i < facts->gpus_count; i++) {
                json_t *gpu = json_object();

                set_text(gpu, "pci", facts->gpus[i].address);
                set_text(gpu, "device", facts->gpus[i].device);
                set_text(gpu, "driver", facts->gpus[i].driver);
                json_array_append_new(gpus, gpu);
        }
        return gpus;
}

static json_t *make_boot(const struct host_facts *facts)
{
        static const char *const modes[] = { [FIRMWARE_VARIABLES] = "uefi",
                [FIRMWARE_NO_ACCESS] = "uefi_without_variables",
                [FIRMWARE_BIOS] = "bios" };
        json_t *boot = json_object();

        set_text(boot, "mode", modes[facts->firmware]);
        set_value(boot, "secure_boot", json_boolean(facts->secure_boot));
        set_text(boot, "lockdown", facts->lockdown);
        set_text(boot, "esp", facts->esp.point);
        set_text(boot, "esp_device", facts->esp.device);
        set_bytes(boot, "esp_free_bytes", facts->esp.has_free, facts->esp.free_bytes);
        set_bytes(boot, "esp_needed_bytes", facts->esp.found, facts->esp.needed_bytes);
        set_value(boot, "installed", json_boolean(facts->esp.installed));
        set_text(boot, "xen", facts->xen.path);
        set_text(boot, "xen_entry", facts->xen.entry);
        set_value(boot, "xen_loadable", json_boolean(facts->xen.loadable));
        set_text(boot, "xen_advice", facts->xen.elf_advice);
        return boot;
}

static json_t *make_truth(enum truth truth)
{
        return truth == TRUTH_UNKNOWN ? json_null() : json_boolean(truth == TRUTH_YES);
}

static json_t *make_guests(const struct standing *standing)
{
        if (!standing->has_guests)
                return json_null();
        return json_integer((json_int_t)standing->guests);
}

/* Null where there is no pool: on a host that is none of XCP-ng's. */
static json_t *make_pool(const struct standing *standing)
{
        json_t *pool = standing->inventory.is_there ? json_object() : json_null();

        if (json_is_null(pool))
                return pool;
        set_text(pool, "host", standing->inventory.host);
        set_text(pool, "name", standing->name);
        set_value(pool, "enabled", make_truth(standing->enabled));
        set_value(pool, "master", make_truth(standing->master));
        set_value(pool, "ha", make_truth(standing->ha));
        set_text(pool, "unasked", standing->why);
        return pool;
}

static json_t *make_cuda(const struct diagnosis *diagnosis)
{
        return json_pack("{s:s, s:s?, s:s}", "answer", cuda_answer_name(diagnosis->cuda), "reason",
                cuda_reason_name(diagnosis->reason), "text", diagnosis->cuda_text);
}

static json_t *make_hurdles(const struct host_facts *facts)
{
        struct hurdle hurdles[HURDLES_MAX];
        size_t count = hurdles_find(facts, hurdles);
        json_t *list = json_array();

        for (size_t i = 0; i < count; i++) {
                json_t *entry = json_object();

                set_text(entry, "id", hurdles[i].id);
                set_text(entry, "state", hurdle_state_name(hurdles[i].state));
                set_text(entry, "text", hurdles[i].text);
                set_text(entry, "next", hurdles[i].next);
                json_array_append_new(list, entry);
        }
        return list;
}

static json_t *make_forestage(const struct host_facts *facts, const struct diagnosis *diagnosis)
{
        json_t *object = json_object(), *findings = json_array();

        set_value(object, "can_run", json_boolean(diagnosis->obstacles == 0));
        for (size_t i = 0; i < diagnosis->findings_count; i++) {
                const struct finding *finding = &diagnosis->findings[i];
                json_t *entry = json_object();

                set_text(entry, "id", finding->id);
                set_text(entry, "level", level_name(finding->level));
                set_text(entry, "text", finding->text);
                set_text(entry, "next", finding->next);
                json_array_append_new(findings, entry);
        }
        set_value(object, "findings", findings);
        set_text(object, "next", diagnosis->obstacles == 0 ? next_step(facts) : NULL);
        return object;
}

static void print_json(const struct host_facts *facts, const struct diagnosis *diagnosis)
{
        json_auto_t *object = json_object();

        set_text(object, "schema", "forestage-doctor/1");
        set_text(object, "version", FORESTAGE_VERSION);
        set_value(object, "cuda", make_cuda(diagnosis));
        set_value(object, "hurdles", make_hurdles(facts));
        set_value(object, "forestage", make_forestage(facts, diagnosis));
        set_value(object, "system", make_system(facts));
        set_value(object, "pat", make_pat(facts));
        set_value(object, "driver", make_driver(facts));
        set_value(object, "gpus", make_gpus(facts));
        set_value(object, "boot", make_boot(facts));
        set_value(object, "guests", make_guests(&facts->standing));
        set_value(object, "pool", make_pool(&facts->standing));
        set_value(object, "log", make_log(facts));
        document_print(object);
}

/* --- text: what came from files was made safe to print when it was read --- */

#define say(label, ...) print_labelled(stdout, (label), __VA_ARGS__)

static void print_system(const struct host_facts *facts)
{
        static const char *const names[] = { [SYSTEM_BARE] = "bare Linux",
                [SYSTEM_PV] = "PV",
                [SYSTEM_PVH] = "PVH",
                [SYSTEM_HVM] = "HVM",
                [SYSTEM_XEN] = "some kind of",
                [SYSTEM_OTHER] = "under another hypervisor" };
        const struct hypervisor *place = &facts->hypervisor;
        bool is_xen = place->kind != SYSTEM_BARE && place->kind != SYSTEM_OTHER;

        if (is_xen)
                say("System:", "%s %s of Xen %s, Linux %s", names[place->kind],
                        place->is_dom0 ? "dom0" : "guest",
                        *place->version ? place->version : "(version not known)", facts->kernel);
        else
                say("System:", "%s, Linux %s%s%s", names[place->kind], facts->kernel,
                        *place->vendor ? ", CPUID says " : "", place->vendor);
        say("Memory:", "%llu MiB%s", (unsigned long long)(facts->memory_bytes >> 20),
                is_xen ? " in this domain" : "");
        if (facts->machine_bytes)
                say("", "%llu MiB in the machine",
                        (unsigned long long)(facts->machine_bytes >> 20));
        say("IOMMU:", "%s", facts->iommu);
}

static void print_pat(const struct host_facts *facts)
{
        char types[64] = "", msr[24] = "";
        int entry;

        if (!facts->has_pat) {
                say("PAT:", "could not be read (as root: modprobe msr)");
                return;
        }
        entry = pat_write_combining(&facts->pat);
        pat_format(&facts->pat, types, sizeof(types));
        if (facts->has_msr)
                snprintf(msr, sizeof(msr), "%016llx: ", (unsigned long long)facts->msr);
        if (entry < 0)
                say("PAT:", "%s%s; no write-combining", msr, types);
        else
                say("PAT:", "%s%s; write-combining (WC) in entry %d%s", msr, types, entry,
                        facts->has_msr && facts->msr == PAT_XEN ? ", Xen's table for PV domains"
                                                                : "");
}

static void print_driver(const struct host_facts *facts)
{
        const struct nvidia *nvidia = &facts->nvidia;

        if (nvidia->installed)
                say("Driver:", "NVIDIA %s, %s, %s%s%s", nvidia->version,
                        nvidia->is_open ? "open modules" : "proprietary modules",
                        nvidia->loaded ? "loaded" : "not loaded",
                        *nvidia->firmware ? ", firmware " : "", nvidia->firmware);
        else
                say("Driver:", "no NVIDIA driver is installed in this system (Forestage brings its "
                               "own)");
        for (size_t i = 0; i < facts->gpus_count; i++)
                say(i == 0 ? "GPUs:" : "", "%s, device %s, %s%s", facts->gpus[i].address,
                        facts->gpus[i].device, *facts->gpus[i].driver ? "driver " : "no driver",
                        facts->gpus[i].driver);
        if (facts->gpus_count == 0)
                say("GPUs:", "none of NVIDIA's on the PCI bus");
}

static void print_boot(const struct host_facts *facts)
{
        static const char *const modes[] = { [FIRMWARE_VARIABLES] = "UEFI",
                [FIRMWARE_NO_ACCESS] = "UEFI, without its variables",
                [FIRMWARE_BIOS] = "BIOS" };

        say("Boot:", "%s; Secure Boot %s; lockdown %s", modes[facts->firmware],
                facts->firmware == FIRMWARE_VARIABLES ? (facts->secure_boot ? "on" : "off")
                                                      : "cannot be seen",
                *facts->lockdown ? facts->lockdown : "not in this kernel");
        if (facts->esp.found)
                say("ESP:", "%s%s%s%s%s, %llu MiB free, %llu MiB needed%s", facts->esp.point,
                        *facts->esp.device ? " (" : "", facts->esp.device,
                        *facts->esp.device ? ")" : "", facts->esp.read_only ? ", read-only" : "",
                        (unsigned long long)(facts->esp.free_bytes >> 20),
                        (unsigned long long)((facts->esp.needed_bytes >> 20) + 1),
                        facts->esp.installed ? "; Forestage is installed" : "");
        else
                say("ESP:", "none is mounted");
        if (*facts->xen.path)
                say("Xen:", "%s (%s): kexec %s", facts->xen.path, facts->xen.entry,
                        facts->xen.loadable ? "can load it" : "CANNOT load it");
        else
                say("Xen:", "none that GRUB would start");
}

static void print_host(const struct standing *standing)
{
        char text[256];

        if (!standing->inventory.is_there)
                return;
        advice_describe(standing, text, sizeof(text));
        say("Host:", "%s", text);
}

static void print_log_line(const char *line, const char *meaning, void *arg)
{
        bool *first = arg;

        say(*first ? "Log:" : "", "%s", line);
        say("", "  = %s", meaning);
        *first = false;
}

static void print_log(const struct host_facts *facts)
{
        bool first = true;

        if (!facts->log) {
                say("Log:", "the kernel's log may not be read");
                return;
        }
        each_line(facts, print_log_line, &first);
        if (!facts->log_is_whole)
                say(first ? "Log:" : "",
                        "(the log's beginning is lost: lines of the boot may be missing)");
}

static void print_findings(const struct host_facts *facts, const struct diagnosis *diagnosis)
{
        static const char *const labels[] = { "Note:", "Warning:", "Obstacle:" };

        for (size_t i = 0; i < diagnosis->findings_count; i++) {
                const struct finding *finding = &diagnosis->findings[i];

                say(labels[finding->level], "%s", finding->text);
                if (*finding->next)
                        say("  do:", "%s", finding->next);
        }
        if (diagnosis->obstacles == 0)
                say("Next:", "%s", next_step(facts));
        if (!facts->xen.elf_advice)
                return;
        putchar('\n');
        print_lines(stdout, facts->xen.elf_advice);
}

/* In the order in which CUDA in this dom0 would meet them. */
static void print_hurdles(const struct host_facts *facts)
{
        struct hurdle hurdles[HURDLES_MAX];
        size_t count = hurdles_find(facts, hurdles);

        for (size_t i = 0; i < count; i++) {
                say(i == 0 ? "To CUDA:" : "", "%zu. %s: %s", i + 1,
                        hurdle_state_name(hurdles[i].state), hurdles[i].text);
                if (*hurdles[i].next)
                        say("  do:", "%s", hurdles[i].next);
        }
        if (count > 0)
                putchar('\n');
}

static void print_text(const struct host_facts *facts, const struct diagnosis *diagnosis)
{
        say("CUDA here:", "%s", diagnosis->cuda_text);
        if (diagnosis->obstacles == 0)
                say("Forestage:", "can run on this host");
        else
                say("Forestage:", "cannot run on this host as it is: %zu obstacle%s, below",
                        diagnosis->obstacles, diagnosis->obstacles == 1 ? "" : "s");
        putchar('\n');
        print_system(facts);
        print_pat(facts);
        print_driver(facts);
        print_boot(facts);
        print_host(&facts->standing);
        print_log(facts);
        putchar('\n');
        print_hurdles(facts);
        print_findings(facts, diagnosis);
}

static int doctor(const struct host *host, int argc, char **argv)
{
        _cleanup_free_ struct diagnosis *diagnosis = memory_get(sizeof(*diagnosis));
        _cleanup_free_ struct host_facts *facts = memory_get(sizeof(*facts));
        struct doctor_options given = { 0 };
        struct option_error wrong;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        facts_gather(host, facts);
        diagnosis_make(facts, diagnosis);
        if (given.json)
                print_json(facts, diagnosis);
        else
                print_text(facts, diagnosis);
        facts_free(facts);
        if (fflush(stdout) != 0 || ferror(stdout))
                return EXIT_INCOMPLETE;
        return diagnosis->obstacles == 0 ? EXIT_PASS : EXIT_FAIL;
}

const struct verb verb_doctor = {
        .name = "doctor",
        .options = options,
        .run = doctor,
};
