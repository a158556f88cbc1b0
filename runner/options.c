#include "runner/options.h"

#include <string.h>

#include "lib/embed.h"
#include "lib/number.h"
#include "lib/option.h"
#include "lib/quantity.h"
#include "lib/uuid.h"
#include "region/region.h"

/* Made of docs/man/forestage-run.1 by scripts/help.awk. */
EMBED(options_help, RUNNER_HELP);

#define MAX_STEP_MS UINT64_C(3600000)

/* The words of the command line. */
struct given {
        const char *jobs, *region, *region_size, *run_id, *only, *device, *ahead, *concurrency,
                *kernel_log, *ladder, *devices, *step_limit, *store, *store_above, *inputs,
                *no_inputs, *fabric;
        bool keep_open, preload_programs, serial, list, help, version;
};

static const struct option_spec table[] = {
#define SWITCH(name, member)                                        \
        {                                                           \
                name, OPTION_SWITCH, offsetof(struct given, member) \
        }
#define VALUE(name, member)                                        \
        {                                                          \
                name, OPTION_VALUE, offsetof(struct given, member) \
        }
        VALUE("jobs", jobs),
        VALUE("region", region),
        VALUE("region-size", region_size),
        SWITCH("keep-open", keep_open),
        VALUE("run-id", run_id),
        VALUE("only", only),
        VALUE("device", device),
        SWITCH("preload-programs", preload_programs),
        SWITCH("serial", serial),
        VALUE("ahead", ahead),
        VALUE("concurrency", concurrency),
        VALUE("store", store),
        VALUE("store-above", store_above),
        VALUE("inputs", inputs),
        VALUE("no-inputs", no_inputs),
        VALUE("fabric", fabric),
        VALUE("kernel-log", kernel_log),
        VALUE("ladder", ladder),
        VALUE("devices", devices),
        VALUE("step-limit", step_limit),
        SWITCH("list", list),
        SWITCH("help", help),
        SWITCH("version", version),
        { 0 },
#undef SWITCH
#undef VALUE
};

static bool take_region(const char *value, struct options *options, char *why)
{
        const char *problem = NULL;

        options->region = value;
        options->in_memory =
                memory_range_is_meant(value, strlen(value), &options->memory, &problem);
        return !problem || why_not(why, "--region %s %s", value, problem);
}

static bool take_region_size(const char *value, struct options *options, char *why)
{
        return (quantity_bytes(value, &options->region_size) && options->region_size <= INT64_MAX &&
                       options->region_size >= REGION_MIN_SIZE &&
                       options->region_size % REGION_HEADER_SIZE == 0) ||
               why_not(why, "--region-size %s is not a size of whole 4K pages, at least 64K",
                       value);
}

static bool take_run_id(const char *value, struct options *options, char *why)
{
        options->has_run_id = uuid_parse(value, strlen(value), options->run_id);
        return options->has_run_id || why_not(why, "--run-id %s is not a UUID", value);
}

static bool take_list(const char *option, const char *value, struct options *options, char *why)
{
        char complaint[WHY_SIZE];

        return words_add_devices(&options->devices, value, complaint) ||
               why_not(why, "%s: %s", option, complaint);
}

static bool take_only(const char *value, struct options *options, char *why)
{
        char complaint[WHY_SIZE];

        return words_add_patterns(&options->only, value, complaint) ||
               why_not(why, "--only: %s", complaint);
}

static bool take_ahead(const char *value, struct options *options, char *why)
{
        return (number_u64(value, &options->ahead) && options->ahead <= OPTIONS_MAX_AHEAD) ||
               why_not(why, "--ahead %s is not a number from 0 to %u", value, OPTIONS_MAX_AHEAD);
}

static bool take_concurrency(const char *value, struct options *options, char *why)
{
        return (number_u64(value, &options->concurrency) && options->concurrency >= 1 &&
                       options->concurrency <= OPTIONS_MAX_CONCURRENCY) ||
               why_not(why, "--concurrency %s is not a number from 1 to %u", value,
                       OPTIONS_MAX_CONCURRENCY);
}

/* FD,FROM,FILE: the name comes last, because it may have commas. */
static bool take_store(const char *value, struct options *options, char *why)
{
        size_t length = strlen(value), fd_length = strcspn(value, ","), from_length;
        const char *from = value + fd_length + (fd_length < length);
        uint64_t fd;

        from_length = strcspn(from, ",");
        options->store = from + from_length + 1;
        if (from[from_length] != ',' || !*options->store || !number_parse(value, fd_length, &fd) ||
                fd > INT32_MAX || !number_parse(from, from_length, &options->store_from))
                return why_not(why, "--store %s is not FD,FROM,FILE", value);
        options->store_fd = (int)fd;
        return true;
}

/* FD,FILE */
static bool take_inputs(const char *value, struct options *options, char *why)
{
        size_t fd_length = strcspn(value, ",");
        uint64_t fd;

        if (value[fd_length] != ',' || !value[fd_length + 1] ||
                !number_parse(value, fd_length, &fd) || fd > INT32_MAX)
                return why_not(why, "--inputs %s is not FD,FILE", value);
        options->inputs = value + fd_length + 1;
        options->inputs_fd = (int)fd;
        return true;
}

static bool take_store_above(const char *value, struct options *options, char *why)
{
        return (quantity_bytes(value, &options->store_above) &&
                       options->store_above >= OPTIONS_STORE_LEAST) ||
               why_not(why, "--store-above %s is not a size of at least 64K", value);
}

static bool take_fabric(const char *value, struct options *options, char *why)
{
        return fabric_state_of(value, &options->fabric) ||
               why_not(why, "--fabric %s is none of running, none, mismatch, failed, late", value);
}

static bool take_step_limit(const char *value, struct options *options, char *why)
{
        uint64_t ms;

        if (!quantity_ms(value, &ms) || ms == 0 || ms > MAX_STEP_MS)
                return why_not(why, "--step-limit %s is not a time of at most an hour", value);
        options->step_seconds = (double)ms / 1e3;
        return true;
}

static bool take_values(const struct given *given, struct options *options, char *why)
{
        return (!given->region || take_region(given->region, options, why)) &&
               (!given->region_size || take_region_size(given->region_size, options, why)) &&
               (!given->run_id || take_run_id(given->run_id, options, why)) &&
               (!given->device || take_list("--device", given->device, options, why)) &&
               (!given->devices || take_list("--devices", given->devices, options, why)) &&
               (!given->step_limit || take_step_limit(given->step_limit, options, why)) &&
               (!given->only || take_only(given->only, options, why)) &&
               (!given->store || take_store(given->store, options, why)) &&
               (!given->inputs || take_inputs(given->inputs, options, why)) &&
               (!given->store_above || take_store_above(given->store_above, options, why)) &&
               (!given->fabric || take_fabric(given->fabric, options, why)) &&
               (!given->ahead || take_ahead(given->ahead, options, why)) &&
               (!given->concurrency || take_concurrency(given->concurrency, options, why));
}

/* The ladder is no run: each of the two has options that say nothing to the other. */
static bool belong_together(const struct given *given, char *why)
{
        const struct {
                const char *name;
                bool given, of_ladder;
        } one[] = {
                { "--jobs", given->jobs, false },
                { "--region", given->region, false },
                { "--region-size", given->region_size, false },
                { "--keep-open", given->keep_open, false },
                { "--run-id", given->run_id, false },
                { "--only", given->only, false },
                { "--device", given->device, false },
                { "--preload-programs", given->preload_programs, false },
                { "--serial", given->serial, false },
                { "--ahead", given->ahead, false },
                { "--concurrency", given->concurrency, false },
                { "--store", given->store, false },
                { "--store-above", given->store_above, false },
                { "--inputs", given->inputs, false },
                { "--no-inputs", given->no_inputs, false },
                { "--fabric", given->fabric, false },
                { "--list", given->list, false },
                { "--devices", given->devices, true },
                { "--step-limit", given->step_limit, true },
        };

        for (size_t i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
                if (one[i].given && one[i].of_ladder != (given->ladder != NULL))
                        return why_not(why, "%s %s --ladder", one[i].name,
                                given->ladder ? "does not go with" : "goes only with");
        }
        return true;
}

static bool are_enough(const struct given *given, const struct options *options, char *why)
{
        if (options->action == ACTION_HELP || options->action == ACTION_VERSION ||
                options->action == ACTION_LADDER)
                return true;
        if (!options->jobs)
                return why_not(why, "--jobs is missing");
        if (options->serial && options->concurrency > 1)
                return why_not(why, "--concurrency does not go with --serial");
        if (given->store_above && !given->store)
                return why_not(why, "--store-above goes only with --store");
        return options->region || options->action != ACTION_RUN ||
               why_not(why, "--region is missing");
}

bool options_parse(int argc, char **argv, struct options *ret_options, char *why)
{
        struct given given = { 0 };
        struct option_error wrong;
        struct options options;

        if (!option_parse(table, argc, argv, &given, &wrong))
                return why_not(why, "%s: %s", wrong.argument, wrong.problem);
        options = (struct options){
                .action = given.version  ? ACTION_VERSION
                          : given.help   ? ACTION_HELP
                          : given.list   ? ACTION_LIST
                          : given.ladder ? ACTION_LADDER
                                         : ACTION_RUN,
                .jobs = given.jobs,
                .ladder = given.ladder,
                .region_size = OPTIONS_REGION_SIZE,
                .keep_open = given.keep_open,
                .preload_programs = given.preload_programs,
                .serial = given.serial,
                .ahead = OPTIONS_AHEAD,
                .concurrency = 1,
                .store_above = OPTIONS_STORE_ABOVE,
                .no_inputs = given.no_inputs,
                .kernel_log = given.kernel_log ? given.kernel_log : "/dev/kmsg",
        };
        if (belong_together(&given, why) && take_values(&given, &options, why) &&
                are_enough(&given, &options, why)) {
                *ret_options = options;
                return true;
        }
        options_clear(&options);
        return false;
}

void options_clear(struct options *options)
{
        words_clear(&options->devices);
        words_clear(&options->only);
}
