#include "dom0/trialline/xenline.h"

#include <stdlib.h>
#include <string.h>

#include "dom0/base/buffer.h"
#include "dom0/base/memory.h"
#include "dom0/doctor/dom0memory.h"
#include "dom0/trialline/wordlist.h"
#include "lib/cleanup.h"
#include "lib/text.h"

enum state { STATE_UNSAID, STATE_OFF, STATE_ON };

/* One of the values that are divided by commas. */
struct piece {
        const char *text;
        size_t length;
};

/* The next of `*cursor`, which is moved behind it; NULL behind the last one. */
static bool next_piece(const char **cursor, struct piece *ret_piece)
{
        if (!*cursor)
                return false;
        *ret_piece = (struct piece){ *cursor, strcspn(*cursor, ",") };
        *cursor += ret_piece->length;
        *cursor = **cursor ? *cursor + 1 : NULL;
        return true;
}

static bool piece_is(const struct piece *piece, const char *word)
{
        return strlen(word) == piece->length && memcmp(piece->text, word, piece->length) == 0;
}

/* As xen/common/kernel.c, parse_bool, has them. */
static enum state read_bool(const struct piece *piece)
{
        static const struct {
                const char *word;
                enum state state;
        } words[] = {
                { "no", STATE_OFF },
                { "off", STATE_OFF },
                { "false", STATE_OFF },
                { "disable", STATE_OFF },
                { "0", STATE_OFF },
                { "yes", STATE_ON },
                { "on", STATE_ON },
                { "true", STATE_ON },
                { "enable", STATE_ON },
                { "1", STATE_ON },
        };

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
                if (piece_is(piece, words[i].word))
                        return words[i].state;
        return STATE_UNSAID;
}

static bool is_inverted(const char *word)
{
        return strncmp(word, "no-", 3) == 0;
}

static void add(struct wordlist *list, const char *word)
{
        wordlist_insert(list, wordlist_divider(list), word);
}

/* --- a reset that happens --- */

/* reboot= without the pieces that Xen takes for "no reboot": those that start with n. Owned. */
static char *reboot_without_no(const char *value)
{
        struct buffer kept = { 0 };
        struct piece piece;

        buffer_add(&kept, "");
        for (const char *at = value; next_piece(&at, &piece);) {
                _cleanup_free_ char *text = memory_copy_text(piece.text, piece.length);

                if (*text == 'n')
                        continue;
                buffer_add(&kept, kept.length > 0 ? "," : "");
                buffer_add(&kept, text);
        }
        return kept.data;
}

static bool stops_reset(const struct wordlist *list, size_t at)
{
        const char *value;
        struct piece piece;

        if (wordlist_sets(list, at, "noreboot", &value))
                return true;
        if (!wordlist_sets(list, at, "reboot", &value))
                return false;
        if (is_inverted(list->word[at]))
                return true;
        while (next_piece(&value, &piece))
                if (piece.length > 0 && *piece.text == 'n')
                        return true;
        return false;
}

static void let_it_reset(struct wordlist *list)
{
        for (size_t i = list->count; i-- > 0;) {
                _cleanup_free_ char *kept = NULL;
                const char *value;

                if (!stops_reset(list, i))
                        continue;
                if (wordlist_sets(list, i, "reboot", &value) && !is_inverted(list->word[i]))
                        kept = reboot_without_no(value);
                wordlist_remove(list, i);
                if (kept && *kept) {
                        _cleanup_free_ char *word = memory_format("reboot=%s", kept);

                        wordlist_insert(list, i, word);
                }
        }
}

/*
 * After a crash Xen would enter the crash kernel instead of resetting the machine, and nothing
 * would watch that: with a GPU that a trial has left running it may never come to an end.
 */
static void leave_crash_kernel_out(struct wordlist *list)
{
        wordlist_drop(list, "crashkernel");
}

/* --- the watchdog --- */

static enum state watchdog_of(const struct wordlist *list, size_t at)
{
        const char *value;
        struct piece piece;

        if (!wordlist_sets(list, at, "watchdog", &value))
                return STATE_UNSAID;
        if (is_inverted(list->word[at]))
                return STATE_OFF;
        piece = (struct piece){ value, strlen(value) };
        return !*value || piece_is(&piece, "force") ? STATE_ON : read_bool(&piece);
}

static void set_watchdog(struct wordlist *list)
{
        enum state state = STATE_UNSAID;

        for (size_t i = 0; i < list->count; i++) {
                enum state now = watchdog_of(list, i);

                state = now != STATE_UNSAID ? now : state;
        }
        if (state == STATE_ON)
                return;
        wordlist_drop(list, "watchdog");
        add(list, "watchdog");
}

/* --- dom0= --- */

/* What the pieces of one dom0= say last: on for pvh, off for pv. */
static enum state kind_in(const char *value, enum state so_far)
{
        struct piece piece;

        while (next_piece(&value, &piece))
                if (piece_is(&piece, "pvh") || piece_is(&piece, "pv"))
                        so_far = piece.length == 3 ? STATE_ON : STATE_OFF;
        return so_far;
}

static void keep_others(const char *value, struct buffer *others)
{
        struct piece piece;

        while (next_piece(&value, &piece)) {
                _cleanup_free_ char *text = memory_copy_text(piece.text, piece.length);

                if (piece_is(&piece, "pvh") || piece_is(&piece, "pv") || piece.length == 0)
                        continue;
                buffer_add(others, ",");
                buffer_add(others, text);
        }
}

static void replace_kind(struct wordlist *list, bool pvh)
{
        _cleanup_(buffer_free) struct buffer others = { 0 };
        _cleanup_free_ char *word = NULL;
        size_t place = wordlist_divider(list);
        const char *value;

        buffer_add(&others, "");
        for (size_t i = 0; i < list->count; i++)
                if (wordlist_sets(list, i, "dom0", &value) && !is_inverted(list->word[i])) {
                        keep_others(value, &others);
                        place = i < place ? i : place;
                }
        wordlist_drop(list, "dom0");
        word = memory_format("dom0=%s%s", pvh ? "pvh" : "pv", others.data);
        wordlist_insert(list, place < list->count ? place : wordlist_divider(list), word);
}

static void set_kind(struct wordlist *list, bool pvh)
{
        enum state state = STATE_UNSAID;
        const char *value;

        for (size_t i = 0; i < list->count; i++)
                if (wordlist_sets(list, i, "dom0", &value) && !is_inverted(list->word[i]))
                        state = kind_in(value, state);
        if (state == STATE_UNSAID ? pvh : pvh != (state == STATE_ON))
                replace_kind(list, pvh);
}

/* --- the IOMMU, which a PVH dom0 needs --- */

static void set_iommu(struct wordlist *list)
{
        enum state state = STATE_UNSAID;
        const char *value;
        struct piece piece;

        for (size_t i = 0; i < list->count; i++) {
                if (!wordlist_sets(list, i, "iommu", &value))
                        continue;
                if (is_inverted(list->word[i]))
                        state = STATE_OFF;
                while (next_piece(&value, &piece)) {
                        enum state now = read_bool(&piece);

                        state = now != STATE_UNSAID ? now : state;
                }
        }
        if (state == STATE_OFF)
                add(list, "iommu=1");
}

/* --- dom0_mem= --- */

/* The last amount and the last maximum; "" none. */
struct amounts {
        struct piece size, most;
};

static void read_amounts(const struct wordlist *list, struct amounts *ret_amounts)
{
        struct amounts found = { { "", 0 }, { "", 0 } };
        const char *value, *rest;
        struct piece piece;

        for (size_t i = 0; i < list->count; i++) {
                if (!wordlist_sets(list, i, "dom0_mem", &value) || is_inverted(list->word[i]))
                        continue;
                while (next_piece(&value, &piece)) {
                        if (text_skip(piece.text, "max:", &rest))
                                found.most = (struct piece){ rest, piece.length - 4 };
                        else if (!text_skip(piece.text, "min:", &rest) && piece.length > 0)
                                found.size = piece;
                }
        }
        *ret_amounts = found;
}

/* What Xen gives dom0 by the line, as it is written there; "": that depends on the machine. */
static struct piece fixed_amount(const struct wordlist *list)
{
        struct amounts amounts;
        uint64_t size, most;

        read_amounts(list, &amounts);
        if (!dom0_memory_size(amounts.size.text, amounts.size.length, &size) || size == 0)
                return (struct piece){ "", 0 };
        return dom0_memory_size(amounts.most.text, amounts.most.length, &most) && most < size
                       ? amounts.most
                       : amounts.size;
}

/* "4096M"; owned. */
static char *make_amount(uint64_t kib)
{
        return kib % 1024 == 0 ? memory_format("%lluM", (unsigned long long)kib / 1024)
                               : memory_format("%lluK", (unsigned long long)kib);
}

static bool set_memory(
        struct wordlist *list, const struct xenline_wish *wish, struct failure *error)
{
        _cleanup_free_ char *line = wordlist_join(list), *amount = NULL, *word = NULL;
        struct piece said = fixed_amount(list);
        size_t place = 0;
        const char *ignored;

        if (dom0_memory_read(line) == MEMORY_FIXED)
                return true;
        if (said.length == 0 && wish->memory_kib == 0)
                return fail(error, EXIT_FAIL,
                        "how much memory dom0 has cannot be told, and a trial needs a fixed "
                        "amount: give --xen-option dom0_mem=4G,max:4G, or what fits");
        amount = said.length > 0 ? memory_copy_text(said.text, said.length)
                                 : make_amount(wish->memory_kib);
        while (place < wordlist_divider(list) && !wordlist_sets(list, place, "dom0_mem", &ignored))
                place++;
        wordlist_drop(list, "dom0_mem");
        word = memory_format("dom0_mem=%s,max:%s", amount, amount);
        wordlist_insert(list, place, word);
        return true;
}

/* What a person says of it stands alone: a maximum of ours would be mixed with it. */
static bool gives_memory(const struct option_words *given)
{
        for (size_t i = 0; i < given->count; i++)
                if (strncmp(given->word[i], "dom0_mem=", 9) == 0)
                        return true;
        return false;
}

/* --- all of it --- */

char *xenline_make(const char *line, const struct xenline_wish *wish, struct failure *ret_error)
{
        _cleanup_(wordlist_free) struct wordlist list = wordlist_read(WORDLIST_XEN, line);

        let_it_reset(&list);
        leave_crash_kernel_out(&list);
        if (gives_memory(wish->given))
                wordlist_drop(&list, "dom0_mem");
        else if (!set_memory(&list, wish, ret_error))
                return NULL;
        set_kind(&list, wish->pvh);
        if (wish->pvh)
                set_iommu(&list);
        set_watchdog(&list);
        for (size_t i = 0; i < wish->given->count; i++)
                add(&list, wish->given->word[i]);
        return wordlist_join(&list);
}

const char *xenline_problem(const char *word, bool pvh)
{
        _cleanup_(wordlist_free) struct wordlist list = wordlist_read(WORDLIST_XEN, word);
        enum state kind = STATE_UNSAID;
        const char *value;

        if (list.count == 0)
                return NULL;
        if (stops_reset(&list, 0) || watchdog_of(&list, 0) == STATE_OFF)
                return "would take away what resets a trial that hangs";
        if (wordlist_sets(&list, 0, "dom0", &value))
                kind = kind_in(value, STATE_UNSAID);
        if (kind != STATE_UNSAID && pvh != (kind == STATE_ON))
                return "contradicts the kind of dom0 that is to be tried";
        return NULL;
}
