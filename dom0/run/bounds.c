#include "dom0/run/bounds.h"

#include <string.h>

/* What is limited, what is left out, and in what unit amounts are said: 10 for KiB, 20 for MiB. */
static const struct {
        const char *what;
        const char *items;
        unsigned shift;
} names[BOUNDS] = {
        [BOUND_PLAN] = { "entries in the plan", "entries", 0 },
        [BOUND_RECORD] = { "KiB of JSON in one record", "records", 10 },
        [BOUND_VALUES] = { "MiB of memory for the JSON of one record", "records", 20 },
        [BOUND_DEPTH] = { "levels of JSON in one another", "records", 0 },
        [BOUND_JSON] = { "MiB of memory for the JSON of all records", "records", 20 },
        [BOUND_FILES] = { "files for the planned jobs", "files", 0 },
        [BOUND_FOLDERS] = { "folders for the planned jobs", "files", 0 },
};

static uint64_t least(uint64_t a, uint64_t b)
{
        return a < b ? a : b;
}

/* What JSON of so many bytes may take in memory. */
static uint64_t json_room(uint64_t length, uint64_t most)
{
        return length > most ? most : least(BOUNDS_JSON_FIRST + BOUNDS_JSON_TIMES * length, most);
}

/* Files and folders are those of a plan of so many entries. */
static void set_entries(struct bounds *bounds, uint64_t entries)
{
        uint64_t most = BOUNDS_FIRST + BOUNDS_A_JOB * entries;

        bounds->of[BOUND_FILES].most = least(most, BOUNDS_FILES);
        bounds->of[BOUND_FOLDERS].most = least(most, BOUNDS_FOLDERS);
}

void bounds_start(struct bounds *ret_bounds)
{
        *ret_bounds = (struct bounds){ .of[BOUND_PLAN].most = BOUNDS_PLAN };
        set_entries(ret_bounds, 1);
}

static void want(struct bounds *bounds, enum bound limit, uint64_t amount)
{
        if (__builtin_add_overflow(bounds->of[limit].wanted, amount, &bounds->of[limit].wanted))
                bounds->of[limit].wanted = UINT64_MAX;
}

bool bounds_take(struct bounds *bounds, enum bound limit, uint64_t amount)
{
        want(bounds, limit, amount);
        if (amount > bounds->of[limit].most - bounds->of[limit].used) {
                bounds->of[limit].left_out++;
                return false;
        }
        bounds->of[limit].used += amount;
        return true;
}

uint64_t bounds_take_plan(struct bounds *bounds, uint64_t count)
{
        uint64_t taken = least(count, BOUNDS_PLAN);

        want(bounds, BOUND_PLAN, count);
        bounds->of[BOUND_PLAN].left_out += count - taken;
        set_entries(bounds, taken);
        return taken;
}

/* One text against one limit. */
struct comparison {
        enum bound limit;
        uint64_t asked, most;
};

/* The limit that a text is over; false: it is over none. */
static bool find_excess(
        const struct jsoncost *cost, uint64_t length, bool is_plan, struct comparison *ret_excess)
{
        const struct comparison all[] = {
                { BOUND_RECORD, length, is_plan ? BOUNDS_PLAN_BYTES : BOUNDS_RECORD_BYTES },
                { BOUND_DEPTH, cost->depth, BOUNDS_DEPTH },
                { BOUND_VALUES, cost->bytes, json_room(length, BOUNDS_RECORD_MOST) },
        };

        for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
                if (all[i].asked > all[i].most) {
                        *ret_excess = all[i];
                        return true;
                }
        return false;
}

bool bounds_json_fits(
        const struct jsoncost *cost, uint64_t length, bool is_plan, enum bound *ret_bound)
{
        struct comparison excess;

        if (!find_excess(cost, length, is_plan, &excess))
                return true;
        *ret_bound = excess.limit;
        return false;
}

/* Of several the one that asked for most is told of. */
bool bounds_check_json(
        struct bounds *bounds, const struct jsoncost *cost, uint64_t length, bool is_plan)
{
        struct comparison excess;

        if (!find_excess(cost, length, is_plan, &excess))
                return true;
        bounds->of[excess.limit].left_out++;
        if (excess.asked > bounds->of[excess.limit].wanted) {
                bounds->of[excess.limit].wanted = excess.asked;
                bounds->of[excess.limit].most = excess.most;
        }
        return false;
}

bool bounds_keep_json(struct bounds *bounds, const struct jsoncost *cost, uint64_t length)
{
        bounds->json_text += length; /* of records in one region: far below the most */
        bounds->of[BOUND_JSON].most = json_room(bounds->json_text, BOUNDS_JSON_MOST);
        return bounds_take(bounds, BOUND_JSON, cost->bytes);
}

/* A part of a unit is one more. */
static unsigned long long in_units(uint64_t amount, unsigned shift)
{
        uint64_t rest = amount & (((uint64_t)1 << shift) - 1);

        return (unsigned long long)((amount >> shift) + (rest != 0));
}

size_t bounds_explain(const struct bounds *bounds, struct problems *problems)
{
        size_t count = 0;

        for (int i = 0; i < BOUNDS; i++) {
                if (bounds->of[i].left_out == 0)
                        continue;
                count++;
                problem(problems, "over the limit of %llu %s: %llu asked for; left out: %llu %s",
                        (unsigned long long)(bounds->of[i].most >> names[i].shift), names[i].what,
                        in_units(bounds->of[i].wanted, names[i].shift),
                        (unsigned long long)bounds->of[i].left_out, names[i].items);
        }
        return count;
}

bool bounds_is_plan(const struct region_record *record)
{
        static const char name[] = "run.plan";

        return record->type == REGION_EVENT && record->name_length == strlen(name) &&
               memcmp(record->name, name, strlen(name)) == 0;
}
