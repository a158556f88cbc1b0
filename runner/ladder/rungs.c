#include "runner/ladder/rungs.h"

#include <stdlib.h>
#include <string.h>

#define NOT_REACHED "not reached"

static bool add(struct rungs *rungs, enum ladder_step step, int device)
{
        struct rung *rung = &rungs->rung[rungs->count];

        *rung = (struct rung){ .step = step, .device = device, .status = STATUS_NOTRUN };
        rung->reason = strdup(NOT_REACHED);
        rungs->count += rung->reason != NULL;
        return rung->reason != NULL;
}

bool rungs_make(struct rungs *ret_rungs)
{
        struct rungs rungs = { .rung = calloc(LADDER_STEPS, sizeof(*rungs.rung)) };

        for (unsigned step = 0; rungs.rung && step < LADDER_STEPS; step++) {
                if (!add(&rungs, step, RUNG_NO_DEVICE))
                        break;
        }
        if (rungs.count < LADDER_STEPS) {
                rungs_clear(&rungs);
                return false;
        }
        *ret_rungs = rungs;
        return true;
}

static void drop(struct rung *rung)
{
        free(rung->reason);
        json_decref(rung->figures);
}

void rungs_clear(struct rungs *rungs)
{
        for (size_t i = 0; i < rungs->count; i++)
                drop(&rungs->rung[i]);
        free(rungs->rung);
        memset(rungs, 0, sizeof(*rungs));
}

bool rungs_spread(struct rungs *rungs, const int *device, size_t count)
{
        size_t most = LADDER_CONTEXT + count * (LADDER_STEPS - LADDER_CONTEXT);
        struct rung *grown = realloc(rungs->rung, most * sizeof(*grown));

        if (!grown)
                return false;
        rungs->rung = grown;
        while (rungs->count > LADDER_CONTEXT)
                drop(&rungs->rung[--rungs->count]);
        for (size_t i = 0; i < count; i++) {
                for (unsigned step = LADDER_CONTEXT; step < LADDER_STEPS; step++) {
                        if (!add(rungs, step, device[i]))
                                return false;
                }
        }
        return true;
}

void rungs_settle(struct rungs *rungs, size_t number, enum status status, double seconds,
        const char *reason, json_t *figures)
{
        struct rung *rung = &rungs->rung[number];

        drop(rung);
        rung->status = status;
        rung->seconds = seconds;
        rung->reason = reason && *reason ? strdup(reason) : NULL;
        rung->figures = figures;
}

uint32_t rungs_passed(const struct rungs *rungs, int device)
{
        uint32_t passed = 0;

        for (size_t i = 0; i < rungs->count; i++) {
                const struct rung *rung = &rungs->rung[i];

                if ((rung->status == STATUS_PASS || rung->status == STATUS_SKIP) &&
                        (rung->device == RUNG_NO_DEVICE || rung->device == device))
                        passed |= LADDER_BIT(rung->step);
        }
        return passed;
}

static const struct rung *first_of(const struct rungs *rungs, uint32_t statuses)
{
        for (size_t i = 0; i < rungs->count; i++) {
                if (statuses & UINT32_C(1) << rungs->rung[i].status)
                        return &rungs->rung[i];
        }
        return NULL;
}

const struct rung *rungs_obstacle(const struct rungs *rungs)
{
        const struct rung *failed =
                first_of(rungs, 1u << STATUS_FAIL | 1u << STATUS_ERROR | 1u << STATUS_TIMEOUT);

        return failed ? failed : first_of(rungs, 1u << STATUS_NOTRUN);
}

bool rungs_hold(const struct rungs *rungs)
{
        return !rungs_obstacle(rungs);
}

static json_t *name_of(const struct rung *rung)
{
        return rung ? json_string(ladder_rows[rung->step].name) : json_null();
}

static json_t *rung_json(const struct rung *rung)
{
        json_t *object = json_pack("{s:s, s:s, s:s, s:f, s:s?, s:o}", "step",
                ladder_rows[rung->step].name, "title", ladder_rows[rung->step].title, "status",
                status_name(rung->status), "seconds", rung->seconds, "reason", rung->reason,
                "figures", rung->figures ? json_incref(rung->figures) : json_object());

        json_object_set_new(object, "device",
                rung->device == RUNG_NO_DEVICE ? json_null() : json_integer(rung->device));
        return object;
}

json_t *rungs_json(const struct rungs *rungs, const struct rung *running)
{
        json_t *list = json_array();

        for (size_t i = 0; i < rungs->count; i++)
                json_array_append_new(list, rung_json(&rungs->rung[i]));
        return json_pack("{s:s, s:b, s:o, s:o, s:o}", "schema", "forestage-ladder/1", "rehearsal",
                rungs->rehearsal, "running", name_of(running), "steps", list, "obstacle",
                name_of(running ? NULL : rungs_obstacle(rungs)));
}
