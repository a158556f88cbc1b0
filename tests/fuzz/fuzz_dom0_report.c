/*
 * Any run.json: the page that is made of it holds no element that a report does not have, and the
 * comparison ends; in a fleet it makes nobody pass that did not. The kernel's log and the driver's
 * words that doctor reads, too.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "dom0/doctor/diagnosis.h"
#include "dom0/doctor/kernellog.h"
#include "dom0/doctor/pat.h"
#include "dom0/fleet/fleetdata.h"
#include "dom0/fleet/fleetpage.h"
#include "dom0/report/comparison.h"
#include "dom0/report/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `other`: one more that must not be there, or NULL. */
static void check_elements(const char *page, size_t length, const char *other)
{
        const char *const forbidden[] = { "<script", "<img", "<iframe", "<link", "<object", other };

        for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]) && forbidden[i]; i++)
                if (strstr(page, forbidden[i]))
                        abort();
        if (strlen(page) != length)
                abort();
}

/* Of `count` runs that are all the same: one is a sheet, two are beside each other. */
static void check_page(const json_t *document, size_t count)
{
        const json_t *const documents[] = { document, document };
        char *page = NULL;
        size_t length;
        FILE *to = open_memstream(&page, &length);

        page_write(to, documents, NULL, count);
        fclose(to);
        check_elements(page, length, "<a ");
        free(page);
}

/* As many runs as there may be earlier ones of a GPU, so that figures are compared. */
static void check_fleet(const json_t *document)
{
        const json_t *verdict = json_object_get(document, "verdict");
        bool passed = json_is_string(verdict) && strcmp(json_string_value(verdict), "pass") == 0;
        struct fleet fleet = { 0 };
        struct apart apart;
        json_t *data;
        char *page = NULL;
        size_t length;
        FILE *to = open_memstream(&page, &length);

        for (char name[] = "fleet/a/0"; name[8] < '4'; name[8]++)
                fleet_add(&fleet, name, document);
        fleet_settle(&fleet);
        apart = apart_find(&fleet);
        data = fleetdata_make(&fleet, &apart);
        if (fleet_count(&fleet, LEXICON_NONE, FLEET_PASS) > 0 && !passed)
                abort();
        fleetpage_write(to, &fleet, &apart, NULL, NULL);
        fclose(to);
        check_elements(page, length, NULL);
        free(page);
        to = fopen("/dev/null", "w");
        fleetdata_table(to, &fleet, &apart);
        fclose(to);
        json_decref(data);
        apart_free(&apart);
        fleet_free(&fleet);
}

static void check_text(const char *text)
{
        const char *at = text;
        struct pat pat;
        char line[64];

        while (kernellog_next(&at, line, sizeof(line)))
                diagnosis_line(line);
        kernellog_is_whole(text);
        if (pat_parse(text, &pat) && pat_write_combining(&pat) >= (int)PAT_ENTRIES)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        char *text = calloc(1, size + 1);
        json_t *document, *comparison;

        memcpy(text, data, size);
        check_text(text);
        free(text);
        document = json_loadb((const char *)data, size, 0, NULL);
        if (!document)
                return 0;
        check_page(document, 1);
        check_page(document, 2);
        check_fleet(document);
        comparison = comparison_make(document, document, 10, NULL);
        if (json_is_true(json_object_get(comparison, "different")))
                abort();
        json_decref(comparison);
        json_decref(document);
        return 0;
}
