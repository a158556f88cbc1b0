#include "dom0/state/state.h"

#include <stdio.h>
#include <string.h>

#include "efi/parse/repeat.h"
#include "lib/uuid.h"

static bool same(const char *left, const char *right)
{
        return *left && strcmp(left, right) == 0;
}

/* Whether a run is of an order: the order's own id, or one that is derived from it. */
static bool is_run_of(const char *run, const char *order, bool repeats)
{
        uint8_t run_id[16], order_id[16];
        uint32_t number;

        if (!repeats)
                return same(run, order);
        return uuid_parse(run, strlen(run), run_id) && uuid_parse(order, strlen(order), order_id) &&
               repeat_run_number(order_id, run_id, &number);
}

/* The order on the ESP was used already: its run is recorded, or this boot is its run. */
static bool is_spent(const struct state_facts *facts)
{
        return facts->has_order && !facts->order_repeats &&
               (same(facts->last_run, facts->order) ||
                       (facts->has_boot && same(facts->boot, facts->order)));
}

static bool is_live(const struct state_facts *facts)
{
        return facts->has_order && !is_spent(facts);
}

static bool variable_knows_armed(const struct state_facts *facts)
{
        return facts->has_variables &&
               is_run_of(facts->last_run, facts->armed, facts->armed_repeats);
}

/* The run of the last order that has left no results, if there is one. */
static const char *find_lost(const struct state_facts *facts)
{
        if (!facts->has_armed)
                return NULL;
        if (variable_knows_armed(facts)) {
                bool here = facts->has_boot && same(facts->boot, facts->last_run);

                return here || facts->last_collected ? NULL : facts->last_run;
        }
        if (facts->has_variables || facts->armed_repeats || is_live(facts) ||
                facts->armed_collected || facts->esp_is_missing)
                return NULL;
        return facts->has_boot && same(facts->boot, facts->armed) ? NULL : facts->armed;
}

static const char *find_phase(const struct state_facts *facts, const char *lost)
{
        if (!lost)
                return NULL;
        if (!facts->has_variables)
                return "unknown";
        return same(facts->phase_run, lost) && *facts->phase ? facts->phase : "efi";
}

static bool was_never_started(const struct state_facts *facts)
{
        return facts->has_armed && facts->has_variables && !facts->armed_repeats &&
               !facts->esp_is_missing && !facts->has_order && !facts->armed_collected &&
               !variable_knows_armed(facts) &&
               !(facts->has_boot && same(facts->boot, facts->armed));
}

static enum state_kind find_kind(
        const struct state_facts *facts, const char *lost, const char **ret_run)
{
        bool variable_run = variable_knows_armed(facts) && facts->last_collected;
        const struct {
                bool applies;
                enum state_kind kind;
                const char *run;
        } rows[] = {
                { facts->has_boot && !facts->boot_collected, STATE_WAITING, facts->boot },
                { is_live(facts), STATE_ARMED, facts->order },
                { lost != NULL, STATE_LOST, lost },
                { facts->has_boot, STATE_COLLECTED, facts->boot },
                { facts->esp_is_missing, STATE_UNKNOWN, "" },
                { variable_run, STATE_COLLECTED, facts->last_run },
                { facts->has_armed && facts->armed_collected, STATE_COLLECTED, facts->armed },
                { facts->installed, STATE_IDLE, "" },
        };

        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
                if (rows[i].applies) {
                        *ret_run = rows[i].run;
                        return rows[i].kind;
                }
        *ret_run = "";
        return STATE_NOT_INSTALLED;
}

struct state state_decide(const struct state_facts *facts)
{
        const char *lost = find_lost(facts), *run;
        struct state state = {
                .phase = find_phase(facts, lost),
                .never_started = was_never_started(facts),
                .spent = is_spent(facts),
        };

        state.kind = find_kind(facts, lost, &run);
        snprintf(state.run, sizeof(state.run), "%s", run);
        snprintf(state.lost, sizeof(state.lost), "%s", lost ? lost : "");
        return state;
}

static const struct {
        const char *name, *text;
} kinds[] = {
        [STATE_NOT_INSTALLED] = { "not-installed", "no run here, and Forestage is not installed" },
        [STATE_IDLE] = { "idle", "installed; no run is armed" },
        [STATE_ARMED] = { "armed", "a run is armed" },
        [STATE_LOST] = { "lost", "a run was started and has left no results" },
        [STATE_WAITING] = { "waiting", "results are waiting to be collected" },
        [STATE_COLLECTED] = { "collected", "the results are collected" },
        [STATE_UNKNOWN] = { "unknown", "cannot be told" },
        [STATE_CHANGING] = { "changing", "is being changed" },
};

const char *state_name(enum state_kind kind)
{
        return kinds[kind].name;
}

const char *state_text(enum state_kind kind)
{
        return kinds[kind].text;
}

const char *state_phase_text(const char *phase)
{
        static const struct {
                const char *word, *text;
        } phases[] = {
                { "efi", "in forestage.efi, or while Linux started, or somebody skipped it with a "
                         "key" },
                { "region", "while Linux opened the region" },
                { "driver", "while the GPU driver was loaded" },
                { "fabric", "while Fabric Manager set the NVSwitches up" },
                { "driver_leave", "while the GPU driver was unloaded" },
                { "store", "while the stage looked for its store on the disks" },
                { "jobs", "while the jobs ran" },
                { "kexec_load", "while Xen was loaded" },
                { "kexec", "at the hand-off: the results could not be sealed, Xen or dom0 did not "
                           "come up, or the machine was rebooted before they were collected" },
                { "driver_stuck",
                        "at the end: the GPU driver could not be unloaded, and the stage reset "
                        "the machine instead of starting Xen" },
                { "reset", "at the end: Xen could not be loaded, and the stage reset the machine" },
                { "unknown", "somewhere: this dom0 has no EFI variables that would say where" },
        };

        for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
                if (strcmp(phases[i].word, phase) == 0)
                        return phases[i].text;
        return "in a phase that this version does not know";
}
