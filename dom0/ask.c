#include "dom0/ask.h"

#include <stdio.h>
#include <string.h>

bool ask(const char *question, bool yes)
{
        char answer[16] = "";

        if (yes)
                return true;
        printf("%s [y/N] ", question);
        fflush(stdout);
        if (!fgets(answer, sizeof(answer), stdin)) {
                puts("");
                fputs("forestage: nobody answers here; nothing was changed (--yes answers)\n",
                        stderr);
                return false;
        }
        if (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0)
                return true;
        fputs("forestage: nothing was changed\n", stderr);
        return false;
}
