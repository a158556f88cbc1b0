#include "dom0/base/ask.h"

#include <stdio.h>
#include <string.h>

#include "dom0/base/failure.h"

bool ask(const char *question, bool yes)
{
        char answer[16] = "";

        if (yes)
                return true;
        printf("%s [y/N] ", question);
        fflush(stdout);
        if (!fgets(answer, sizeof(answer), stdin)) {
                puts("");
                complain(EXIT_FAIL, "nobody answers here; nothing was changed (--yes answers)");
                return false;
        }
        if (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0)
                return true;
        complain(EXIT_FAIL, "nothing was changed");
        return false;
}
