/* The test of the GPU's own counters: what they say now, and since the check began. */
#include "runner/check/check.h"
#include "runner/check/check_standing.h"
#include "runner/machine/xid.h"

#define MAX_XIDS 16u

/* Xid messages about this GPU since the start. */
static size_t add_xids(struct check_run *run)
{
        struct health_watch *watch = &run->check->health;
        json_t *list = json_array();
        size_t count = 0, length;
        const char *line;
        struct xid xid;

        while (kernel_log_next(&watch->log, &line, &length)) {
                if (!xid_parse(line, length, &xid) || !xid_is_of(&xid, watch->device->pci))
                        continue;
                if (count++ == 0)
                        why_first(run->reason, "the driver reported: %s", xid.message);
                if (count <= MAX_XIDS)
                        json_array_append_new(list, json_pack("{s:i, s:s}", "xid", (int)xid.code,
                                                            "message", xid.message));
        }
        if (watch->log.fd >= 0)
                json_object_set(run->result, "xids", list);
        json_decref(list);
        return count;
}

static void add_readings(struct check_run *run, const struct health *now)
{
        static const struct {
                enum health_item item;
                const char *name;
                double scale;
        } readings[] = { { HEALTH_TEMPERATURE, "temperature_c", 1 },
                { HEALTH_POWER_MW, "power_w", 1e-3 }, { HEALTH_PCIE_WIDTH, "pcie_width", 1 },
                { HEALTH_PCIE_GENERATION, "pcie_generation", 1 },
                { HEALTH_NVLINKS_ACTIVE, "nvlinks_active", 1 },
                { HEALTH_NVLINK_MBPS, "nvlink_gbps", 1e-3 } };

        for (size_t i = 0; i < sizeof(readings) / sizeof(readings[0]); i++) {
                if (health_knows(now, readings[i].item))
                        check_number(run, readings[i].name,
                                (double)now->value[readings[i].item] * readings[i].scale);
        }
        json_object_set_new(run->result, "before", health_json(&run->check->health.before));
        json_object_set_new(run->result, "after", health_json(now));
        json_object_set_new(run->result, "source",
                json_string(run->check->health.nvml.library ? "nvml" : "sysfs"));
}

static void add_vbios(struct check_run *run)
{
        const struct standing_value *version = &run->check->standing.read.item[STANDING_VBIOS];

        if (version->known)
                json_object_set_new(run->result, "vbios", json_string(version->text));
}

/* How wide and how fast its links are when they are busy is known now alone. */
static void add_bridges(struct check_run *run)
{
        const struct bridges *bridges = &run->check->health.under_load;
        struct standing *standing = &run->check->standing.read;
        char word[STANDING_TEXT];

        if (bridges->count > 0)
                json_object_set_new(run->result, "bridges_under_load", bridges_json(bridges));
        if (bridges_judge(bridges, BRIDGE_WIDTH, word))
                standing_set_word(standing, STANDING_BRIDGE_WIDTH, word);
        if (bridges_judge(bridges, BRIDGE_GENERATION, word))
                standing_set_word(standing, STANDING_BRIDGE_GENERATION, word);
}

/* How it was before the first test, whatever has happened since. */
static size_t add_standing(struct check_run *run)
{
        char reason[WHY_SIZE];
        size_t failed;

        json_object_set_new(run->result, "standing",
                check_standing_judge(&run->check->job->check.standing, &run->check->standing.read,
                        &failed, reason));
        if (failed > 0)
                why_first(run->reason, "%s", reason);
        return failed;
}

/* Whether the GPU was held back while the tests ran. */
static size_t add_telemetry(struct check_run *run)
{
        unsigned long samples, throttled, starved;
        char reason[WHY_SIZE];

        telemetry_watch_counts(&run->check->telemetry, &samples, &throttled, &starved);
        if (samples == 0)
                return 0;
        check_count(run, "readings", samples);
        check_count(run, "throttled_readings", throttled);
        check_count(run, "starved", starved);
        if (!telemetry_complains(samples, throttled, starved, reason))
                return 0;
        why_first(run->reason, "%s", reason);
        return 1;
}

enum status check_health(struct check_run *run)
{
        struct health_watch *watch = &run->check->health;
        struct health now = health_read(watch);
        char reason[WHY_SIZE] = "";
        size_t complaints;

        standing_read_end(&run->check->standing);
        add_readings(run, &now);
        add_vbios(run);
        add_bridges(run);
        complaints = health_compare(&watch->before, &now, run->result, reason);
        if (complaints > 0)
                why_first(run->reason, "%s", reason);
        complaints += add_xids(run);
        complaints += add_standing(run);
        complaints += add_telemetry(run);
        if (complaints > 0)
                return STATUS_FAIL;
        if (now.known == 0)
                return check_say(run, STATUS_SKIP, "%s, and /sys says nothing about %s",
                        watch->without, watch->device->pci);
        return STATUS_PASS;
}
