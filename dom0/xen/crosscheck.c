#include "dom0/xen/crosscheck.h"

#include <stdio.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/host/program.h"
#include "dom0/host/source.h"
#include "lib/cleanup.h"
#include "lib/text.h"

#define LINE_MAX_BYTES ((size_t)64 << 10)
#define BLANKS         " \t\n"

char *crosscheck_missing(const char *line, const char *other)
{
        while (*(line += strspn(line, BLANKS))) {
                size_t length = strcspn(line, BLANKS);

                if (!text_has_word(other, BLANKS, line, length))
                        return memory_copy_text(line, length);
                line += length;
        }
        return NULL;
}

static bool compare(
        const char *what, const char *entry, const char *running, char *text, size_t size)
{
        _cleanup_free_ char *word = crosscheck_missing(entry, running);

        if (word)
                snprintf(text, size,
                        "%s runs without \"%s\", which its boot entry has: the run will end with "
                        "the boot entry's command line",
                        what, word);
        return word != NULL;
}

/* The line "xen_commandline : …" of xl info; NULL when xl cannot say. */
static char *xen_line(const struct host *host)
{
        static const char *const argv[] = { "xl", "info", NULL };
        _cleanup_free_ char *output = NULL;
        struct failure ignored;
        const char *found;
        size_t length;

        if (!program_run(host, argv, LINE_MAX_BYTES, &output, &length, &ignored))
                return NULL;
        found = strstr(output, "xen_commandline");
        found = found ? strchr(found, ':') : NULL;
        return found ? memory_copy_text(found + 1, strcspn(found + 1, "\n")) : NULL;
}

bool crosscheck(const struct host *host, const struct xenboot *boot, char *text, size_t size)
{
        size_t length;
        _cleanup_free_ char *dom0 = source_read_text(host->command_line, LINE_MAX_BYTES, &length);
        _cleanup_free_ char *xen = xen_line(host);

        return (dom0 && compare("dom0", boot->dom0_options, dom0, text, size)) ||
               (xen && compare("Xen", boot->xen_options, xen, text, size));
}
