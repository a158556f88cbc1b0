#include "dom0/proof/need.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dom0/base/json.h"

bool need_miss(char *why, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        vsnprintf(why, PROOF_TEXT, format, arguments);
        va_end(arguments);
        return false;
}

bool need_sealed_by(const struct intake *intake, const char *whom)
{
        const char *sealer = get_string(intake->run->summary, "sealed_by");

        return sealer && strcmp(sealer, whom) == 0;
}
