#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dom0/base/print.h"
#include "dom0/base/verb.h"
#include "dom0/collect/outlet.h"
#include "dom0/report/page.h"
#include "dom0/report/runs.h"
#include "lib/cleanup.h"

struct report_options {
        const char *html;
};

static const struct option_spec options[] = {
        { "html", OPTION_VALUE, offsetof(struct report_options, html) },
        { 0 },
};

static int wrong(const char *argument, const char *problem)
{
        return option_complain(
                "report", &(struct option_error){ .problem = problem, .argument = argument });
}

static bool write_page(const char *path, const json_t *const documents[], size_t count,
        bool *ret_file, struct failure *error)
{
        _cleanup_free_ char *text = NULL;
        size_t length;
        FILE *to = open_memstream(&text, &length);

        if (!to)
                return fail(error, EXIT_FAIL, "cannot make the page: %s", strerror(errno));
        page_write(to, documents, count);
        if (fclose(to) != 0)
                return fail(error, EXIT_FAIL, "cannot make the page: out of memory");
        return outlet_write(path, text, length, 0600, ret_file, error);
}

static int work(const struct host *host, char *const names[], size_t count, const char *path)
{
        const json_t *documents[PAGE_RUNS] = { NULL };
        struct failure failure;
        bool good = true, is_file = false;

        for (size_t i = 0; good && i < count; i++) {
                documents[i] = runs_open(host, names[i], &failure);
                good = documents[i] != NULL;
        }
        good = good && write_page(path, documents, count, &is_file, &failure);
        for (size_t i = 0; i < count; i++)
                json_decref((json_t *)documents[i]);
        if (!good)
                return failure_print(&failure);
        if (is_file) /* else the page itself may have gone to standard output */
                print_line(stdout, "%s: %zu run%s; open it in a browser", path, count,
                        count == 1 ? "" : "s");
        return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
}

static int report(const struct host *host, int argc, char **argv)
{
        struct report_options given = { 0 };
        struct option_error error;
        int count = 0;

        while (count + 1 < argc && argv[count + 1][0] != '-')
                count++;
        if (count == 0)
                return wrong("RUN", "the runs come first");
        if (count > (int)PAGE_RUNS)
                return wrong(argv[PAGE_RUNS + 1], "more runs than a page can show (8)");
        if (!option_parse(options, argc - count, argv + count, &given, &error))
                return option_complain("report", &error);
        if (!given.html)
                return wrong("--html", "option is needed: where to write the page");
        return work(host, argv + 1, (size_t)count, given.html);
}

const struct verb verb_report = {
        .name = "report",
        .options = options,
        .run = report,
};
