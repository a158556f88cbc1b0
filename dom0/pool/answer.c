#include "dom0/pool/answer.h"

#include <stdint.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"
#include "lib/escape.h"

#define BLANKS " \t"

/* --- xe --- */

/* One line and nothing else; then its length. False: several, or a NUL in it. */
static bool take_line(const char *text, size_t length, size_t *ret_length)
{
        size_t line = length - (length > 0 && text[length - 1] == '\n');

        if (memchr(text, '\0', length) || memchr(text, '\n', line))
                return false;
        *ret_length = line;
        return true;
}

bool answer_uuids(const char *text, size_t length, size_t *ret_count)
{
        uint8_t uuid[16];
        size_t line, count = 0;

        if (!take_line(text, length, &line))
                return false;
        for (const char *at = text, *end = text + line; line > 0 && at <= end; count++) {
                const char *comma = memchr(at, ',', (size_t)(end - at));
                size_t word = (size_t)((comma ? comma : end) - at);

                if (!uuid_parse(at, word, uuid))
                        return false;
                at += word + 1;
        }
        *ret_count = count;
        return true;
}

bool answer_uuid(const char *text, size_t length, char ret_uuid[UUID_LENGTH + 1])
{
        uint8_t uuid[16];
        size_t line;

        if (!take_line(text, length, &line) || !uuid_parse(text, line, uuid))
                return false;
        memcpy(ret_uuid, text, line);
        ret_uuid[line] = '\0';
        return true;
}

bool answer_truth(const char *text, size_t length, bool *ret_truth)
{
        static const char *const words[] = { "false", "true" };
        size_t line;

        if (!take_line(text, length, &line))
                return false;
        for (size_t i = 0; i < 2; i++)
                if (line == strlen(words[i]) && strncmp(text, words[i], line) == 0) {
                        *ret_truth = i == 1;
                        return true;
                }
        return false;
}

bool answer_name(const char *text, size_t length, char *out, size_t size)
{
        _cleanup_free_ char *name = memory_get(length + 1);
        size_t line, used = 0;

        if (!take_line(text, length, &line) || line == 0)
                return false;
        for (size_t i = 0; i < line; i++) {
                i += text[i] == '\\' && i + 1 < line && text[i + 1] == ',';
                name[used++] = text[i];
        }
        escape_text(name, used, out, size);
        return true;
}

/* --- xl --- */

/* The last word in front of `*end`, which is moved to its beginning; NULL: there is none. */
static const char *last_word(const char *begin, const char **end, size_t *ret_length)
{
        const char *stop = *end, *start;

        while (stop > begin && strchr(BLANKS, stop[-1]))
                stop--;
        for (start = stop; start > begin && !strchr(BLANKS, start[-1]);)
                start--;
        *end = start;
        *ret_length = (size_t)(stop - start);
        return *ret_length > 0 ? start : NULL;
}

static bool is_made_of(const char *word, size_t length, const char *characters)
{
        return strspn(word, characters) >= length;
}

/* "r-----": running, blocked, paused, shut down, why, dying. */
static bool is_state(const char *word, size_t length)
{
        return length == 6 && is_made_of(word, length, "-rbpscwSd");
}

/* What stands behind a domain's name, from its end: seconds, state, processors, MiB, number. */
static bool is_row(const char *line, size_t length, const char **ret_state, const char **ret_number)
{
        const char *end = line + length, *word;
        size_t bytes;

        if (!(word = last_word(line, &end, &bytes)) || !is_made_of(word, bytes, "0123456789."))
                return false;
        if (!(word = last_word(line, &end, &bytes)) || !is_state(word, bytes))
                return false;
        *ret_state = word;
        for (size_t i = 0; i < 3; i++) {
                word = last_word(line, &end, &bytes);
                if (!word || !is_made_of(word, bytes, "0123456789"))
                        return false;
        }
        *ret_number = word;
        return true;
}

/* One that was shut down or is going ends with no reboot. */
static bool is_guest(const char *state, const char *number)
{
        return state[3] != 's' && state[5] != 'd' && number[strspn(number, "0")] >= '1' &&
               number[strspn(number, "0")] <= '9';
}

static bool is_head(const char *line, size_t length)
{
        return length > 5 && strncmp(line, "Name ", 5) == 0 && memmem(line, length, " ID ", 4);
}

bool answer_domains(const char *text, size_t length, size_t *ret_count)
{
        size_t count = 0, line = strcspn(text, "\n");

        if (memchr(text, '\0', length) || !is_head(text, line))
                return false;
        for (text += line; *text; text += line) {
                const char *state, *number;

                text += *text == '\n';
                line = strcspn(text, "\n");
                if (is_row(text, line, &state, &number))
                        count += is_guest(state, number);
        }
        *ret_count = count;
        return true;
}
