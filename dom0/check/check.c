#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dom0/base/json.h"
#include "dom0/base/print.h"
#include "dom0/base/verb.h"
#include "dom0/check/joblist.h"
#include "dom0/check/jobreview.h"
#include "dom0/check/target.h"
#include "dom0/run/document.h"
#include "dom0/trees/trees.h"
#include "lib/cleanup.h"
#include "lib/number.h"
#include "lib/quantity.h"
#include "region/region.h"

#define MAX_GPUS 1024u

struct check_options {
        const char *image;
        const char *region_size;
        const char *gpus;
        bool json;
};

static const struct option_spec options[] = {
        { "image", OPTION_VALUE, offsetof(struct check_options, image) },
        { "region-size", OPTION_VALUE, offsetof(struct check_options, region_size) },
        { "gpus", OPTION_VALUE, offsetof(struct check_options, gpus) },
        { "json", OPTION_SWITCH, offsetof(struct check_options, json) },
        { 0 },
};

/* What is asked for. */
struct question {
        const char *folder;
        struct outlook outlook;
        bool any_machine; /* nobody has said how many GPUs there are, and none is here */
        bool json;
};

static void question_free(struct question *question)
{
        outlook_free(&question->outlook);
}

static int wrong(const char *argument, const char *problem)
{
        return option_complain(
                "check", &(struct option_error){ .problem = problem, .argument = argument });
}

/* What is on this host, and over it what the options say. 0, or the exit code of a wrong usage. */
static int look_ahead(
        const struct host *host, const struct check_options *given, struct outlook *outlook)
{
        struct target *target = &outlook->target;
        bool installed = outlook_take_host(outlook, host);
        struct conf conf;

        outlook_take_gpus(outlook, host);
        if (given->image)
                outlook_take_image(outlook, given->image);
        if (given->image && !target->image)
                return wrong(outlook->file, outlook->why);
        if (given->image && !installed) {
                conf_defaults(&conf);
                outlook_take_conf(outlook, &conf, NULL);
        }
        if (given->region_size && (!quantity_bytes(given->region_size, &target->region_size) ||
                                          target->region_size < REGION_MIN_SIZE))
                return wrong(given->region_size, "not a region's size: at least 64K");
        if (!given->gpus)
                return 0;
        target->gpu = NULL;
        if (!number_u64(given->gpus, &target->gpus) || target->gpus == 0 || target->gpus > MAX_GPUS)
                return wrong(given->gpus, "not a number of GPUs");
        return 0;
}

/* 0, or the exit code of a wrong usage. */
static int read_question(
        const struct host *host, int argc, char **argv, struct question *ret_question)
{
        struct check_options given = { 0 };
        struct option_error error;
        int code;

        if (argc < 2 || argv[1][0] == '-')
                return wrong("DIR", "the folder with the jobs comes first");
        if (!option_parse(options, argc - 1, argv + 1, &given, &error))
                return option_complain("check", &error);
        ret_question->folder = argv[1];
        ret_question->json = given.json;
        code = look_ahead(host, &given, &ret_question->outlook);
        ret_question->any_machine = !given.gpus && !ret_question->outlook.target.gpu;
        return code;
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

/* What the jobs were held against, or that they were not. */
static void print_image(const json_t *review)
{
        const char *file = get_string(review, "image_file");
        const json_t *image = get_value(review, "image");
        const char *ptx = get_string(image, "ptx"), *cuda = get_string(image, "cuda");

        if (!file)
                puts("compared with no image: none is found here (root may find one on the EFI "
                     "system "
                     "partition), and no --image names one");
        else if (!json_is_object(image))
                print_line(stdout, "compared with no image: %s: %s", file,
                        get_text(review, "image_unknown"));
        else
                print_line(stdout, "compared with %s: driver %s, CUDA %s, PTX up to %s%s%s", file,
                        *get_text(image, "driver") ? get_text(image, "driver") : "none",
                        cuda ? cuda : "not known", ptx ? ptx : "not known",
                        *get_text(image, "fabric") ? ", Fabric Manager " : "",
                        get_text(image, "fabric"));
}

static void print_time(const json_t *review)
{
        const json_t *deadline = get_value(review, "deadline");

        printf("%-22s %15lld s of one GPU's jobs",
                "time, at most:", get_integer(deadline, "most_s"));
        if (json_is_integer(get_value(deadline, "size_s")))
                printf(", deadline %lld s", get_integer(deadline, "size_s"));
        puts("");
}

/* Nobody has said how large the region is, and without that it would be too small. */
static void print_usual(uint64_t needed)
{
        struct conf conf;

        conf_defaults(&conf);
        if (needed > conf.region_size)
                printf("more than a region has unless told otherwise, %llu MiB: --region-size of "
                       "forestage-run, region-size= in a host's forestage.conf\n",
                        (unsigned long long)conf.region_size >> 20);
}

static void print_text(const json_t *review)
{
        const json_t *refused;
        const json_t *fits = get_value(get_value(review, "region"), "fits");
        const json_t *job;
        size_t i;

        json_array_foreach(get_value(review, "jobs"), i, job)
                jobreview_print_notes(stdout, get_value(job, "complaints"), "", "");
        json_array_foreach(get_value(review, "jobs"), i, job)
                jobreview_print_notes(stdout, get_value(job, "warnings"), "", "note: ");
        jobreview_print_notes(stdout, get_value(review, "others"), "", "note: ");
        json_array_foreach(get_value(review, "refused"), i, refused)
                print_line(stdout, "arm would refuse it: %s", json_string_value(refused));
        print_counted("", jobreview_number(review, "counts", "jobs"), "job", "");
        if (jobreview_number(review, "counts", "sweeps") > 0)
                print_counted(" with the points of ", jobreview_number(review, "counts", "sweeps"),
                        "sweep", "");
        fputs(", ", stdout);
        print_counted("", jobreview_number(review, "counts", "complaints"), "fault", "; ");
        print_counted("for ", (uint64_t)get_integer(review, "gpus"), "GPU", "\n");
        print_size("region needed:", jobreview_number(review, "region", "needed_bytes"));
        print_size("  of it for outputs:", jobreview_number(review, "region", "outputs_bytes"));
        print_size("if all is printed:", jobreview_number(review, "region", "printed_bytes"));
        if (json_is_boolean(fits))
                print_size(json_is_true(fits) ? "fits into:" : "DOES NOT FIT into:",
                        jobreview_number(review, "region", "size_bytes"));
        else
                print_usual(jobreview_number(review, "region", "needed_bytes"));
        print_time(review);
        print_image(review);
}

/* What arm would not take along, when there is something that it would be armed with. */
static bool list_files(const struct question *question, struct joblist *list, json_t *review_notes)
{
        struct failure failure;

        if (!question->outlook.file)
                return false;
        if (!joblist_read(question->folder, list, &failure)) {
                json_array_append_new(review_notes, json_string(failure.text));
                return false;
        }
        if (!trees_check(&list->trees, list->folder, list->path, &failure) ||
                !joblist_check_manifest(list, &failure))
                json_array_append_new(review_notes, json_string(failure.text));
        return true;
}

static json_t *make_review(const struct question *question, const struct jobfolder *jobs)
{
        const struct outlook *outlook = &question->outlook;
        _cleanup_(joblist_free) struct joblist list = { .folder = -1 };
        json_t *refused = json_array(), *review;
        bool listed = list_files(question, &list, refused);

        review = jobreview_make(jobs, question->folder, listed ? &list : NULL, &outlook->target);
        if (json_array_size(refused) > 0)
                set_value(review, "good", json_false());
        set_value(review, "refused", refused);
        set_text(review, "image_file", outlook->file);
        set_text(review, "image_unknown", outlook->target.image ? NULL : outlook->why);
        return review;
}

static int check(const struct host *host, int argc, char **argv)
{
        _cleanup_(question_free) struct question question = { .outlook.target.gpus = 1 };
        json_auto_t *review = NULL;
        struct jobfolder jobs;
        int code = read_question(host, argc, argv, &question);

        if (code != 0)
                return code;
        code = jobfolder_read(question.folder, NULL, &jobs);
        if (code != 0)
                return wrong(question.folder, code == -ENOTDIR
                                                      ? "a file: name the folder that it is in"
                                                      : strerror(-code));
        if (question.any_machine)
                question.outlook.target.gpus = expected_gpus(&jobs);
        review = make_review(&question, &jobs);
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
