#include "efi/parse/keyvalue.h"

#include "lib/number.h"

const char *keyvalue_strerror(enum keyvalue_status status)
{
        static const char *const messages[] = {
                [KEYVALUE_OK] = "no error",
                [KEYVALUE_END] = "no more lines",
                [KEYVALUE_NO_EQUALS] = "expected key=value or a comment that starts with #",
                [KEYVALUE_NO_KEY] = "no key before the =",
                [KEYVALUE_BAD_BYTE] = "contains a control character",
                [KEYVALUE_LONG_LINE] = "line is longer than 4096 bytes",
        };

        return messages[status];
}

void keyvalue_open(struct slice text, struct keyvalue_cursor *ret_cursor)
{
        const struct slice mark = SLICE("\xef\xbb\xbf");

        *ret_cursor = (struct keyvalue_cursor){
                .text = text,
                .offset = slice_starts_with(text, mark) ? mark.length : 0,
        };
}

/* Takes one line, without its LF or CRLF, off the cursor. */
static struct slice take_line(struct keyvalue_cursor *cursor)
{
        struct slice line = { cursor->text.data + cursor->offset, 0 };
        size_t left = cursor->text.length - cursor->offset;

        while (line.length < left && line.data[line.length] != '\n')
                line.length++;
        cursor->offset += line.length + (line.length < left);
        cursor->line++;
        if (line.length > 0 && line.data[line.length - 1] == '\r')
                line.length--;
        return line;
}

static bool has_control(struct slice line)
{
        for (size_t i = 0; i < line.length; i++) {
                unsigned char c = (unsigned char)line.data[i];

                if ((c < 0x20 && c != '\t') || c == 0x7f)
                        return true;
        }
        return false;
}

static enum keyvalue_status split(struct slice line, struct keyvalue *ret_pair)
{
        size_t equals = 0;

        while (equals < line.length && line.data[equals] != '=')
                equals++;
        if (equals == line.length)
                return KEYVALUE_NO_EQUALS;

        struct slice key = slice_trim((struct slice){ line.data, equals });
        struct slice value = { line.data + equals + 1, line.length - equals - 1 };

        if (key.length == 0)
                return KEYVALUE_NO_KEY;
        *ret_pair = (struct keyvalue){ key, slice_trim(value) };
        return KEYVALUE_OK;
}

enum keyvalue_status keyvalue_next(struct keyvalue_cursor *cursor, struct keyvalue *ret_pair)
{
        while (cursor->offset < cursor->text.length) {
                struct slice line = take_line(cursor);

                if (line.length > KEYVALUE_MAX_LINE)
                        return KEYVALUE_LONG_LINE;
                if (has_control(line))
                        return KEYVALUE_BAD_BYTE;
                line = slice_trim(line);
                if (line.length > 0 && line.data[0] != '#')
                        return split(line, ret_pair);
        }
        return KEYVALUE_END;
}

/* The state of keyvalue_read. */
struct reading {
        const char *name;
        const struct keyvalue_key *keys;
        size_t key_count;
        void *target;
        uint32_t seen; /* bit i: keys[i] was there */
};

static bool apply(struct reading *reading, const struct keyvalue *pair, struct text *reason)
{
        for (size_t i = 0; i < reading->key_count; i++) {
                const struct keyvalue_key *key = &reading->keys[i];

                if (!slice_equal(pair->key, slice_of(key->name)))
                        continue;
                if ((reading->seen & 1u << i) && !key->repeatable) {
                        text_add(reason, "%s is set twice", key->name);
                        return false;
                }
                reading->seen |= 1u << i;
                text_add(reason, "%s: ", key->name);
                return key->set(reading->target, pair->value, reason);
        }
        text_add(reason, "unknown key " SLICE_FORMAT, SLICE_PRINT(pair->key));
        return false;
}

/* Handles one line; on failure `reason` holds the message, on success what it held before. */
static bool read_line(struct reading *reading, enum keyvalue_status status, unsigned line,
        const struct keyvalue *pair, struct text *reason)
{
        const struct text before = *reason;

        text_add(reason, "%s:%u: ", reading->name, line);
        if (status != KEYVALUE_OK)
                text_add(reason, "%s", keyvalue_strerror(status));
        else if (apply(reading, pair, reason)) {
                *reason = before;
                reason->data[reason->length] = 0;
                return true;
        }
        return false;
}

bool keyvalue_read(const char *name, struct slice text, const struct keyvalue_key *keys,
        size_t key_count, void *target, struct text *reason)
{
        struct reading reading = { name, keys, key_count, target, 0 };
        struct keyvalue_cursor cursor;
        struct keyvalue pair;
        enum keyvalue_status status;
        struct text ignored;
        char nothing[1];
        bool good = true;

        if (text.length > KEYVALUE_MAX_BYTES) {
                text_add(reason, "%s: larger than %u KiB", name, KEYVALUE_MAX_BYTES >> 10);
                return false;
        }
        text_init(&ignored, nothing, sizeof(nothing));
        keyvalue_open(text, &cursor);
        while ((status = keyvalue_next(&cursor, &pair)) != KEYVALUE_END)
                if (!read_line(&reading, status, cursor.line, &pair, good ? reason : &ignored))
                        good = false;
        return good;
}

bool keyvalue_number(struct slice value, uint64_t least, uint64_t most, uint64_t *ret_number,
        struct text *reason)
{
        uint64_t number;

        if (!number_parse(value.data, value.length, &number) || number < least || number > most) {
                text_add(reason, "expected a number from %lu to %lu, not \"" SLICE_FORMAT "\"",
                        least, most, SLICE_PRINT(value));
                return false;
        }
        *ret_number = number;
        return true;
}

bool keyvalue_size(struct slice value, uint64_t *ret_size, struct text *reason)
{
        uint64_t size;

        if (!number_parse_size(value.data, value.length, &size) || size == 0) {
                text_add(reason,
                        "expected a size such as 64M (K, M, G or T), not \"" SLICE_FORMAT "\"",
                        SLICE_PRINT(value));
                return false;
        }
        *ret_size = size;
        return true;
}

bool keyvalue_yes_no(struct slice value, bool *ret_yes, struct text *reason)
{
        bool yes = slice_equal(value, SLICE("yes"));

        if (!yes && !slice_equal(value, SLICE("no"))) {
                text_add(
                        reason, "expected yes or no, not \"" SLICE_FORMAT "\"", SLICE_PRINT(value));
                return false;
        }
        *ret_yes = yes;
        return true;
}
