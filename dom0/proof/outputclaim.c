/* What a job's outputs must be for its pass to be believed: there, whole, and compared. */
#include "dom0/proof/outputclaim.h"

#include <stdio.h>
#include <string.h>

#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/run/fields.h"
#include "dom0/run/file.h"
#include "record/result.h"

/* The record of an output's bytes is there, and they are. */
static bool output_there(const struct claim *claim, const json_t *output)
{
        const char *name = get_text(output, "file");
        char path[2 * REGION_MAX_NAME], found[2 * SHA256_SIZE + 1];
        const struct run_file *file;
        int length = snprintf(path, sizeof(path), "jobs/%s/%s", claim->key, name);

        if (length < 0 || (size_t)length >= sizeof(path))
                return claim_miss(claim, "the name of an output is too long");
        file = intake_find_file(claim->intake, path);
        if (!file)
                return claim_miss(claim, "its output %s is not in the region", SHOWN(name));
        if (file->problem)
                return claim_miss(claim, "its output %s cannot be had from the store", SHOWN(name));
        if (get_integer(output, "bytes") != (json_int_t)file->length)
                return claim_miss(
                        claim, "its output %s has another size than it says", SHOWN(name));
        sha256_format(file->sha256, found);
        return strcmp(get_text(output, "sha256"), found) == 0 ||
               claim_miss(claim, "its output %s has another SHA-256 than it says", SHOWN(name));
}

/* An output that was compared is as expected, and not of no bytes. */
static bool output_held(const struct claim *claim, const json_t *output)
{
        const char *name = get_text(output, "file"), *expect = get_text(output, "expect");

        if (strcmp(expect, "fail") == 0)
                return claim_miss(claim, "its output %s is not as expected", SHOWN(name));
        if (fields_unclean(output, record_output_keys))
                return claim_miss(claim, "its output %s has wrong elements", SHOWN(name));
        if (*expect && get_integer(output, "bytes") == 0)
                return claim_miss(
                        claim, "its output %s was compared and has no bytes", SHOWN(name));
        return true;
}

bool claim_outputs_hold(const struct claim *claim)
{
        json_t *output;
        size_t i;

        json_array_foreach(get_value(claim->result, "outputs"), i, output) {
                const char *name = get_text(output, "file");

                if (get_value(claim->outputs, name) != output)
                        return claim_miss(claim, "its output %s is listed twice", SHOWN(name));
                if (!output_there(claim, output) || !output_held(claim, output))
                        return false;
        }
        return true;
}

bool claim_expectations_compared(const struct claim *claim)
{
        json_t *expected = get_value(claim->promise, "expect"), *name, *output;
        size_t compared = 0, i;

        json_array_foreach(expected, i, name) {
                const char *text = json_string_value(name);

                if (!*get_text(get_value(claim->outputs, text), "expect"))
                        return claim_miss(
                                claim, "its expectation %s was never compared", SHOWN(text));
        }
        json_array_foreach(get_value(claim->result, "outputs"), i, output) {
                const char *text = get_text(output, "file");

                if (!*get_text(output, "expect"))
                        continue;
                compared++;
                if (claim->strict && !get_value(claim->expects, text))
                        return claim_miss(claim, "its output %s was compared, which is not planned",
                                SHOWN(text));
        }
        return !claim->strict || compared == json_array_size(expected) ||
               claim_miss(claim, "the plan has an expectation of it twice");
}

bool claim_one_compared(const struct claim *claim)
{
        json_t *output;
        size_t i;

        json_array_foreach(get_value(claim->result, "outputs"), i, output) {
                if (*get_text(output, "expect"))
                        return true;
        }
        return claim_miss(claim, "it compared no output with an expectation");
}

/* What a kernel writes is known before it runs. */
bool claim_outputs_planned(const struct claim *claim)
{
        json_t *planned = get_value(claim->promise, "outputs"), *one;
        size_t i;

        if (!claim->strict)
                return true;
        if (!json_is_array(planned) || !json_is_array(get_value(claim->promise, "expect")))
                return claim_miss(claim, "the plan does not say what it writes and compares");
        json_array_foreach(planned, i, one) {
                if (!get_value(claim->outputs, json_string_value(one)))
                        return claim_miss(claim, "its output %s was never recorded",
                                SHOWN(json_string_value(one)));
        }
        json_array_foreach(get_value(claim->result, "outputs"), i, one) {
                if (!get_value(claim->writes, get_text(one, "file")))
                        return claim_miss(claim, "its output %s is not planned",
                                SHOWN(get_text(one, "file")));
        }
        return i == json_array_size(planned) ||
               claim_miss(claim, "the plan has an output of it twice");
}

bool claim_program_planned(const struct claim *claim)
{
        return !claim->strict || json_is_array(get_value(claim->promise, "expect")) ||
               claim_miss(claim, "the plan does not say what it compares");
}

/* Whether a file of the job need not be an output: what its process printed, and a baseline. */
static bool is_beside(const struct claim *claim, const char *name)
{
        bool check = strcmp(get_text(claim->result, "kind"), "check") == 0;

        return strcmp(name, "stdout") == 0 || strcmp(name, "stderr") == 0 ||
               (check && strcmp(name, "baseline.json") == 0);
}

bool claim_files_listed(const struct claim *claim)
{
        size_t folder = sizeof("jobs/") + strlen(claim->key);
        json_t *path;
        size_t i;

        json_array_foreach(get_value(claim->intake->job_files, claim->key), i, path) {
                const char *name = json_string_value(path) + folder;

                if (claim->strict && !get_value(claim->outputs, name) && !is_beside(claim, name))
                        return claim_miss(
                                claim, "its RESULT does not list its file %s", SHOWN(name));
        }
        return true;
}
