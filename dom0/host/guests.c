#include "dom0/host/guests.h"

#include <string.h>

#include "dom0/host/program.h"
#include "lib/cleanup.h"

#define OUTPUT_MAX ((size_t)1 << 20)

size_t guests_in_xe(const char *output)
{
        size_t count = 0;

        while (*output) {
                size_t length = strcspn(output, ",\n");

                count += length > 0;
                output += length;
                output += *output != '\0';
        }
        return count;
}

/* A line a domain behind the head line; Domain-0 is this one. */
size_t guests_in_xl(const char *output)
{
        size_t count = 0;

        for (const char *line = output; *line;) {
                size_t length = strcspn(line, "\n");

                if (length > 0 && strncmp(line, "Name ", 5) != 0 &&
                        strncmp(line, "Domain-0 ", 9) != 0)
                        count++;
                line += length;
                line += *line == '\n';
        }
        return count;
}

bool guests_count(const struct host *host, size_t *ret_count)
{
        static const char *const xe[] = { "xe", "vm-list", "power-state=running",
                "is-control-domain=false", "params=uuid", "--minimal", NULL };
        static const char *const xl[] = { "xl", "list", NULL };
        _cleanup_free_ char *output = NULL;
        struct failure ignored;
        size_t length;

        if (program_run(host, xe, OUTPUT_MAX, &output, &length, &ignored))
                *ret_count = guests_in_xe(output);
        else if (program_run(host, xl, OUTPUT_MAX, &output, &length, &ignored))
                *ret_count = guests_in_xl(output);
        return output != NULL;
}
