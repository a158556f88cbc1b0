#include "jobs/sweep/lines.h"

#include <stdlib.h>
#include <string.h>

#include "lib/grow.h"

static const char *put(char **to, const char *text)
{
        const char *start = *to;

        if (!text)
                return NULL;
        *to = stpcpy(*to, text) + 1;
        return start;
}

static size_t size_of(const char *text)
{
        return text ? strlen(text) + 1 : 0;
}

void lines_add(struct sweep_lines *lines, const char *section, const char *name, const char *value,
        unsigned line)
{
        char *text = malloc(size_of(section) + size_of(name) + size_of(value));
        struct sweep_line *grown = text ? grow(lines->line, lines->count, sizeof(*grown)) : NULL;

        if (grown)
                lines->line = grown;
        if (!grown) {
                free(text);
                lines->lost = true;
                return;
        }
        grown[lines->count++] = (struct sweep_line){
                .section = put(&text, section),
                .name = put(&text, name),
                .value = put(&text, value),
                .line = line,
        };
}

void lines_clear(struct sweep_lines *lines)
{
        for (size_t i = 0; i < lines->count; i++)
                free((char *)(size_t)lines->line[i].section); /* name and value are behind it */
        free(lines->line);
        memset(lines, 0, sizeof(*lines));
}
