#include "guard/seconds.h"

#include <string.h>

#include "lib/number.h"

#define BLANKS " \t\n"

bool guard_seconds(const char *line, uint32_t *ret_seconds)
{
        const size_t prefix = strlen(GUARD_PARAMETER "=");
        uint64_t seconds = 0;

        for (const char *word = line + strspn(line, BLANKS); *word; word += strspn(word, BLANKS)) {
                size_t length = strcspn(word, BLANKS);

                if (length == 2 && memcmp(word, "--", 2) == 0)
                        break;
                if (length >= prefix && memcmp(word, GUARD_PARAMETER "=", prefix) == 0 &&
                        !number_parse(word + prefix, length - prefix, &seconds))
                        seconds = 0;
                word += length;
        }
        if (seconds < GUARD_SECONDS_LEAST || seconds > GUARD_SECONDS_MOST)
                return false;
        *ret_seconds = (uint32_t)seconds;
        return true;
}
