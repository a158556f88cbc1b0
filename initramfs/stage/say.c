/* What the stage says, on the console and in the record: no byte of others gets there as it is. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "initramfs/stage/stage.h"
#include "lib/escape.h"

#define LINE 1024u

void stage_say(const char *format, ...)
{
        char text[LINE], safe[LINE];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        escape_text(text, strlen(text), safe, sizeof(safe));
        printf("forestage: %s\n", safe);
        fflush(stdout);
}

bool stage_fail(struct stage *stage, const char *format, ...)
{
        char text[LINE];
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(text, sizeof(text), format, arguments);
        va_end(arguments);
        escape_text(text, strlen(text), stage->error, sizeof(stage->error));
        return false;
}
