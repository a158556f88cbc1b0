/* forestage-run: runs the GPU jobs of a folder and writes their results into a region. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/jobfolder.h"
#include "lib/standard.h"
#include "runner/climbing.h"
#include "runner/console/say.h"
#include "runner/listing.h"
#include "runner/machine/cuda.h"
#include "runner/options.h"
#include "runner/process/guard.h"
#include "runner/process/process.h"
#include "runner/program/preload.h"
#include "runner/program/tmpdir.h"
#include "runner/region_map.h"
#include "runner/storage.h"
#include "runner/supervise.h"
#include "version.h"

static int complain(const char *what, const char *why)
{
        say_line(stderr, "forestage-run: %s%s", what, why);
        return EXIT_WRONG_USAGE;
}

static int run(const struct options *options, const struct jobfolder *jobs)
{
        char why[REGION_MAP_WHY > WHY_SIZE ? REGION_MAP_WHY : WHY_SIZE];
        struct region_map map;
        struct storage storage;
        enum exit_code code;
        int error = process_setup();

        if (options->preload_programs && !preload_check(getenv("LD_PRELOAD"), why))
                return complain("--preload-programs: ", why);
        say_without_waiting();
        tmpdir_sweep();
        if (error)
                return complain("signals cannot be set up: ", strerror(-error)), EXIT_NOT_PASSED;
        if (!region_map_open(options, &map, why))
                return complain("", why), EXIT_NO_REGION;
        if (!storage_open(options, &map.writer, &storage, why)) {
                region_map_close(&map);
                return complain("", why), EXIT_NO_REGION;
        }
        listing_print_others(stderr, jobs);
        code = supervise(options, jobs, &map, &storage);
        storage_close(&storage);
        region_map_close(&map);
        return code;
}

static int take_ladder(const struct options *options)
{
        char why[WHY_SIZE];
        int error = process_setup();

        say_without_waiting();
        if (error)
                return complain("signals cannot be set up: ", strerror(-error)), EXIT_NOT_PASSED;
        switch (climbing_run(options, why)) {
        case CLIMBING_PASSED:
                return EXIT_PASSED;
        case CLIMBING_STOPPED:
                return EXIT_NOT_PASSED;
        default:
                return complain("", why);
        }
}

/* What a run prints may get lost, for its record is the region; here it is all there is. */
static int show(const struct options *options, const struct jobfolder *jobs)
{
        bool good = true;

        if (options->action == ACTION_HELP)
                fputs(options_help, stdout);
        else if (options->action == ACTION_VERSION)
                printf("forestage-run %s\n", FORESTAGE_VERSION);
        else
                good = listing_print(jobs);
        if (fflush(stdout) != 0 || ferror(stdout))
                return complain("standard output: ", strerror(errno)), EXIT_NOT_PASSED;
        return good ? EXIT_PASSED : EXIT_NOT_PASSED;
}

/* A word of --only that is no job's name; NULL: each is one's. */
static const char *absent_job(const struct options *options, const struct jobfolder *jobs)
{
        bool used[WORDS_MAX] = { false };

        for (size_t i = 0; i < jobs->count; i++)
                jobfolder_asks(&options->only, &jobs->job[i], used);
        return words_unused(&options->only, used);
}

static int act(const struct options *options)
{
        struct jobfolder jobs;
        const char *absent;
        int code, error;

        if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
                return show(options, NULL);
        if (options->action == ACTION_LADDER)
                return take_ladder(options);
        error = jobfolder_read(options->jobs, &options->only, &jobs);
        if (error) {
                say_line(stderr, "forestage-run: the job folder %s cannot be read: %s",
                        options->jobs, strerror(-error));
                return EXIT_WRONG_USAGE;
        }
        absent = absent_job(options, &jobs);
        if (absent)
                code = complain("--only: the job folder has no such job: ", absent);
        else if (options->action == ACTION_LIST)
                code = show(options, &jobs);
        else
                code = run(options, &jobs);
        jobfolder_close(&jobs);
        return code;
}

int main(int argc, char **argv)
{
        char why[WHY_SIZE];
        struct options options;
        int code;

        standard_streams_open();
        /* CUDA numbers GPUs as PCI does, unless somebody wants it otherwise. */
        setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", 0);
        if (!options_parse(argc, argv, &options, why)) {
                complain("", why);
                fputs("Try 'forestage-run --help'.\n", stderr);
                return EXIT_WRONG_USAGE;
        }
        if (!storage_hide(&options, why)) {
                complain("", why);
                options_clear(&options);
                return EXIT_NO_REGION;
        }
        cuda_set_fabric(options.fabric);
        if (options.action == ACTION_RUN || options.action == ACTION_LADDER)
                guard_start(argc, argv, tmpdir_sweep);
        code = act(&options);
        options_clear(&options);
        return code;
}
