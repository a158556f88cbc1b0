#include "dom0/trialrecord/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/durable.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/run/document.h"
#include "dom0/run/jsonfile.h"
#include "files/owner.h"
#include "lib/cleanup.h"
#include "lib/sha256.h"

#define PLAN_BYTES  ((off_t)1 << 20)
#define SECONDS_MAX (7 * 24 * 3600)
#define JOBS_MAX    100000

/* --- what a value must be; NULL, or what it is instead --- */

static const char *is_uuid(const json_t *value)
{
        const char *text = json_string_value(value);
        char again[UUID_LENGTH + 1];
        uint8_t id[16];

        if (!text || !uuid_parse(text, strlen(text), id))
                return "no UUID";
        uuid_format(id, again);
        return strcmp(again, text) == 0 ? NULL : "a UUID that is not in lower case";
}

static const char *is_schema(const json_t *value)
{
        const char *text = json_string_value(value);

        return text && strcmp(text, TRIAL_PLAN_SCHEMA) == 0 ? NULL : "not " TRIAL_PLAN_SCHEMA;
}

static const char *is_text(const json_t *value)
{
        return json_is_string(value) ? NULL : "no text";
}

static const char *is_text_or_null(const json_t *value)
{
        return json_is_null(value) || json_is_string(value) ? NULL : "neither a text nor null";
}

static const char *is_mode(const json_t *value)
{
        const char *text = json_string_value(value);

        return text && (strcmp(text, "pv") == 0 || strcmp(text, "pvh") == 0) ? NULL
                                                                             : "neither pv nor pvh";
}

static const char *is_modes(const json_t *value)
{
        const json_t *mode;
        size_t i;

        if (!json_is_array(value) || json_array_size(value) > 2)
                return "no list of at most two";
        json_array_foreach(value, i, mode)
                if (is_mode(mode))
                        return "a list of something else than pv and pvh";
        return NULL;
}

static const char *is_truth(const json_t *value)
{
        return json_is_boolean(value) ? NULL : "neither true nor false";
}

static const char *is_seconds(const json_t *value)
{
        json_int_t number = json_integer_value(value);

        return json_is_integer(value) && number > 0 && number <= SECONDS_MAX
                       ? NULL
                       : "no number of seconds between 1 and a week";
}

static const char *is_count(const json_t *value)
{
        json_int_t number = json_integer_value(value);

        return json_is_integer(value) && number >= 0 && number <= JOBS_MAX ? NULL
                                                                           : "no number of jobs";
}

/* Absolute, and without a part that leads elsewhere. */
static const char *is_path(const json_t *value)
{
        const char *text = json_string_value(value);

        if (!text || *text != '/')
                return "no absolute path";
        for (const char *part = text; part; part = strchr(part + 1, '/')) {
                size_t length = strcspn(part + 1, "/");

                if ((length == 2 && memcmp(part + 1, "..", 2) == 0) ||
                        (length == 1 && part[1] == '.'))
                        return "a path with . or .. in it";
        }
        return NULL;
}

/* A name is put into a path. */
static bool is_module_name(const char *name)
{
        return name && *name && strlen(name) < 64 &&
               strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
                       strlen(name);
}

static const char *is_modules(const json_t *value)
{
        uint8_t hash[SHA256_SIZE];
        const json_t *module;
        size_t i;

        if (!json_is_array(value) || json_array_size(value) > TRIAL_PLAN_MODULES)
                return "no list of modules";
        json_array_foreach(value, i, module) {
                const char *digest = get_text(module, "sha256");

                if (!is_module_name(get_string(module, "name")))
                        return "a list with a module that has no name, or an impossible one";
                if (!sha256_parse(digest, strlen(digest), hash))
                        return "a list with a module that has no SHA-256";
        }
        return NULL;
}

/* A name is a word of a command line. */
static const char *is_names(const json_t *value)
{
        const json_t *name;
        size_t i;

        if (!json_is_array(value) || json_array_size(value) > TRIAL_PLAN_MODULES)
                return "no list of modules";
        json_array_foreach(value, i, name)
                if (!is_module_name(json_string_value(name)) || *json_string_value(name) == '-')
                        return "a list with something else than names of modules";
        return NULL;
}

/* Options of the command that armed it: one value, none, or several. */
static const char *is_given(const json_t *value)
{
        const json_t *option, *word;
        const char *key;
        size_t i;

        if (!json_is_object(value))
                return "no list of options";
        json_object_foreach((json_t *)value, key, option) {
                if (!json_is_array(option) && is_text_or_null(option))
                        return "a list with an option that is no text";
                json_array_foreach(option, i, word)
                        if (!json_is_string(word))
                                return "a list with an option that has something else than texts";
        }
        return NULL;
}

static const struct {
        const char *key;
        const char *(*problem)(const json_t *value);
        bool optional;
} keys[] = {
        { "schema", is_schema, false },
        { "trial", is_uuid, false },
        { "order", is_uuid, false },
        { "mode", is_mode, false },
        { "cached", is_truth, false },
        { "stay", is_truth, false },
        { "driver", is_path, false },
        { "driver_version", is_text_or_null, false },
        { "modules", is_modules, false },
        { "host_modules", is_names, true },
        { "jobs", is_count, false },
        { "entry", is_text, false },
        { "xen_options", is_text, false },
        { "dom0_options", is_text, false },
        { "host_xen_options", is_text, false },
        { "host_dom0_options", is_text, false },
        { "kernel", is_text, false },
        { "xen", is_path, false },
        { "boot_s", is_seconds, false },
        { "trial_s", is_seconds, false },
        { "made", is_text, false },
        { "version", is_text, false },
        { "next", is_modes, false },
        { "given", is_given, true },
};

static bool check(const json_t *document, const char *path, struct failure *error)
{
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
                const json_t *value = get_value(document, keys[i].key);
                const char *problem = value              ? keys[i].problem(value)
                                      : keys[i].optional ? NULL
                                                         : "not there";

                if (problem)
                        return fail(
                                error, EXIT_FAIL, "%s: \"%s\" is %s", path, keys[i].key, problem);
        }
        return true;
}

/* --- read --- */

static bool check_file(int fd, const char *path, struct failure *error)
{
        struct stat status;

        if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || !owner_is_trusted(&status) ||
                owner_shares(&status))
                return fail(error, EXIT_FAIL,
                        "%s is no regular file that only root can have written", path);
        return status.st_size <= PLAN_BYTES || fail(error, EXIT_FAIL, "%s is larger than %u KiB",
                                                       path, (unsigned)(PLAN_BYTES >> 10));
}

static json_t *read_document(const char *path, struct failure *error)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        json_t *document;

        if (fd < 0) {
                fail_errno(error, EXIT_FAIL, "cannot read", path);
                return NULL;
        }
        if (!check_file(fd, path, error))
                return NULL;
        document = jsonfile_load(fd);
        if (!document)
                fail(error, EXIT_FAIL, "%s cannot be read as JSON: %s", path, strerror(errno));
        return document;
}

bool trial_plan_load(const struct host *host, const char *trial, struct trial_plan *ret_plan,
        struct failure *ret_error)
{
        _cleanup_free_ char *folder = NULL, *path = NULL;
        json_auto_t *document = NULL, *id = json_string(trial);

        if (is_uuid(id))
                return fail(ret_error, EXIT_FAIL, "\"%.100s\" is no id of a trial: it is %s", trial,
                        is_uuid(id));
        folder = memory_format("%s/%s", host->trials, trial);
        path = memory_format("%s/plan.json", folder);
        document = read_document(path, ret_error);
        if (!document || !check(document, path, ret_error))
                return false;
        if (strcmp(get_text(document, "trial"), trial) != 0)
                return fail(ret_error, EXIT_FAIL, "%s is of another trial", path);
        *ret_plan =
                (struct trial_plan){ .folder = TAKE_PTR(folder), .document = TAKE_PTR(document) };
        memcpy(ret_plan->trial, trial, sizeof(ret_plan->trial));
        strcpy(ret_plan->order, get_text(ret_plan->document, "order"));
        return true;
}

/* Later first; of the same second the larger id, so that it is always the same one. */
static bool is_later(const struct trial_plan *plan, const struct trial_plan *than)
{
        int order;

        if (!than->document)
                return true;
        order = strcmp(get_text(plan->document, "made"), get_text(than->document, "made"));
        return order > 0 || (order == 0 && strcmp(plan->trial, than->trial) > 0);
}

bool trial_plan_last(const struct host *host, struct trial_plan *ret_plan)
{
        _cleanup_closedir_ DIR *folder = opendir(host->trials);
        _cleanup_(trial_plan_free) struct trial_plan last = { .document = NULL };
        struct dirent *entry;

        while (folder && (entry = readdir(folder))) {
                _cleanup_(trial_plan_free) struct trial_plan plan = { .document = NULL };
                struct failure ignored;

                if (!trial_plan_load(host, entry->d_name, &plan, &ignored) ||
                        !is_later(&plan, &last))
                        continue;
                trial_plan_free(&last);
                last = plan;
                plan = (struct trial_plan){ .document = NULL };
        }
        if (!last.document)
                return false;
        *ret_plan = last;
        last = (struct trial_plan){ .document = NULL };
        return true;
}

void trial_plan_free(struct trial_plan *plan)
{
        free(plan->folder);
        json_decref(plan->document);
        *plan = (struct trial_plan){ .document = NULL };
}

/* --- written --- */

bool trial_plan_write(const char *folder, const json_t *document, struct failure *ret_error)
{
        _cleanup_free_ char *path = memory_format("%s/plan.json", folder);
        _cleanup_free_ char *text = json_dumps(document, DOCUMENT_FILE);

        return check(document, path, ret_error) &&
               durable_write(path, text, strlen(text), 0600, ret_error);
}
