#include "dom0/proof/testmiss.h"

#include <stdarg.h>
#include <stdio.h>

#include "dom0/base/escape.h"

bool testclaim_miss(const struct testclaim *test, const char *format, ...)
{
        va_list arguments;
        char what[320];

        va_start(arguments, format);
        vsnprintf(what, sizeof(what), format, arguments);
        va_end(arguments);
        return claim_miss(test->claim, "its test %s %s", SHOWN(test->name), what);
}
