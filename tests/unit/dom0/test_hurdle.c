/* What stands between a dom0 and CUDA, in order: doctor's list, made of made-up hosts. */
#include <stdio.h>

#include "dom0/doctor/dom0memory.h"
#include "dom0/doctor/hurdle.h"
#include "tests/unit/tap.h"

#define COLD_LOG "6,0,100,-;Linux version 4.19.0+1\n"
#define GPFN     COLD_LOG "6,1,200,-;Using GPFN IOMMU mode, 1-to-1 offset is 0x8000000000\n"
#define FULL     COLD_LOG "4,1,200,-;nvidia 0000:01:00.0: swiotlb buffer is full (sz: 319488)\n"

struct row {
        const char *what;
        enum system_kind kind;
        const char *version; /* of the driver; NULL: none is installed */
        bool proprietary, iommu_off, pat_off;
        const char *cpu, *log; /* NULL: the log may not be read */
        enum dom0_memory memory;
        const char *gpu_driver; /* NULL: there is no GPU */
        const char *expected;   /* "state id" of each, in order */
};

#define PV    .kind = SYSTEM_PV
#define PVH   .kind = SYSTEM_PVH
#define INTEL .cpu = "GenuineIntel", .log = COLD_LOG, .memory = MEMORY_FIXED, .gpu_driver = "nvidia"
#define AMD   .cpu = "AuthenticAMD", .log = COLD_LOG, .memory = MEMORY_FIXED, .gpu_driver = "nvidia"
#define LAST  "unknown untried"

static const struct row rows[] = {
        { "535, Intel", PV, "535.261.03", INTEL,
                .expected = "blocks table, risks bounce_buffers, " LAST },
        { "the last that refuses", PV, "595.80", INTEL,
                .expected = "blocks table, risks bounce_buffers, " LAST },
        { "between the two that were read", PV, "600.10.01", INTEL,
                .expected = "unknown table, risks bounce_buffers, " LAST },
        { "610, Intel, IOMMU on", PV, "610.43.02", INTEL,
                .expected = "risks bounce_buffers, " LAST },
        { "610, Intel, IOMMU off", PV, "610.43.02", INTEL, .iommu_off = true,
                .expected = "risks bounce_buffers, " LAST },
        { "610, XCP-ng's PV-IOMMU", PV, "610.43.02", .cpu = "GenuineIntel", .log = GPFN,
                .memory = MEMORY_ELASTIC, .gpu_driver = "nvidia", .expected = LAST },
        { "610, AMD, IOMMU on", PV, "610.43.02", AMD, .expected = "risks bounce_buffers, " LAST },
        { "610, AMD, IOMMU off", PV, "610.43.02", AMD, .iommu_off = true,
                .expected = "risks bounce_buffers, " LAST },
        { "610, proprietary", PV, "610.43.02", .proprietary = true, INTEL,
                .expected = "unknown table, risks bounce_buffers, " LAST },
        { "535, PVH", PVH, "535.261.03", INTEL, .expected = LAST },
        { "610, PVH, AMD", PVH, "610.43.02", AMD, .expected = LAST },
        { "PVH, write-combining switched off", PVH, "535.261.03", .pat_off = true, INTEL,
                .expected = "blocks module_option, " LAST },
        { "no driver", PV, NULL, INTEL, .expected = "blocks driver, risks bounce_buffers, " LAST },
        { "no driver, PVH", PVH, NULL, INTEL, .expected = "blocks driver, " LAST },
        { "bounced already", PV, "610.43.02", .cpu = "GenuineIntel", .log = FULL,
                .memory = MEMORY_FIXED, .gpu_driver = "nvidia",
                .expected = "blocks bounce_buffers, " LAST },
        { "the log may not be read", PV, "610.43.02", .cpu = "GenuineIntel", .memory = MEMORY_FIXED,
                .gpu_driver = "nvidia", .expected = "unknown bounce_buffers, " LAST },
        { "ballooning", PV, "610.43.02", .cpu = "GenuineIntel", .log = COLD_LOG,
                .memory = MEMORY_ELASTIC, .gpu_driver = "nvidia",
                .expected = "risks bounce_buffers, risks ballooning, " LAST },
        { "ballooning not known", PV, "610.43.02", .cpu = "GenuineIntel", .log = COLD_LOG,
                .memory = MEMORY_UNKNOWN, .gpu_driver = "nvidia",
                .expected = "risks bounce_buffers, unknown ballooning, " LAST },
        { "set aside", PVH, "610.43.02", .cpu = "GenuineIntel", .log = COLD_LOG,
                .memory = MEMORY_FIXED, .gpu_driver = "pciback",
                .expected = "blocks set_aside, " LAST },
        { "no GPU", PVH, "610.43.02", .cpu = "GenuineIntel", .log = COLD_LOG,
                .memory = MEMORY_FIXED, .expected = "blocks gpu, " LAST },
};

static struct host_facts *make_facts(const struct row *row)
{
        static struct host_facts facts;

        facts = (struct host_facts){ .hypervisor = { .kind = row->kind, .is_dom0 = true },
                .iommu_off = row->iommu_off,
                .dom0_memory = row->memory,
                .log_is_whole = row->log != NULL,
                .nvidia = { .installed = row->version != NULL,
                        .is_open = !row->proprietary,
                        .pat_off = row->pat_off } };
        if (row->log)
                facts.log = strdup(row->log);
        snprintf(facts.cpu, sizeof(facts.cpu), "%s", row->cpu);
        snprintf(facts.nvidia.version, sizeof(facts.nvidia.version), "%s",
                row->version ? row->version : "");
        if (row->gpu_driver)
                snprintf(facts.gpus[facts.gpus_count++].driver, sizeof(facts.gpus[0].driver), "%s",
                        row->gpu_driver);
        return &facts;
}

static void each_host_has_its_hurdles(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
                struct host_facts *facts = make_facts(&rows[i]);
                struct hurdle hurdles[HURDLES_MAX];
                size_t count = hurdles_find(facts, hurdles);
                char found[300] = "";

                for (size_t at = 0; at < count; at++)
                        snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s %s",
                                at > 0 ? ", " : "", hurdle_state_name(hurdles[at].state),
                                hurdles[at].id);
                if (strcmp(found, rows[i].expected) != 0)
                        fail_msg("%s: %s, not %s", rows[i].what, found, rows[i].expected);
                for (size_t at = 0; at < count; at++) {
                        assert_true(strlen(hurdles[at].text) < sizeof(hurdles[at].text) - 1);
                        assert_true(strlen(hurdles[at].next) < sizeof(hurdles[at].next) - 1);
                }
                facts_free(facts);
        }
}

/* The advice must fit the machine: PV-IOMMU is no way out on AMD's, and switched-off VT-d is named.
 */
static void advice_fits_the_processor(void **state)
{
        static const struct {
                const char *cpu;
                bool off;
                const char *text, *next;
        } hosts[] = {
                { "AuthenticAMD", true, "not for AMD's processors", "dom0=pvh" },
                { "AuthenticAMD", false, "not for AMD's processors", "dom0=pvh" },
                { "GenuineIntel", true, "The IOMMU is off", "VT-d" },
                { "GenuineIntel", false, "wrong bytes without an error", "GPFN IOMMU mode" },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
                struct row row = { "", PV, "610.43.02", .cpu = hosts[i].cpu, .log = COLD_LOG,
                        .iommu_off = hosts[i].off, .memory = MEMORY_FIXED, .gpu_driver = "nvidia" };
                struct host_facts *facts = make_facts(&row);
                struct hurdle hurdles[HURDLES_MAX];

                assert_int_equal(hurdles_find(facts, hurdles), 2);
                assert_non_null(strstr(hurdles[0].text, hosts[i].text));
                assert_non_null(strstr(hurdles[0].next, hosts[i].next));
                facts_free(facts);
        }
}

static void what_is_no_dom0_has_none(void **state)
{
        struct row row = { "", .kind = SYSTEM_BARE, "535.261.03", INTEL };
        struct host_facts *facts = make_facts(&row);
        struct hurdle hurdles[HURDLES_MAX];

        (void)state;
        facts->hypervisor.is_dom0 = false;
        assert_int_equal(hurdles_find(facts, hurdles), 0);
        facts->hypervisor.kind = SYSTEM_PV; /* a guest */
        assert_int_equal(hurdles_find(facts, hurdles), 0);
        facts_free(facts);
}

static void memory_is_fixed_by_size_and_most(void **state)
{
        static const struct {
                const char *line;
                enum dom0_memory memory;
        } lines[] = {
                { "", MEMORY_UNKNOWN },
                { "placeholder", MEMORY_ELASTIC },
                { "dom0_mem=4192M,max:4192M watchdog", MEMORY_FIXED },
                { "ucode=scan dom0_mem=4G,max:4096M", MEMORY_FIXED },
                { "dom0_mem=max:1G,1048576", MEMORY_FIXED },
                { "dom0_mem=1073741824B,max:1g", MEMORY_FIXED },
                { "dom0_mem=1G,min:512M,max:1G", MEMORY_FIXED },
                { "dom0_mem=4G", MEMORY_ELASTIC },
                { "dom0_mem=max:4G", MEMORY_ELASTIC },
                { "dom0_mem=4G,max:8G", MEMORY_ELASTIC },
                { "dom0_mem=", MEMORY_ELASTIC },
                { "dom0_mem=,,max:", MEMORY_ELASTIC },
                { "dom0_mem=4G,max:4G dom0_mem=2G", MEMORY_ELASTIC },
                { "xdom0_mem=4G,max:4G", MEMORY_ELASTIC },
        };

        (void)state;
        for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
                if (dom0_memory_read(lines[i].line) != lines[i].memory)
                        fail_msg("%s", lines[i].line);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_host_has_its_hurdles),
                cmocka_unit_test(advice_fits_the_processor),
                cmocka_unit_test(what_is_no_dom0_has_none),
                cmocka_unit_test(memory_is_fixed_by_size_and_most),
        };

        return run_tap(tests);
}
