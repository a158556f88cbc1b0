/*
 * Any run.json: the page that is made of it holds no element that a report does not have, and the
 * comparison ends. The kernel's log and the driver's words that doctor reads, too.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "dom0/doctor/diagnosis.h"
#include "dom0/doctor/kernellog.h"
#include "dom0/doctor/pat.h"
#include "dom0/report/comparison.h"
#include "dom0/report/page.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_page(const json_t *document)
{
        const json_t *const documents[] = { document, document };
        static const char *const forbidden[] = { "<script", "<img", "<a ", "<iframe", "<link",
                "<object" };
        char *page = NULL;
        size_t length;
        FILE *to = open_memstream(&page, &length);

        page_write(to, documents, NULL, 2);
        fclose(to);
        for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
                if (strstr(page, forbidden[i]) || strlen(page) != length)
                        abort();
        free(page);
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
        check_page(document);
        comparison = comparison_make(document, document, 10, NULL);
        if (json_is_true(json_object_get(comparison, "different")))
                abort();
        json_decref(comparison);
        json_decref(document);
        return 0;
}
