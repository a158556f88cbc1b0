/* The `forestage` command of dom0: finds the verb in a table and hands over. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "dom0/base/failure.h"
#include "dom0/base/memory.h"
#include "dom0/base/verb.h"
#include "lib/standard.h"
#include "version.h"

int main(int argc, char **argv)
{
        const char *name = argc > 1 ? argv[1] : NULL;
        const struct verb *verb;

        standard_streams_open();
        /* A reader that leaves must not end a change half-way: writing to it fails then. */
        signal(SIGPIPE, SIG_IGN);
        umask(077);
        json_set_alloc_funcs(memory_allocate, free);
        if (!name)
                return complain(EXIT_USAGE, "a verb is needed; try: forestage help");
        if (strcmp(name, "--version") == 0 && argc == 2)
                return puts("forestage " FORESTAGE_VERSION) < 0 ? EXIT_INCOMPLETE : EXIT_PASS;
        if (strcmp(name, "--help") == 0 && argc == 2)
                name = "help";
        verb = verb_find(name);
        if (verb && argc == 3 && strcmp(argv[2], "--help") == 0)
                return verb_help.run(&host_default, 2, (char *[]){ argv[2], argv[1], NULL });
        if (verb)
                return verb->run(&host_default, argc - 1, argv + 1);
        return complain(EXIT_USAGE, "there is no verb %.300s; try: forestage help", name);
}
