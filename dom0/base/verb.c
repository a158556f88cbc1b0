#include "dom0/base/verb.h"

#include <string.h>

#include "dom0/base/failure.h"

const struct verb *const verbs[] = {
        &verb_install,
        &verb_uninstall,
        &verb_arm,
        &verb_disarm,
        &verb_follow,
        &verb_trial,
        &verb_store,
        &verb_status,
        &verb_collect,
        &verb_compare,
        &verb_report,
        &verb_check,
        &verb_doctor,
        &verb_help,
        NULL,
};

const struct verb *verb_find(const char *name)
{
        for (size_t i = 0; verbs[i]; i++)
                if (strcmp(verbs[i]->name, name) == 0)
                        return verbs[i];
        return NULL;
}

int option_complain(const char *verb, const struct option_error *error)
{
        /* an argument may be longer than any message */
        return complain(EXIT_USAGE, "%s: %.300s: %s; try: forestage help %s", verb, error->argument,
                error->problem, verb);
}
