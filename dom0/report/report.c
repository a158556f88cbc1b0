#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/base/verb.h"
#include "dom0/collect/outlet.h"
#include "dom0/figures/html.h"
#include "dom0/fleet/fleet.h"
#include "dom0/report/page.h"
#include "dom0/report/runs.h"
#include "lib/cleanup.h"

struct report_options {
        const char *html, *fleet;
        bool json;
};

static const struct option_spec options[] = {
        { "html", OPTION_VALUE, offsetof(struct report_options, html) },
        { "fleet", OPTION_VALUE, offsetof(struct report_options, fleet) },
        { "json", OPTION_SWITCH, offsetof(struct report_options, json) },
        { 0 },
};

static int wrong(const char *argument, const char *problem)
{
        return option_complain(
                "report", &(struct option_error){ .problem = problem, .argument = argument });
}

static bool is_same(const char *one, const char *other)
{
        struct stat a, b;

        return stat(one, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
               a.st_ino == b.st_ino;
}

/*
 * What leads from a page in `place` to the files of a run; owned. NULL: the page is neither in the
 * run folder nor beside it, so that a link would hold only as long as nobody moves either.
 */
static char *base_of(const char *place, const char *folder)
{
        _cleanup_free_ char *real = realpath(folder, NULL), *text = NULL;
        char *name = real ? strrchr(real, '/') : NULL;
        size_t length;
        FILE *to;

        if (!name || is_same(place, real))
                return name ? memory_copy("./") : NULL;
        *name++ = '\0';
        if (!*name || !is_same(place, *real ? real : "/"))
                return NULL;
        to = open_memstream(&text, &length);
        if (!to)
                return NULL;
        fputs("./", to);
        html_path(to, name);
        fputs("/", to);
        return fclose(to) == 0 ? TAKE_PTR(text) : NULL;
}

struct request {
        struct runs_run runs[PAGE_RUNS];
        size_t count;
        const char *path; /* of the page */
};

static bool write_page(const struct request *request, bool *ret_file, struct failure *error)
{
        _cleanup_free_ char *text = NULL, *copy = memory_copy(request->path);
        const json_t *documents[PAGE_RUNS];
        struct page_folder folders[PAGE_RUNS];
        const char *place = dirname(copy);
        size_t length;
        FILE *to = open_memstream(&text, &length);

        if (!to)
                return fail(error, EXIT_FAIL, "cannot make the page: %s", strerror(errno));
        for (size_t i = 0; i < request->count; i++) {
                documents[i] = request->runs[i].document;
                folders[i].path = request->runs[i].path;
                folders[i].sha256 = request->runs[i].sha256;
                folders[i].base = base_of(place, request->runs[i].path);
        }
        page_write(to, documents, folders, request->count);
        for (size_t i = 0; i < request->count; i++)
                free(folders[i].base);
        if (fclose(to) != 0)
                return fail(error, EXIT_FAIL, "cannot make the page: out of memory");
        return outlet_write(request->path, text, length, 0600, ret_file, error);
}

static int work(const struct host *host, char *const names[], struct request *request)
{
        struct failure failure;
        bool good = true, is_file = false;

        for (size_t i = 0; good && i < request->count; i++)
                good = runs_find(host, names[i], &request->runs[i], &failure);
        good = good && write_page(request, &is_file, &failure);
        for (size_t i = 0; i < request->count; i++)
                runs_free(&request->runs[i]);
        if (!good)
                return failure_print(&failure);
        if (is_file) /* else the page itself may have gone to standard output */
                print_line(stdout, "%s: %zu run%s; open it in a browser", request->path,
                        request->count, request->count == 1 ? "" : "s");
        return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
}

static int report_runs(const struct host *host, char *const names[], size_t count,
        const struct report_options *given)
{
        struct request request = { .count = count, .path = given->html };

        if (count == 0)
                return wrong("RUN", "the runs come first");
        if (count > PAGE_RUNS)
                return wrong(names[PAGE_RUNS], "more runs than a page can show (8)");
        if (given->json)
                return wrong("--json", "option is for --fleet; run.json has all of a run");
        if (!given->html)
                return wrong("--html", "option is needed: where to write the page");
        return work(host, names, &request);
}

static int report(const struct host *host, int argc, char **argv)
{
        struct report_options given = { 0 };
        struct option_error error;
        int count = 0;

        while (count + 1 < argc && argv[count + 1][0] != '-')
                count++;
        if (!option_parse(options, argc - count, argv + count, &given, &error))
                return option_complain("report", &error);
        if (given.fleet && count > 0)
                return wrong(argv[1], "--fleet takes all runs of a folder, and no others");
        return given.fleet ? fleet_report(given.fleet, given.html, given.json)
                           : report_runs(host, argv + 1, (size_t)count, &given);
}

const struct verb verb_report = {
        .name = "report",
        .options = options,
        .run = report,
};
