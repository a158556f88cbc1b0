#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "dom0/arm/follow.h"
#include "dom0/base/escape.h"
#include "dom0/base/json.h"
#include "dom0/base/lock.h"
#include "dom0/base/memory.h"
#include "dom0/base/verb.h"
#include "dom0/collect/choice.h"
#include "dom0/collect/csv.h"
#include "dom0/collect/gap.h"
#include "dom0/collect/junit.h"
#include "dom0/collect/ktap.h"
#include "dom0/collect/metrics.h"
#include "dom0/collect/once.h"
#include "dom0/collect/points.h"
#include "dom0/collect/room.h"
#include "dom0/host/source.h"
#include "dom0/proof/read.h"
#include "dom0/run/document.h"
#include "dom0/run/folder.h"
#include "dom0/run/summary.h"
#include "dom0/store/fetching.h"
#include "dom0/store/keeping.h"
#include "lib/cleanup.h"
#include "region/bootline.h"

struct collect_options {
        const char *region;
        const char *out;
        const char *metrics;
        const char *format;
        const char *only;
        bool once;
        bool json;
        bool raw;
        struct words shown; /* of `only`; empty: all jobs */
};

static const struct option_spec options[] = {
        { "region", OPTION_VALUE, offsetof(struct collect_options, region) },
        { "out", OPTION_VALUE, offsetof(struct collect_options, out) },
        { "metrics", OPTION_VALUE, offsetof(struct collect_options, metrics) },
        { "once", OPTION_SWITCH, offsetof(struct collect_options, once) },
        { "format", OPTION_VALUE, offsetof(struct collect_options, format) },
        { "only", OPTION_VALUE, offsetof(struct collect_options, only) },
        { "json", OPTION_SWITCH, offsetof(struct collect_options, json) },
        { "raw", OPTION_SWITCH, offsetof(struct collect_options, raw) },
        { 0 },
};

/* What the documents say about this collection; the texts live in it. */
struct origin_texts {
        char source[4 * SHOWN_SIZE];
        char time[32];
        char kernel[SHOWN_SIZE];
        char hypervisor[SHOWN_SIZE];
        char host[SHOWN_SIZE];
        struct document_origin origin;
};

/* The first line of a small file, or false when there is none. */
static bool read_line(const char *path, char *out, size_t size)
{
        size_t length;
        char *text = source_read_text(path, 4096, &length);

        if (!text)
                return false;
        length = strcspn(text, "\n");
        escape_text(text, length, out, size);
        free(text);
        return length > 0;
}

static void describe_origin(
        const struct host *host, const struct source *source, struct origin_texts *texts)
{
        time_t now = time(NULL);
        struct utsname system;
        struct tm utc;

        escape_text(source->name, strlen(source->name), texts->source, sizeof(texts->source));
        gmtime_r(&now, &utc);
        strftime(texts->time, sizeof(texts->time), "%Y-%m-%dT%H:%M:%SZ", &utc);
        uname(&system); /* fails on a bad pointer only */
        escape_text(system.release, strlen(system.release), texts->kernel, sizeof(texts->kernel));
        escape_text(system.nodename, strlen(system.nodename), texts->host, sizeof(texts->host));
        texts->origin = (struct document_origin){
                .source = texts->source,
                .address = source->address,
                .time = texts->time,
                .kernel = texts->kernel,
                .host = texts->host,
        };
        if (read_line(host->hypervisor, texts->hypervisor, sizeof(texts->hypervisor)))
                texts->origin.hypervisor = texts->hypervisor;
}

/* Where the run folder goes: --out, or the default for a region in memory; NULL: nowhere. */
static char *choose_folder(const struct host *host, const struct collect_options *given,
        const struct source *source, const struct run *run)
{
        size_t size = strlen(host->runs) + sizeof(run->id) + 1;
        char *path;

        if (given->out)
                return memory_copy_text(given->out, strlen(given->out));
        if (!source->from_memory || !run->has_id)
                return NULL;
        path = memory_get(size);
        snprintf(path, size, "%s/%s", host->runs, run->id);
        return path;
}

static bool prepare(const struct host *host, const struct collect_options *given,
        const struct run *run, const char *path, struct folder *folder, struct failure *failure)
{
        if (!given->out && !folder_make_all(host->runs))
                return fail(failure, EXIT_INCOMPLETE, "cannot create %s: %s", host->runs,
                        strerror(errno));
        return folder_prepare(
                path, run->has_id ? run->id : NULL, run->facts.region_complete, folder, failure);
}

/* The name serves for the question and the message alone; what is written goes by descriptor. */
static bool has_room(const struct host *host, const struct folder *folder, const struct run *run,
        bool raw, struct failure *failure)
{
        char *path = memory_copy_text(folder->path, strlen(folder->path));
        bool good = room_check(host, dirname(path), run, raw, failure);

        free(path);
        return good;
}

/* Writes the run folder, if there is to be one. */
static bool write_folder(const struct host *host, const struct collect_options *given,
        const struct run *run, const struct run_store *store, const json_t *document,
        const char *path, struct failure *failure)
{
        json_auto_t *tables = points_tables(document);
        struct folder folder;
        bool good;

        if (!path)
                return true;
        if (!prepare(host, given, run, path, &folder, failure))
                return false;
        folder.texts = tables;
        folder.store = store;
        good = has_room(host, &folder, run, given->raw, failure) &&
               folder_write(&folder, run, document, given->raw, failure);
        folder_free(&folder);
        return good;
}

static void print_ktap(FILE *to, const json_t *document, const struct run *run)
{
        (void)run;
        ktap_print(to, document);
}

static void print_csv(FILE *to, const json_t *document, const struct run *run)
{
        (void)run;
        csv_print(to, document);
}

static const struct format {
        const char *name;
        void (*print)(FILE *to, const json_t *document, const struct run *run);
} formats[] = {
        { "ktap", print_ktap },
        { "junit", junit_print },
        { "csv", print_csv },
};

/* NULL: there is none of that name. */
static const struct format *find_format(const char *name)
{
        for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
                if (strcmp(formats[i].name, name) == 0)
                        return &formats[i];
        return NULL;
}

/* 0, or the exit code of options that do not go together. */
static int check_format(const struct collect_options *given)
{
        struct option_error wrong = { .argument = given->format };

        if (!given->format)
                return 0;
        if (!find_format(given->format))
                wrong.problem = "not a format: ktap, junit or csv";
        else if (given->json || given->once)
                wrong.problem = "does not go with --json or --once";
        return wrong.problem ? option_complain("collect", &wrong) : 0;
}

/* 0, or the exit code of a list that --only cannot have. */
static int read_only(struct collect_options *given)
{
        struct option_error wrong = { .argument = "--only" };
        char why[WHY_SIZE];

        if (!given->only)
                return 0;
        if (given->once)
                wrong.problem = "does not go with --once";
        else if (!words_add_patterns(&given->shown, given->only, why))
                wrong.problem = why;
        return wrong.problem ? option_complain("collect", &wrong) : 0;
}

/* Where the run's files are, in words; owned. `path`: where they were to be written, or NULL. */
static char *describe_files(const struct collect_options *given, const char *path, bool written)
{
        if (!path)
                return memory_copy("not written; --out DIR writes them");
        if (written)
                return memory_copy(path);
        return memory_format("not written to %s; the error says why%s", path,
                given->out ? "" : ", and --out DIR writes them elsewhere");
}

/* `run` is NULL for one that was collected before. `folder` may be NULL: none was written. */
static bool print(const struct collect_options *given, const json_t *whole, const struct run *run,
        const char *folder, const char *files)
{
        json_auto_t *chosen = given->only ? choice_make(whole, &given->shown) : NULL;
        const json_t *document = chosen ? chosen : whole;

        if (given->json) {
                json_dumpf(document, stdout, DOCUMENT_FILE);
                putchar('\n');
        } else if (given->format) {
                find_format(given->format)->print(stdout, document, run);
        } else if (given->once) {
                once_print(document, folder);
        } else {
                summary_print(stdout, document, files);
        }
        return fflush(stdout) == 0 && !ferror(stdout);
}

/* Returns `code`, or that of a word of --only that is no job's: what was to be seen is not there.
 */
static int check_shown(const struct collect_options *given, const json_t *document, int code)
{
        const char *absent = choice_absent(document, &given->shown);

        return absent ? complain(EXIT_USAGE, "--only: the run has no such job: %s", absent) : code;
}

/* Returns `code`, or that of a file that could not be written. No document: it stays as it is. */
static int write_metrics(const struct collect_options *given, const json_t *document, int code)
{
        struct failure failure;

        if (!given->metrics || !document || metrics_write(given->metrics, document, &failure))
                return code;
        return failure_print(&failure);
}

/*
 * `survey` is of the boot that named the region, or NULL. The lock, if it is held, is given back
 * before anything is printed: a pager may take hours.
 */
static int report(const struct host *host, const struct collect_options *given,
        const struct source *source, const struct run *run, const struct run_store *store,
        struct survey *survey, struct lock *lock)
{
        _cleanup_free_ char *path = choose_folder(host, given, source, run), *files = NULL;
        struct origin_texts texts = { 0 };
        struct failure failure;
        json_t *document;
        bool written;
        int code = verdict_exit_code(run->verdict);

        describe_origin(host, source, &texts);
        document = document_make(run, &texts.origin);
        written = write_folder(host, given, run, store, document, path, &failure);
        if (written && path && survey)
                once_remember(host, survey);
        lock_release(lock);
        files = describe_files(given, path, written);
        if (!print(given, document, run, written ? path : NULL, files))
                code = EXIT_INCOMPLETE;
        code = check_shown(given, document, code);
        if (!written)
                code = failure_print(&failure);
        code = write_metrics(given, document, code);
        json_decref(document);
        return code;
}

/* The run was collected before: its verdict is the answer again. */
static int repeat_verdict(const struct collect_options *given, json_t *document)
{
        const char *verdict = get_string(document, "verdict");
        int code = verdict_exit_code(verdict_find(verdict));

        if (!print(given, document, NULL, "collected before", "collected before"))
                code = EXIT_INCOMPLETE;
        code = write_metrics(given, document, code);
        json_decref(document);
        return code;
}

/*
 * 0, or the exit code when another verb does not come to an end. Where there is no lock to be had
 * the results count for more: they are lost with the next reboot.
 */
static int lock_host(const struct host *host, struct lock *lock)
{
        struct failure failure;

        if (lock_take(host, "collect", lock, &failure))
                return 0;
        if (failure.code == EXIT_BUSY)
                return failure_print(&failure);
        complain(EXIT_PASS, "warning: %s; another forestage at work would not be noticed",
                failure.text);
        return 0;
}

/* Reads the run of a source, and does with it what there is to do. */
static int collect_source(const struct host *host, const struct collect_options *given,
        const struct source *source, const uint8_t run_id[16], struct survey *survey,
        struct lock *lock)
{
        _cleanup_(fetching_close) struct fetching fetching;
        _cleanup_free_ char *copies = NULL;
        struct run_store store;
        struct run run;
        int code;

        fetching_open(host, &fetching);
        copies = memory_format("%s/-", host->runs);
        if (given->out || source->from_memory)
                fetching_copy_to(&fetching, given->out ? given->out : copies, !given->out);
        store = fetching_store(&fetching);
        run_read_stored(source->base, source->size, run_id, &store, &run);
        code = report(host, given, source, &run, &store, survey, lock);
        run_free(&run);
        return code;
}

/*
 * Copies the region, from where `given` or this boot says, and does with it what there is to do.
 * `survey` is of this boot, or NULL.
 */
static int collect_region(const struct host *host, struct collect_options *given,
        struct survey *survey, struct lock *lock)
{
        const struct bootline *booted = survey ? &survey->line : NULL;
        struct failure failure;
        struct source source;
        int code;

        if (!source_open(host, given->region, booted, &source, &failure)) {
                json_auto_t *gap = gap_of_region(booted);

                return write_metrics(given, gap, failure_print(&failure));
        }
        if (given->raw && !source.is_whole) {
                fprintf(stderr, "forestage: %s holds no region, and is not kept as region.bin\n",
                        shown_string(source.name).text);
                given->raw = false;
        }
        code = collect_source(
                host, given, &source, source.has_run ? source.run_id : NULL, survey, lock);
        source_close(&source);
        return code;
}

/*
 * The run that was lost, as far as memory goes, and that the stage has kept in the store: it ended
 * in a reset. Returns its exit code; -1: it is not there, and `ret_error` says why.
 */
static int collect_kept(const struct host *host, struct collect_options *given,
        struct survey *survey, struct lock *lock, struct failure *ret_error)
{
        _cleanup_(keeping_free) struct keeping keeping = { .path = NULL };
        struct source source;

        if (!keeping_read(host, &keeping, ret_error))
                return -1;
        if (strcmp(keeping.run, survey->state.lost) != 0) {
                fail(ret_error, EXIT_NO_RUN, "the run that is kept in %s is another one, %s",
                        keeping.path, keeping.run);
                return -1;
        }
        source = (struct source){ .base = keeping.region,
                .size = keeping.size,
                .is_whole = true,
                .from_memory = true, /* of this host: it goes among its runs */
                .name = keeping.path };
        memcpy(survey->facts.boot, keeping.run, sizeof(survey->facts.boot)); /* is remembered */
        return collect_source(host, given, &source, keeping.run_id, survey, lock);
}

/*
 * Whether there may be one: the last run was lost, and its order had the store. By the service that
 * is asked once, as the loss is told once.
 */
static bool may_be_kept(const struct collect_options *given, const struct survey *survey)
{
        bool known = survey->facts.has_armed && *survey->state.lost && armed_store(&survey->armed);

        return known && !(given->once && strcmp(survey->armed.reported, survey->state.lost) == 0);
}

/* No run has started this boot, or its command line does not say which one. */
static int collect_nothing(const struct host *host, struct collect_options *given,
        struct survey *survey, struct lock *lock)
{
        json_auto_t *gap = NULL;
        struct failure failure;
        int code;

        if (may_be_kept(given, survey)) {
                code = collect_kept(host, given, survey, lock, &failure);
                if (code >= 0)
                        return code;
                failure_print(&failure);
        }
        gap = gap_of_boot(survey);
        code = given->once && !survey->has_failure ? once_without_run(host, survey)
                                                   : failure_print(&survey->failure);

        return write_metrics(given, gap, code);
}

/* A region that is named: only one in memory goes among the runs of this host. */
static int collect_named(const struct host *host, struct collect_options *given)
{
        _cleanup_(lock_release) struct lock lock = LOCK_NONE;
        struct memory_range range;
        const char *problem;
        int code = 0;

        if (!given->out &&
                memory_range_is_meant(given->region, strlen(given->region), &range, &problem))
                code = lock_host(host, &lock);
        return code ? code : collect_region(host, given, NULL, &lock);
}

/* Under the lock, which is given back when all is written. */
static int collect_booted(const struct host *host, struct collect_options *given,
        struct survey *survey, struct lock *lock)
{
        json_t *collected;

        once_confirm(survey, given->once);
        if (given->once && (collected = once_collected(host, survey))) {
                lock_release(lock);
                return repeat_verdict(given, collected);
        }
        if (survey->facts.has_boot)
                return collect_region(host, given, survey, lock);
        return collect_nothing(host, given, survey, lock);
}

/* What was collected stays as it is; what became of an order for every boot can only add a failure.
 */
static int follow_after(const struct host *host, int code)
{
        int followed;

        fflush(stdout);
        followed = follow_boot(host);
        if (fflush(stdout) != 0 && code == EXIT_PASS)
                code = EXIT_INCOMPLETE;
        return code == EXIT_PASS ? followed : code;
}

/* Of the order that was armed last: its run may be in it. */
static bool had_store(const struct host *host)
{
        _cleanup_(armed_free) struct armed armed = { .document = NULL };

        return armed_load(host, &armed) && armed_store(&armed);
}

/*
 * The run of this boot, or that which the last one has kept. Without one, --once and --metrics,
 * there is nothing to be written.
 */
static int collect_this_boot(const struct host *host, struct collect_options *given)
{
        _cleanup_(lock_release) struct lock lock = LOCK_NONE;
        struct survey survey;
        struct bootline line;
        struct failure failure;
        int code;

        if (!given->once && !given->metrics && !source_bootline(host, &line, &failure) &&
                !had_store(host))
                return failure_print(&failure);
        code = lock_host(host, &lock);
        if (code != 0)
                return code;
        survey_make(host, &survey);
        code = collect_booted(host, given, &survey, &lock);
        survey_free(&survey);
        lock_release(&lock);
        return given->once ? follow_after(host, code) : code;
}

static int collect(const struct host *host, int argc, char **argv)
{
        struct collect_options given = { 0 };
        struct option_error wrong;
        int code;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain(argv[0], &wrong);
        code = check_format(&given);
        if (code == 0)
                code = read_only(&given);
        if (code == 0)
                code = given.region ? collect_named(host, &given) : collect_this_boot(host, &given);
        words_clear(&given.shown);
        return code;
}

const struct verb verb_collect = {
        .name = "collect",
        .options = options,
        .run = collect,
};
