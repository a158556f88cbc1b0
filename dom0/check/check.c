#include <stdio.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/verb.h"
#include "dom0/check/jobcheck.h"
#include "dom0/check/jobreview.h"
#include "dom0/host/pci.h"
#include "dom0/run/document.h"
#include "lib/number.h"
#include "lib/quantity.h"
#include "region/region.h"

#define MAX_GPUS 1024u

struct check_options {
        const char *region_size;
        const char *gpus;
        bool json;
};

static const struct option_spec options[] = {
        { "region-size", OPTION_VALUE, offsetof(struct check_options, region_size) },
        { "gpus", OPTION_VALUE, offsetof(struct check_options, gpus) },
        { "json", OPTION_SWITCH, offsetof(struct check_options, json) },
        { 0 },
};

/* What is asked for, in numbers. */
struct question {
        const char *folder;
        uint64_t region_size; /* 0: not asked */
        uint64_t gpus;        /* 0: not known */
        bool json;
};

static int wrong(const char *argument, const char *problem)
{
        return option_complain(
                "check", &(struct option_error){ .problem = problem, .argument = argument });
}

/* 0, or the exit code of a wrong usage. */
static int read_question(
        const struct host *host, int argc, char **argv, struct question *ret_question)
{
        struct check_options given = { 0 };
        struct option_error error;

        if (argc < 2 || argv[1][0] == '-')
                return wrong("DIR", "the folder with the jobs comes first");
        if (!option_parse(options, argc - 1, argv + 1, &given, &error))
                return option_complain("check", &error);
        *ret_question = (struct question){ .folder = argv[1], .json = given.json };
        if (given.region_size && (!quantity_bytes(given.region_size, &ret_question->region_size) ||
                                         ret_question->region_size < REGION_MIN_SIZE))
                return wrong(given.region_size, "not a region's size: at least 64K");
        if (given.gpus && (!number_u64(given.gpus, &ret_question->gpus) ||
                                  ret_question->gpus == 0 || ret_question->gpus > MAX_GPUS))
                return wrong(given.gpus, "not a number of GPUs");
        if (!given.gpus)
                ret_question->gpus = pci_find_gpus(host, NULL, 0);
        return 0;
}

/* Of a machine that nobody has described: as many GPUs as the jobs expect. */
static uint64_t expected_gpus(const struct jobfolder *jobs)
{
        uint64_t most = 1;

        for (size_t i = 0; i < jobs->count; i++)
                if (jobs->job[i].type == JOB_CHECK && jobs->job[i].check.expect_devices > most)
                        most = jobs->job[i].check.expect_devices;
        return most;
}

static void print_size(const char *label, uint64_t bytes)
{
        printf("%-22s %15llu bytes (%.1f MiB)\n", label, (unsigned long long)bytes,
                (double)bytes / (1 << 20));
}

/* "1 fault", "2 faults" */
static void print_counted(const char *before, uint64_t count, const char *what, const char *behind)
{
        printf("%s%llu %s%s%s", before, (unsigned long long)count, what, count == 1 ? "" : "s",
                behind);
}

static void print_text(const json_t *review)
{
        const json_t *fits = get_value(get_value(review, "region"), "fits");
        const json_t *job;
        size_t i;

        json_array_foreach(get_value(review, "jobs"), i, job)
                jobreview_print_notes(stdout, get_value(job, "complaints"), "", "");
        json_array_foreach(get_value(review, "jobs"), i, job)
                jobreview_print_notes(stdout, get_value(job, "warnings"), "", "note: ");
        jobreview_print_notes(stdout, get_value(review, "others"), "", "note: ");
        print_counted("", jobreview_number(review, "counts", "jobs"), "job", ", ");
        print_counted("", jobreview_number(review, "counts", "complaints"), "fault", "; ");
        print_counted("for ", (uint64_t)get_integer(review, "gpus"), "GPU", "\n");
        print_size("region needed:", jobreview_number(review, "region", "needed_bytes"));
        print_size("  of it for outputs:", jobreview_number(review, "region", "outputs_bytes"));
        print_size("if all is printed:", jobreview_number(review, "region", "printed_bytes"));
        if (json_is_boolean(fits))
                print_size(json_is_true(fits) ? "fits into:" : "DOES NOT FIT into:",
                        jobreview_number(review, "region", "size_bytes"));
}

static int check(const struct host *host, int argc, char **argv)
{
        json_auto_t *review = NULL;
        struct question question;
        struct jobfolder jobs;
        int code = read_question(host, argc, argv, &question);

        if (code != 0)
                return code;
        code = jobfolder_read(question.folder, NULL, &jobs);
        if (code != 0)
                return wrong(question.folder, strerror(-code));
        if (question.gpus == 0)
                question.gpus = expected_gpus(&jobs);
        review = jobreview_make(&jobs, question.folder, question.gpus, question.region_size);
        jobfolder_close(&jobs);
        if (question.json)
                document_print(review);
        else
                print_text(review);
        if (fflush(stdout) != 0 || ferror(stdout))
                return EXIT_FAIL;
        return get_bool(review, "good") ? EXIT_PASS : EXIT_FAIL;
}

const struct verb verb_check = {
        .name = "check",
        .options = options,
        .run = check,
};
