#include "dom0/fleet/fleet.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/collect/outlet.h"
#include "dom0/fleet/fleetdata.h"
#include "dom0/fleet/fleetpage.h"
#include "dom0/fleet/gather.h"
#include "dom0/run/document.h"
#include "lib/cleanup.h"

#define LINES 15u /* of those that stand apart, on a terminal */

struct work {
        const struct fleet *fleet;
        const struct apart *apart;
        const char *data, *table; /* names beside the page; NULL: it is no file */
};

static void write_page(FILE *to, const struct work *work)
{
        fleetpage_write(to, work->fleet, work->apart, work->data, work->table);
}

static void write_data(FILE *to, const struct work *work)
{
        json_auto_t *document = fleetdata_make(work->fleet, work->apart);

        json_dumpf(document, to, DOCUMENT_FILE);
        fputs("\n", to);
}

static void write_table(FILE *to, const struct work *work)
{
        fleetdata_table(to, work->fleet, work->apart);
}

static bool write_file(const char *path, void (*write)(FILE *to, const struct work *work),
        const struct work *work, bool *ret_file, struct failure *error)
{
        _cleanup_free_ char *text = NULL;
        size_t length;
        FILE *to = open_memstream(&text, &length);

        if (!to)
                return fail(error, EXIT_FAIL, "cannot make %s: %s", path, strerror(errno));
        write(to, work);
        if (fclose(to) != 0)
                return fail(error, EXIT_FAIL, "cannot make %s: out of memory", path);
        return outlet_write(path, text, length, 0600, ret_file, error);
}

/* PAGE.html without its ending, and another one. */
static char *beside(const char *page, const char *ending)
{
        size_t length = strlen(page);

        if (length > 5 && strcmp(page + length - 5, ".html") == 0)
                length -= 5;
        return memory_format("%.*s%s", (int)length, page, ending);
}

/* The page last: who sees it finds what it links to. What is no file, such as a pipe, gets the page
 * alone. */
static bool write_all(const char *page, struct work *work, struct failure *error)
{
        _cleanup_free_ char *data = beside(page, ".json"), *table = beside(page, ".csv");
        _cleanup_free_ char *data_copy = memory_copy(data), *table_copy = memory_copy(table);
        bool is_file = false;

        if (strncmp(page, "/dev/", 5) != 0) {
                if (!write_file(data, write_data, work, NULL, error) ||
                        !write_file(table, write_table, work, NULL, error))
                        return false;
                work->data = basename(data_copy);
                work->table = basename(table_copy);
        }
        if (!write_file(page, write_page, work, &is_file, error))
                return false;
        if (is_file)
                print_line(stdout, "%s: open it in a browser; %s and %s have the same for programs",
                        page, data, table);
        return true;
}

static void print_counts(const struct fleet *fleet)
{
        static const char *const words[FLEET_STATUSES] = { "passed", "failed", "undecided",
                "incomplete", "not tried", "rehearsals" };

        printf("%zu run%s; GPUs:", fleet->runs_count, fleet->runs_count == 1 ? "" : "s");
        for (size_t i = 0; i < FLEET_STATUSES; i++) {
                size_t count = fleet_count(fleet, LEXICON_NONE, (enum fleet_status)i);

                if (count > 0 || i == FLEET_PASS)
                        printf("%s %zu %s", i == FLEET_PASS ? "" : ",", count, words[i]);
        }
        fputs("\n", stdout);
}

static void print_findings(const struct fleet *fleet, const struct apart *apart)
{
        print_line(stdout, "%zu stand%s apart%s", apart->count, apart->count == 1 ? "s" : "",
                apart->count ? ", the farthest out first:" : "");
        for (size_t i = 0; i < apart->count && i < LINES; i++) {
                const struct apart_finding *finding = &apart->findings[i];
                const struct fleet_gpu *gpu = &fleet->gpus[finding->gpu];
                char text[512];

                fleetdata_explain(fleet, apart, finding, text, sizeof(text));
                print_line(stdout, "%3zu  %s  %s", i + 1,
                        fleetdata_host(fleet, fleet_latest(fleet, gpu)),
                        lexicon_text(&fleet->words, gpu->uuid));
                fputs("     ", stdout);
                print_wrapped(stdout, 5, 5, text);
        }
        if (apart->count > LINES)
                print_line(stdout, "     and %zu more, which the page has", apart->count - LINES);
        if (apart->unjudged > 0)
                print_line(stdout,
                        "%zu not judged: fewer than %u GPUs of a model say nothing of "
                        "what is usual",
                        apart->unjudged, APART_GPUS);
}

static void print_skipped(const struct fleet *fleet)
{
        for (size_t i = 0; i < fleet->skipped_count; i++)
                print_line(stderr, "forestage: left out: %s: %s", fleet->skipped[i].path,
                        fleet->skipped[i].why);
}

int fleet_report(const char *folder, const char *html, bool json)
{
        _cleanup_(fleet_free) struct fleet fleet = { 0 };
        _cleanup_(apart_free) struct apart apart = { 0 };
        struct work work = { .fleet = &fleet, .apart = &apart };
        struct failure failure;

        if (!gather(folder, &fleet, &failure))
                return failure_print(&failure);
        apart = apart_find(&fleet);
        print_skipped(&fleet);
        if (json) {
                json_auto_t *document = fleetdata_make(&fleet, &apart);

                document_print(document);
        } else {
                print_counts(&fleet);
                print_findings(&fleet, &apart);
        }
        if (html && !write_all(html, &work, &failure))
                return failure_print(&failure);
        return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
}
