#include "runner/ladder/nvrm.h"

#include <string.h>
#include <unistd.h>

#include "lib/escape.h"

#define LINE_BYTES 400u

void nvrm_rewind(struct kernel_log *log)
{
        if (log->fd >= 0)
                lseek(log->fd, 0, SEEK_SET);
        log->length = 0;
}

bool nvrm_message(const char *line, const char **ret_message)
{
        const char *semicolon = strchr(line, ';');
        const char *message = semicolon ? semicolon + 1 : line;

        /* A blank begins what /dev/kmsg says more of a message: its key words. */
        if (line[0] == ' ' || (!strstr(message, "NVRM") && !strcasestr(message, "nvidia")))
                return false;
        *ret_message = message;
        return true;
}

void nvrm_read(struct kernel_log *log, json_t *list)
{
        const char *line, *message;
        char text[LINE_BYTES];
        size_t length;

        while (kernel_log_next(log, &line, &length)) {
                if (!list || !nvrm_message(line, &message))
                        continue;
                escape_text(message, strlen(message), text, sizeof(text));
                json_array_append_new(list, json_string(text));
                if (json_array_size(list) > NVRM_MOST)
                        json_array_remove(list, 0);
        }
}
