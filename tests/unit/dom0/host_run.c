/*
 * The command on a stand-in for a whole host, as a program:
 *
 *     dom0-host make debian|xenserver    makes one, with Forestage installed, and prints its folder
 *     ROOT=FOLDER dom0-host VERB ...     runs a verb there, as forestage runs it
 */
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>

#include "dom0/base/failure.h"
#include "dom0/base/verb.h"
#include "lib/standard.h"
#include "tests/unit/dom0/host.h"
#include "tests/unit/tap.h"

static int make(const char *flavour)
{
        bool debian = strcmp(flavour, "debian") == 0;
        void *host = NULL;

        if ((debian ? stand_in_debian : stand_in_xenserver)(&host) != 0 ||
                stand_in_run(host, "install --yes") != 0)
                return 1;
        puts(((struct stand_in *)host)->root);
        return 0;
}

int main(int argc, char **argv)
{
        const char *root = getenv("ROOT");
        const struct verb *verb;
        struct stand_in host = { 0 };

        standard_streams_open();
        signal(SIGPIPE, SIG_IGN);
        umask(077);
        if (argc == 3 && strcmp(argv[1], "make") == 0)
                return make(argv[2]);
        verb = argc > 1 ? verb_find(argv[1]) : NULL;
        if (!verb || !root)
                return complain(EXIT_USAGE, "ROOT=FOLDER dom0-host VERB ...");
        stand_in_at(&host, root);
        return verb->run(&host.host, argc - 1, argv + 1);
}
