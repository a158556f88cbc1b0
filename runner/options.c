#include "runner/options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/embed.h"
#include "lib/number.h"
#include "region/region.h"

/* Made of docs/man/forestage-run.1 by scripts/help.awk. */
EMBED(options_help, RUNNER_HELP);

static bool set_jobs(struct options *options, const char *value, char *why)
{
        options->jobs = value;
        return value[0] ? true : (snprintf(why, OPTIONS_WHY_SIZE, "--jobs is empty"), false);
}

/* "ADDRESS,SIZE" when both are numbers; anything else is a file's name. */
static void split_memory(struct options *options, const char *value)
{
        size_t length = strcspn(value, ",");
        char address[32];

        if (!value[length] || length >= sizeof(address))
                return;
        memcpy(address, value, length);
        address[length] = '\0';
        options->in_memory = number_u64(address, &options->address) &&
                             number_size(value + length + 1, &options->size);
}

static bool set_region(struct options *options, const char *value, char *why)
{
        uint64_t end;

        options->region = value;
        split_memory(options, value);
        if (!value[0])
                snprintf(why, OPTIONS_WHY_SIZE, "--region is empty");
        else if (options->in_memory &&
                 (options->address % REGION_HEADER_SIZE || options->size % REGION_HEADER_SIZE ||
                         options->size < REGION_MIN_SIZE ||
                         __builtin_add_overflow(options->address, options->size, &end) ||
                         end > INT64_MAX))
                snprintf(why, OPTIONS_WHY_SIZE,
                        "--region %s is not whole pages of memory, at "
                        "least 64K of them",
                        value);
        else
                return true;
        return false;
}

static bool set_region_size(struct options *options, const char *value, char *why)
{
        if (number_size(value, &options->region_size) && options->region_size <= INT64_MAX &&
                options->region_size >= REGION_MIN_SIZE &&
                options->region_size % REGION_HEADER_SIZE == 0)
                return true;
        snprintf(why, OPTIONS_WHY_SIZE,
                "--region-size %s is not a size of whole 4K pages, at least 64K", value);
        return false;
}

static bool set_run_id(struct options *options, const char *value, char *why)
{
        options->has_run_id = region_uuid_parse(value, strlen(value), options->run_id);
        if (!options->has_run_id)
                snprintf(why, OPTIONS_WHY_SIZE, "--run-id %s is not a UUID", value);
        return options->has_run_id;
}

static bool set_only(struct options *options, const char *value, char *why)
{
        (void)why;
        options->only = value;
        return true;
}

static bool set_device(struct options *options, const char *value, char *why)
{
        char complaint[WHY_SIZE];

        if (words_add_devices(&options->devices, value, complaint))
                return true;
        snprintf(why, OPTIONS_WHY_SIZE, "--device: %s", complaint);
        return false;
}

static bool set_ahead(struct options *options, const char *value, char *why)
{
        if (number_u64(value, &options->ahead) && options->ahead <= OPTIONS_MAX_AHEAD)
                return true;
        snprintf(why, OPTIONS_WHY_SIZE, "--ahead %s is not a number from 0 to %u", value,
                OPTIONS_MAX_AHEAD);
        return false;
}

static bool set_kernel_log(struct options *options, const char *value, char *why)
{
        (void)why;
        options->kernel_log = value;
        return true;
}

static const struct option_form {
        const char *name;
        bool (*set)(struct options *options, const char *value, char *why); /* NULL: a flag */
        enum options_action action;                                         /* of a flag */
        size_t member; /* of a flag with ACTION_RUN: the bool that it sets */
} forms[] = {
        { "--jobs", set_jobs, ACTION_RUN, 0 },
        { "--region", set_region, ACTION_RUN, 0 },
        { "--region-size", set_region_size, ACTION_RUN, 0 },
        { "--run-id", set_run_id, ACTION_RUN, 0 },
        { "--only", set_only, ACTION_RUN, 0 },
        { "--device", set_device, ACTION_RUN, 0 },
        { "--ahead", set_ahead, ACTION_RUN, 0 },
        { "--kernel-log", set_kernel_log, ACTION_RUN, 0 },
        { "--serial", NULL, ACTION_RUN, offsetof(struct options, serial) },
        { "--keep-open", NULL, ACTION_RUN, offsetof(struct options, keep_open) },
        { "--list", NULL, ACTION_LIST, 0 },
        { "--help", NULL, ACTION_HELP, 0 },
        { "--version", NULL, ACTION_VERSION, 0 },
};

#define FORMS (sizeof(forms) / sizeof(forms[0]))

/* The form of "--name" or "--name=value"; then `*ret_value` is the value, or NULL. */
static const struct option_form *form_of(const char *word, const char **ret_value)
{
        size_t length = strcspn(word, "=");

        for (size_t i = 0; i < FORMS; i++) {
                if (strlen(forms[i].name) != length || strncmp(forms[i].name, word, length) != 0)
                        continue;
                *ret_value = word[length] ? word + length + 1 : NULL;
                return &forms[i];
        }
        return NULL;
}

static bool parse_word(
        struct options *options, const struct option_form *form, const char *value, char *why)
{
        if (form->set && !value)
                snprintf(why, OPTIONS_WHY_SIZE, "%s needs a value", form->name);
        else if (!form->set && value)
                snprintf(why, OPTIONS_WHY_SIZE, "%s takes no value", form->name);
        else if (form->set)
                return form->set(options, value, why);
        else {
                if (form->action == ACTION_RUN)
                        *(bool *)((char *)options + form->member) = true;
                else if (options->action == ACTION_RUN || form->action > options->action)
                        options->action = form->action;
                return true;
        }
        return false;
}

static bool check(const struct options *options, char *why)
{
        const char *missing = NULL;

        if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
                return true;
        if (!options->jobs)
                missing = "--jobs";
        else if (!options->region && options->action == ACTION_RUN)
                missing = "--region";
        if (missing)
                snprintf(why, OPTIONS_WHY_SIZE, "%s is missing", missing);
        return !missing;
}

bool options_parse(int argc, char **argv, struct options *ret_options, char *why)
{
        struct options options = {
                .region_size = OPTIONS_REGION_SIZE,
                .ahead = OPTIONS_AHEAD,
                .kernel_log = "/dev/kmsg",
        };
        bool seen[FORMS] = { false };
        bool good = true;

        for (int i = 1; good && i < argc; i++) {
                const char *value;
                const struct option_form *form = form_of(argv[i], &value);

                if (!form) {
                        snprintf(why, OPTIONS_WHY_SIZE, "%s is not known", argv[i]);
                        good = false;
                } else if (seen[form - forms]) {
                        snprintf(why, OPTIONS_WHY_SIZE, "%s stands twice", form->name);
                        good = false;
                } else {
                        seen[form - forms] = true;
                        if (form->set && !value && i + 1 < argc)
                                value = argv[++i];
                        good = parse_word(&options, form, value, why);
                }
        }
        if (good && check(&options, why)) {
                *ret_options = options;
                return true;
        }
        options_clear(&options);
        return false;
}

void options_clear(struct options *options)
{
        words_clear(&options->devices);
}
