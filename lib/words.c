#include "lib/words.h"

#include <fnmatch.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/grow.h"
#include "lib/number.h"
#include "lib/text.h"
#include "lib/uuid.h"

bool words_add(struct words *words, const char *word, char *why)
{
        char **grown, *copy;

        if (words->count >= WORDS_MAX)
                return why_not(why, "more than %u values", WORDS_MAX);
        grown = grow(words->word, words->count, sizeof(*grown));
        if (grown)
                words->word = grown;
        copy = grown ? strdup(word) : NULL;
        if (!copy)
                return why_not(why, "out of memory");
        words->word[words->count++] = copy;
        return true;
}

static bool add_part(struct words *words, const char *from, size_t length, const char *what,
        bool (*check)(const char *part), char *why)
{
        char part[128];

        while (length > 0 && (*from == ' ' || *from == '\t')) {
                from++;
                length--;
        }
        while (length > 0 && (from[length - 1] == ' ' || from[length - 1] == '\t'))
                length--;
        snprintf(part, sizeof(part), "%.*s", (int)length, from);
        if (length >= sizeof(part) || !check(part))
                return why_not(why, "'%s' is not %s", part, what);
        for (size_t i = 0; i < words->count; i++)
                if (strcmp(words->word[i], part) == 0)
                        return why_not(why, "'%s' is given twice", part);
        return words_add(words, part, why);
}

bool words_add_list(struct words *words, const char *list, const char *what,
        bool (*check)(const char *part), char *why)
{
        for (const char *at = list;; at++) {
                size_t length = strcspn(at, ",");

                if (!add_part(words, at, length, what, check, why))
                        return false;
                at += length;
                if (!*at)
                        return true;
        }
}

void words_clear(struct words *words)
{
        for (size_t i = 0; i < words->count; i++)
                free(words->word[i]);
        free(words->word);
        *words = (struct words){ NULL, 0 };
}

static bool is_device(const char *word)
{
        uint8_t uuid[16];
        const char *rest;
        uint64_t index;

        if (text_skip(word, "GPU-", &rest))
                return uuid_parse(rest, strlen(rest), uuid);
        /* One spelling for each index, so that the same one is seen twice. */
        return strspn(word, "0123456789") == strlen(word) && (word[0] != '0' || !word[1]) &&
               number_u64(word, &index) && index < 4096;
}

bool words_add_devices(struct words *words, const char *list, char *why)
{
        return words_add_list(words, list,
                "a device: an index, or a UUID as GPU-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
                is_device, why);
}

static bool is_pattern(const char *word)
{
        return *word != '\0';
}

bool words_add_patterns(struct words *words, const char *list, char *why)
{
        return words_add_list(words, list, "a name or a pattern of names", is_pattern, why);
}

bool words_match(const struct words *patterns, const char *name, bool *used)
{
        char sweep[128];
        size_t length = strcspn(name, "@");
        bool any = false, point = name[length] && length < sizeof(sweep);

        if (point)
                memcpy(sweep, name, length);
        sweep[point ? length : 0] = '\0';
        for (size_t i = 0; i < patterns->count; i++) {
                const char *pattern = patterns->word[i];

                if (fnmatch(pattern, name, 0) != 0 && !(point && fnmatch(pattern, sweep, 0) == 0))
                        continue;
                any = true;
                if (used)
                        used[i] = true;
        }
        return any;
}

const char *words_unused(const struct words *patterns, const bool *used)
{
        for (size_t i = 0; i < patterns->count; i++)
                if (!used[i])
                        return patterns->word[i];
        return NULL;
}
