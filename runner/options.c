#include "runner/options.h"

#include <string.h>

#include "lib/number.h"
#include "lib/option.h"
#include "lib/quantity.h"
#include "region/region.h"

#define STRING_OF(number) #number
#define DIGITS(number)    STRING_OF(number)

/* The words of the command line. */
struct given {
        const char *jobs, *region, *region_size, *run_id, *only, *device, *ahead, *kernel_log;
        bool keep_open, serial, list, help, version;
};

static const struct option_spec table[] = {
#define AT(member) offsetof(struct given, member)
        { "jobs", "DIR", "the job folder; every NAME.conf in it is a job", AT(jobs) },
        { "region", "FILE",
                "a file for the region; made, or overwritten if it is a region\n"
                "  --region ADDRESS,SIZE  reserved memory that holds a live region (through "
                "/dev/mem)",
                AT(region) },
        { "region-size", "SIZE", "size of a file that is made (default 64M)", AT(region_size) },
        { "keep-open", NULL, "append to a live region, and leave it for others to complete",
                AT(keep_open) },
        { "run-id", "UUID", "the run's id (default: the region's own, or a random one)",
                AT(run_id) },
        { "only", "NAME", "run this job only", AT(only) },
        { "device", "LIST", "use these GPUs only: indices or UUIDs, with commas", AT(device) },
        { "serial", NULL, "one job at a time, also on several GPUs", AT(serial) },
        { "ahead", "N",
                "make up to N contexts before their jobs' time (default " DIGITS(OPTIONS_AHEAD) ")",
                AT(ahead) },
        { "kernel-log", "FILE", "read the driver's Xid messages here (default /dev/kmsg)",
                AT(kernel_log) },
        { "list", NULL, "print what would run, without touching a GPU", AT(list) },
        { "help", NULL, "print this", AT(help) },
        { "version", NULL, "print the version", AT(version) },
        { NULL, NULL, NULL, 0 },
#undef AT
};

bool options_print_help(FILE *to)
{
        fputs("Usage: forestage-run --jobs DIR --region FILE|ADDRESS,SIZE [option...]\n"
              "       forestage-run --jobs DIR --list\n"
              "\n"
              "Runs the GPU jobs of a folder and writes their results into a region.\n"
              "\n",
                to);
        for (const struct option_spec *option = table; option->name; option++) {
                const char *argument = option->argument ? option->argument : "";
                int length = fprintf(to, "  --%s %s", option->name, argument);

                fprintf(to, "%*s%s\n", length < 25 ? 25 - length : 0, "", option->help);
        }
        return fputs("\n"
                     "Exit codes: 0 all jobs passed, 1 a job did not or nothing ran, 2 wrong "
                     "usage,\n"
                     "4 the region could not be written. See forestage-run(1).\n",
                       to) >= 0;
}

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
        options->has_run_id = region_uuid_parse(value, strlen(value), options->run_id);
        return options->has_run_id || why_not(why, "--run-id %s is not a UUID", value);
}

static bool take_devices(const char *value, struct options *options, char *why)
{
        char complaint[WHY_SIZE];

        return words_add_devices(&options->devices, value, complaint) ||
               why_not(why, "--device: %s", complaint);
}

static bool take_ahead(const char *value, struct options *options, char *why)
{
        return (number_u64(value, &options->ahead) && options->ahead <= OPTIONS_MAX_AHEAD) ||
               why_not(why, "--ahead %s is not a number from 0 to %u", value, OPTIONS_MAX_AHEAD);
}

static bool take_values(const struct given *given, struct options *options, char *why)
{
        return (!given->region || take_region(given->region, options, why)) &&
               (!given->region_size || take_region_size(given->region_size, options, why)) &&
               (!given->run_id || take_run_id(given->run_id, options, why)) &&
               (!given->device || take_devices(given->device, options, why)) &&
               (!given->ahead || take_ahead(given->ahead, options, why));
}

static bool are_enough(const struct options *options, char *why)
{
        if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
                return true;
        if (!options->jobs)
                return why_not(why, "--jobs is missing");
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
                .action = given.version ? ACTION_VERSION
                          : given.help  ? ACTION_HELP
                          : given.list  ? ACTION_LIST
                                        : ACTION_RUN,
                .jobs = given.jobs,
                .region_size = OPTIONS_REGION_SIZE,
                .keep_open = given.keep_open,
                .only = given.only,
                .serial = given.serial,
                .ahead = OPTIONS_AHEAD,
                .kernel_log = given.kernel_log ? given.kernel_log : "/dev/kmsg",
        };
        if (take_values(&given, &options, why) && are_enough(&options, why)) {
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
