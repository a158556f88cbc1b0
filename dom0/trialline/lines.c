#include "dom0/trialline/lines.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/trialline/xenline.h"
#include "lib/cleanup.h"
#include "lib/utf8.h"

/* Xen hands dom0 a line of 1024 bytes with its NUL (MAX_GUEST_CMDLINE). */
#define DOM0_BYTES 1023u

/* forestage.region= forestage.run= acpi_rsdp= of the stage, noapic and acpi=force of Xen. */
#define ADDED_LATER 160u

static const char *const mode_names[] = { [TRIAL_PV] = "pv", [TRIAL_PVH] = "pvh" };

bool trial_mode_parse(const char *word, enum trial_mode *ret_mode)
{
        for (size_t i = 0; i < TRIAL_MODES; i++)
                if (strcmp(word, mode_names[i]) == 0) {
                        *ret_mode = (enum trial_mode)i;
                        return true;
                }
        return false;
}

const char *trial_mode_name(enum trial_mode mode)
{
        return mode_names[mode];
}

void lines_free(struct lines *lines)
{
        free(lines->xen);
        free(lines->dom0);
        *lines = (struct lines){ NULL, NULL };
}

/* --- what a person adds --- */

static const char *word_problem(enum wordlist_reader reader, const char *word)
{
        _cleanup_(wordlist_free) struct wordlist list = wordlist_read(reader, word);
        size_t quotes = 0;

        if (utf8_valid(word, strlen(word)) != strlen(word))
                return "is no UTF-8";
        for (const char *at = word; *at; at++) {
                if (iscntrl((unsigned char)*at))
                        return "has a control character";
                quotes += *at == '"';
        }
        if (list.count != 1 || strcmp(list.word[0], word) != 0)
                return "is not one word: give the option once for each";
        if (reader == WORDLIST_LINUX && quotes % 2 != 0)
                return "has a quote that is left open";
        return strcmp(word, "--") == 0 ? "would give the rest to somebody else" : NULL;
}

/* Options of dom0's kernel that the trial sets, or that would keep the guard from running. */
static const char *const kept[] = { "rdinit", "noinitrd", "panic", "forestage.trial",
        "forestage.guard", "forestage.run", "forestage.region" };

static const char *kept_problem(enum wordlist_reader reader, const char *word)
{
        _cleanup_(wordlist_free) struct wordlist list = wordlist_read(reader, word);
        const char *ignored;

        for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
                if (reader == WORDLIST_LINUX && wordlist_sets(&list, 0, kept[i], &ignored))
                        return "is what the trial sets itself";
        return NULL;
}

static bool check_given(const char *option, enum wordlist_reader reader,
        const struct option_words *given, enum trial_mode mode, struct failure *error)
{
        for (size_t i = 0; i < given->count; i++) {
                const char *word = given->word[i];
                const char *problem = word_problem(reader, word);

                if (!problem)
                        problem = reader == WORDLIST_XEN ? xenline_problem(word, mode == TRIAL_PVH)
                                                         : kept_problem(reader, word);
                if (problem)
                        return fail(error, EXIT_USAGE, "%s %.200s: that %s", option, word, problem);
        }
        return true;
}

/* --- dom0's line --- */

/* Where the guard would not be started, or start the wrong program after it. */
static bool check_guard(const struct wordlist *list, struct failure *error)
{
        static const char *const names[] = { "rdinit", "noinitrd" };
        const char *ignored;

        for (size_t at = 0; at < list->count; at++)
                for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                        if (wordlist_sets(list, at, names[i], &ignored))
                                return fail(error, EXIT_FAIL,
                                        "dom0's command line has %.200s: the guard of a trial, "
                                        "which starts with dom0's initrd and goes on with its "
                                        "/init, could not be started",
                                        list->word[at]);
        return true;
}

static void drop_ours(struct wordlist *list)
{
        static const char *const names[] = { "panic", "crashkernel", "forestage.trial",
                "forestage.guard" };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                wordlist_drop(list, names[i]);
}

static void add(struct wordlist *list, const char *word)
{
        if (!wordlist_has(list, word))
                wordlist_insert(list, wordlist_divider(list), word);
}

static char *make_dom0(
        const struct lines *host, const struct lines_wish *wish, struct failure *error)
{
        _cleanup_(wordlist_free) struct wordlist list = wordlist_read(WORDLIST_LINUX, host->dom0);
        _cleanup_free_ char *trial = memory_format("forestage.trial=%s", wish->trial);
        _cleanup_free_ char *guard = memory_format("forestage.guard=%u", wish->guard_s);

        if (!check_guard(&list, error))
                return NULL;
        drop_ours(&list);
        add(&list, trial);
        add(&list, guard);
        add(&list, "rdinit=/forestage-guard");
        add(&list, "panic=10");
        for (const char *const *unit = wish->masks; *unit; unit++) {
                _cleanup_free_ char *mask = memory_format("systemd.mask=%s", *unit);

                add(&list, mask);
        }
        for (size_t i = 0; i < wish->dom0->count; i++)
                wordlist_insert(&list, wordlist_divider(&list), wish->dom0->word[i]);
        return wordlist_join(&list);
}

/* --- Xen's line, of which dom0 gets the end --- */

/* What stands behind " -- "; the line is cut there. "": nothing. Owned. */
static char *split(char *line)
{
        bool at_once = strncmp(line, "-- ", 3) == 0;
        char *divider = at_once ? line : strstr(line, " -- ");

        if (!divider)
                return memory_copy("");
        *divider = '\0';
        return memory_copy(divider + (at_once ? 3 : 4));
}

static char *make_xen(const struct lines *host, const struct lines_wish *wish, char **ret_rest,
        struct failure *error)
{
        _cleanup_free_ char *own = memory_copy(host->xen), *rest = split(own), *changed = NULL;
        _cleanup_(wordlist_free) struct wordlist list = wordlist_read(WORDLIST_LINUX, rest);
        const struct xenline_wish xen = { wish->mode == TRIAL_PVH, wish->memory_kib, wish->xen };
        size_t before = list.count;

        if (!check_guard(&list, error))
                return NULL;
        drop_ours(&list);
        changed = xenline_make(own, &xen, error);
        if (!changed)
                return NULL;
        *ret_rest = before == list.count ? TAKE_PTR(rest) : wordlist_join(&list);
        return **ret_rest ? memory_format("%s -- %s", changed, *ret_rest) : TAKE_PTR(changed);
}

static bool check_length(const char *dom0, const char *rest, struct failure *error)
{
        size_t bytes = strlen(dom0) + 1 + strlen(rest) + ADDED_LATER;

        return bytes <= DOM0_BYTES ||
               fail(error, EXIT_FAIL,
                       "the command line of dom0's kernel could have %zu bytes, and Xen hands %u "
                       "on: what a trial needs might be cut off",
                       bytes, DOM0_BYTES);
}

bool lines_make(const struct lines *host, const struct lines_wish *wish, struct lines *ret_lines,
        struct failure *ret_error)
{
        _cleanup_(lines_free) struct lines lines = { NULL, NULL };
        _cleanup_free_ char *rest = NULL;

        if (!check_given("--xen-option", WORDLIST_XEN, wish->xen, wish->mode, ret_error) ||
                !check_given("--dom0-option", WORDLIST_LINUX, wish->dom0, wish->mode, ret_error))
                return false;
        lines.xen = make_xen(host, wish, &rest, ret_error);
        lines.dom0 = lines.xen ? make_dom0(host, wish, ret_error) : NULL;
        if (!lines.dom0 || !check_length(lines.dom0, rest, ret_error))
                return false;
        *ret_lines = lines;
        lines = (struct lines){ NULL, NULL };
        return true;
}

/* --- shown --- */

/* The words of one that the other has not, each as often as it is missing. */
static void print_missing(FILE *to, size_t indent, char sign, const struct wordlist *one,
        const struct wordlist *other)
{
        _cleanup_free_ bool *taken = memory_get(other->count + 1);

        for (size_t i = 0; i < one->count; i++) {
                size_t at = 0;

                while (at < other->count &&
                        (taken[at] || strcmp(one->word[i], other->word[at]) != 0))
                        at++;
                if (at == other->count)
                        print_line(to, "%*s%c %s", (int)indent, "", sign, one->word[i]);
                taken[at] = true;
        }
}

void lines_print_difference(
        FILE *to, size_t indent, enum wordlist_reader reader, const char *before, const char *after)
{
        _cleanup_(wordlist_free) struct wordlist old = wordlist_read(reader, before);
        _cleanup_(wordlist_free) struct wordlist new = wordlist_read(reader, after);

        print_missing(to, indent, '-', &old, &new);
        print_missing(to, indent, '+', &new, &old);
}
