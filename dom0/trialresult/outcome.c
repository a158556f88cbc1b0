#include "dom0/trialresult/outcome.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/trialresult/sidebyside.h"
#include "version.h"

static json_t *value_of(const json_t *object, const char *key)
{
        json_t *value = get_value(object, key);

        return value ? json_incref(value) : json_null();
}

static json_t *time_of(const struct trial_phases *phases, enum trial_phase phase)
{
        time_t at = (time_t)phases->of[phase].at;
        char text[40];
        struct tm utc;

        if (!phases->of[phase].noted || !gmtime_r(&at, &utc))
                return json_null();
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
        return json_string(text);
}

static json_t *list_phases(const struct trial_phases *phases)
{
        json_t *list = json_array(), *text;

        for (enum trial_phase i = TRIAL_ARMED; i < TRIAL_PHASES; i++) {
                if (!phases->of[i].noted)
                        continue;
                text = *phases->of[i].text ? json_string(phases->of[i].text) : NULL;
                json_array_append_new(list,
                        json_pack("{s:s, s:I, s:o}", "phase", trial_phase_name(i), "at",
                                (json_int_t)phases->of[i].at, "text", text ? text : json_null()));
        }
        return list;
}

/* A run by its verdict, and what it says of the place that it was in. */
static json_t *describe_run(const json_t *run)
{
        return run ? json_pack("{s:o, s:o, s:o, s:o, s:o}", "run_id", value_of(run, "run_id"),
                             "verdict", value_of(run, "verdict"), "rehearsal",
                             value_of(run, "rehearsal"), "where", value_of(run, "where"), "devices",
                             value_of(run, "devices"))
                   : json_null();
}

static json_t *describe_driver(const json_t *plan)
{
        return json_pack("{s:o, s:o, s:o}", "folder", value_of(plan, "driver"), "version",
                value_of(plan, "driver_version"), "modules", value_of(plan, "modules"));
}

static json_t *describe_options(const json_t *plan)
{
        return json_pack("{s:o, s:o, s:o, s:o}", "xen", value_of(plan, "xen_options"), "dom0",
                value_of(plan, "dom0_options"), "host_xen", value_of(plan, "host_xen_options"),
                "host_dom0", value_of(plan, "host_dom0_options"));
}

static json_t *keep(json_t *list)
{
        return json_is_array(list) ? json_incref(list) : json_array();
}

static void add_plan(json_t *outcome, const struct trial_evidence *facts)
{
        static const char *const keys[] = { "trial", "order", "mode", "cached", "stay", "made" };

        set_value(outcome, "schema", json_string(OUTCOME_SCHEMA));
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                set_value(outcome, keys[i], value_of(facts->plan, keys[i]));
        set_value(outcome, "began", time_of(facts->phases, TRIAL_BEGIN));
        set_value(outcome, "ended", time_of(facts->phases, TRIAL_END));
        set_value(outcome, "phase", json_string(trial_phase_name(facts->phases->last)));
        set_value(outcome, "phases", list_phases(facts->phases));
}

static void add_place(json_t *outcome, const struct trial_evidence *facts)
{
        static const char *const keys[] = { "xen", "kernel", "hypervisor", "pat", "iommu", "cpu" };

        set_value(outcome, "driver", describe_driver(facts->plan));
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
                set_value(outcome, keys[i], value_of(facts->place, keys[i]));
        set_value(outcome, "options", describe_options(facts->plan));
        set_value(outcome, "version", json_string(FORESTAGE_VERSION));
}

json_t *outcome_make(const struct trial_evidence *facts)
{
        json_t *outcome = json_object();
        json_t *comparison = sidebyside_make(facts->baseline, facts->dom0);
        json_t *obstacle = obstacle_find(facts, comparison);
        const char *verdict = !facts->over ? "incomplete" : obstacle ? "fail" : "pass";

        add_plan(outcome, facts);
        set_value(outcome, "verdict", json_string(verdict));
        set_value(outcome, "rehearsal", json_boolean(obstacle_is_rehearsal(facts)));
        set_value(outcome, "obstacle", obstacle ? obstacle : json_null());
        set_value(outcome, "notes", keep((json_t *)facts->notes));
        set_value(outcome, "ladder", keep(get_value(facts->ladder, "steps")));
        set_value(outcome, "baseline", describe_run(facts->baseline));
        set_value(outcome, "dom0", describe_run(facts->dom0));
        set_value(outcome, "comparison", comparison);
        set_value(outcome, "kernel_log", obstacle_lines(facts->log));
        add_place(outcome, facts);
        return outcome;
}

char *outcome_headline(const json_t *outcome)
{
        const json_t *obstacle = get_value(outcome, "obstacle");
        const char *verdict = get_text(outcome, "verdict");

        if (strcmp(verdict, "pass") == 0)
                return memory_copy(
                        get_bool(outcome, "rehearsal")
                                ? "Rehearsal: no GPU was tried; all steps and jobs passed"
                                : "CUDA works in this dom0");
        if (strcmp(verdict, "fail") != 0)
                return memory_copy("It has not come to its end");
        return memory_format("Stops at %s", get_text(obstacle, "step"));
}
