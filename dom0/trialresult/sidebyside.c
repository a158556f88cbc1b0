#include "dom0/trialresult/sidebyside.h"

#include <stdbool.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/figures/numbers.h"

static json_t *copy_of(const json_t *object, const char *key)
{
        json_t *value = get_value(object, key);

        return value ? json_incref(value) : json_null();
}

static json_t *describe(const json_t *job)
{
        return job ? json_pack("{s:o, s:o, s:o}", "status", copy_of(job, "status"), "reason",
                             copy_of(job, "reason"), "wall_s", copy_of(job, "wall_s"))
                   : json_null();
}

/* --- outputs --- */

static const json_t *find_output(const json_t *outputs, const char *file)
{
        const json_t *output;
        size_t i;

        json_array_foreach(outputs, i, output)
                if (file && strcmp(get_text(output, "file"), file) == 0)
                        return output;
        return NULL;
}

/* Every one has a hash, and the other run's of that name has the same. */
static bool are_in(const json_t *outputs, const json_t *others)
{
        const json_t *output;
        size_t i;

        json_array_foreach(outputs, i, output) {
                const char *hash = get_string(output, "sha256");
                const json_t *other = find_output(others, get_string(output, "file"));

                if (!hash || !other || strcmp(get_text(other, "sha256"), hash) != 0)
                        return false;
        }
        return true;
}

static const char *compare_outputs(const json_t *baseline, const json_t *dom0)
{
        const json_t *left = get_value(baseline, "outputs"), *right = get_value(dom0, "outputs");

        if (!baseline || !dom0 || (json_array_size(left) == 0 && json_array_size(right) == 0))
                return "none";
        return json_array_size(left) == json_array_size(right) && are_in(left, right) &&
                               are_in(right, left)
                       ? "equal"
                       : "different";
}

/* --- figures --- */

static json_t *ratio_of(double baseline, double dom0)
{
        json_t *ratio = baseline > 0 ? json_real(dom0 / baseline) : NULL;

        return ratio ? ratio : json_null(); /* it may be no number */
}

static json_t *compare_figures(const json_t *baseline, const json_t *dom0)
{
        json_auto_t *left = numbers_of(baseline), *right = numbers_of(dom0);
        json_t *list = json_array(), *value;
        const char *name;

        json_object_foreach(left, name, value) {
                json_t *other = get_value(right, name);

                if (!other || numbers_kind(name) == NUMBERS_OTHER)
                        continue;
                json_array_append_new(list,
                        json_pack("{s:s, s:O, s:O, s:o}", "key", name, "baseline", value, "dom0",
                                other, "ratio",
                                ratio_of(json_number_value(value), json_number_value(other))));
        }
        return list;
}

static void add(json_t *list, const json_t *job, const json_t *baseline, const json_t *dom0)
{
        json_array_append_new(
                list, json_pack("{s:o, s:o, s:o, s:o, s:s, s:o}", "job", copy_of(job, "job"),
                              "device", copy_of(job, "device"), "baseline", describe(baseline),
                              "dom0", describe(dom0), "outputs", compare_outputs(baseline, dom0),
                              "figures", compare_figures(baseline, dom0)));
}

json_t *sidebyside_make(const json_t *baseline, const json_t *dom0)
{
        json_auto_t *left = numbers_index(baseline), *right = numbers_index(dom0);
        json_t *list = json_array(), *job;
        const char *key;

        json_object_foreach(left, key, job)
                add(list, job, job, get_value(right, key));
        json_object_foreach(right, key, job)
                if (!get_value(left, key))
                        add(list, job, NULL, job);
        return list;
}
