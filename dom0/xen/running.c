#include "dom0/xen/running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/host/program.h"
#include "dom0/host/source.h"
#include "lib/cleanup.h"
#include "lib/text.h"

#define LINE_MAX_BYTES ((size_t)64 << 10)
#define OUTPUT_MAX     ((size_t)1 << 20)
#define CUT            1023u /* Xen tells of no more, and gives dom0 no more */
#define BLANKS         " \t\n"

char *running_ask_xl(const struct host *host)
{
        static const char *const argv[] = { "xl", "info", NULL };
        struct failure ignored;
        char *output;
        size_t length;

        return program_run_for(host, host->patience, argv, OUTPUT_MAX, &output, &length, &ignored)
                       ? output
                       : NULL;
}

/* The line "xen_commandline : …" of xl info; NULL when there is none. */
static char *read_xen(const char *xl_info)
{
        const char *found = xl_info ? strstr(xl_info, "xen_commandline") : NULL;

        found = found ? strchr(found, ':') : NULL;
        if (!found)
                return NULL;
        found += 1 + (found[1] == ' ');
        return memory_copy_text(found, strcspn(found, "\n"));
}

static char *read_release(const struct host *host)
{
        _cleanup_free_ char *path = host_path(host, "/proc/sys/kernel/osrelease");
        size_t length;
        char *release = source_read_text(path, LINE_MAX_BYTES, &length);

        if (release)
                release[strcspn(release, BLANKS)] = '\0';
        return release;
}

void running_read(const struct host *host, const char *xl_info, struct running *ret_running)
{
        size_t length;

        *ret_running = (struct running){ read_xen(xl_info),
                source_read_text(host->command_line, LINE_MAX_BYTES, &length), read_release(host) };
}

void running_free(struct running *running)
{
        free(running->xen);
        free(running->dom0);
        free(running->release);
        *running = (struct running){ 0 };
}

/* --- words that do not count --- */

/* Starts of words, or whole words. */
static const char *const xen_any[] = { "placeholder", NULL };
static const char *const xen_after_run[] = { "placeholder", "no-real-mode", "edd=off",
        "reboot=acpi", "vga=mode-", "vga=gfx-", NULL };
static const char *const dom0_any[] = { "placeholder",
        "forestage.region=", "forestage.run=", "acpi_rsdp=", "noapic", "acpi=", NULL };

static bool counts(const char *word, size_t length, const char *const ignored[])
{
        for (; *ignored; ignored++) {
                size_t start = strlen(*ignored);
                bool whole = !strchr("=-", (*ignored)[start - 1]);

                if (length >= start && strncmp(word, *ignored, start) == 0 &&
                        (!whole || length == start))
                        return false;
        }
        return true;
}

/* One of the two lines that are compared. */
struct line {
        const char *text;
        const char *const *ignored;
        const char *word; /* the next one that counts */
        size_t length;    /* 0: there is none */
};

static void advance(struct line *line)
{
        do {
                line->text += strspn(line->text, BLANKS);
                line->word = line->text;
                line->length = strcspn(line->text, BLANKS);
                line->text += line->length;
        } while (line->length > 0 && !counts(line->word, line->length, line->ignored));
}

/* The name of the file stands in front of some: GRUB 1 and kexec left it there. */
static struct line start(const char *text, const char *const *ignored)
{
        struct line line = { .text = text + strspn(text, BLANKS), .ignored = ignored };

        if (*line.text == '/' || *line.text == '(')
                line.text += strcspn(line.text, BLANKS);
        advance(&line);
        return line;
}

static bool same_word(const struct line *left, const struct line *right)
{
        return left->length == right->length && strncmp(left->word, right->word, left->length) == 0;
}

static bool same_line(const char *entry, const char *running, const char *const *ignored)
{
        struct line left = start(entry, ignored), right = start(running, ignored);
        bool cut = strlen(running) >= CUT;

        for (; left.length > 0 && same_word(&left, &right); advance(&left))
                advance(&right);
        if (!cut)
                return left.length == 0 && right.length == 0;
        return right.length == 0 ||
               (right.word[right.length] == '\0' && right.length < left.length &&
                       strncmp(left.word, right.word, right.length) == 0);
}

/* --- an entry's lines as both get them --- */

struct lines {
        char *xen, *dom0; /* owned */
        const char *const *xen_ignored;
};

/* What stands behind "--" on Xen's line goes to dom0. */
static struct lines divide(
        const struct running *running, const char *xen_options, const char *dom0_options)
{
        const char *rest = strstr(xen_options, " -- ");
        size_t length = rest ? (size_t)(rest - xen_options) : strlen(xen_options);
        bool by_run = running->dom0 && strstr(running->dom0, "forestage.run=");

        return (struct lines){ memory_copy_text(xen_options, length),
                memory_format("%s%s", dom0_options, rest ? rest + 3 : ""),
                by_run ? xen_after_run : xen_any };
}

static void lines_free(struct lines *lines)
{
        free(lines->xen);
        free(lines->dom0);
}

bool running_is(const struct running *running, const char *xen_options, const char *dom0_options)
{
        _cleanup_(lines_free) struct lines lines = divide(running, xen_options, dom0_options);

        return (running->xen || running->dom0) &&
               (!running->xen || same_line(lines.xen, running->xen, lines.xen_ignored)) &&
               (!running->dom0 || same_line(lines.dom0, running->dom0, dom0_any));
}

/* The first word of `left` that is not one of `right`; NULL: all are. Owned. */
static char *find_missing(const char *left, const char *right, const char *const *ignored)
{
        for (struct line line = start(left, ignored); line.length > 0; advance(&line))
                if (!text_has_word(right, BLANKS, line.word, line.length))
                        return memory_copy_text(line.word, line.length);
        return NULL;
}

static bool compare(const char *what, const char *entry, const char *running,
        const char *const *ignored, char *text, size_t size)
{
        static const char end[] = "the run will end with the boot entry's command line";
        _cleanup_free_ char *lacks = find_missing(entry, running, ignored);
        _cleanup_free_ char *has = find_missing(running, entry, ignored);

        if (same_line(entry, running, ignored))
                return false;
        if (lacks)
                snprintf(text, size, "%s runs without \"%s\", which its boot entry has: %s", what,
                        lacks, end);
        else if (has)
                snprintf(text, size, "%s runs with \"%s\", which its boot entry has not: %s", what,
                        has, end);
        else
                snprintf(text, size,
                        "%s runs with the words of its boot entry in another order: %s", what, end);
        return true;
}

bool running_differs(const struct running *running, const char *xen_options,
        const char *dom0_options, char *text, size_t size)
{
        _cleanup_(lines_free) struct lines lines = divide(running, xen_options, dom0_options);

        return (running->dom0 &&
                       compare("dom0", lines.dom0, running->dom0, dom0_any, text, size)) ||
               (running->xen &&
                       compare("Xen", lines.xen, running->xen, lines.xen_ignored, text, size));
}
