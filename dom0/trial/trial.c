#include <string.h>

#include "dom0/base/failure.h"
#include "dom0/base/verb.h"
#include "dom0/trial/attempt.h"
#include "dom0/trial/show.h"

/* What `show` takes, as the help has it; each word reads its own. */
static const struct option_spec options[] = {
        { "all", OPTION_SWITCH, 0 },
        { "html", OPTION_VALUE, 0 },
        { "json", OPTION_SWITCH, 0 },
        { "share", OPTION_VALUE, 0 },
        { 0 },
};

static const struct {
        const char *word;
        int (*run)(const struct host *host, int argc, char **argv);
} words[] = {
        { "run", trial_run },
        { "show", trial_show },
};

static int trial(const struct host *host, int argc, char **argv)
{
        for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(words[0]); i++)
                if (strcmp(words[i].word, argv[1]) == 0)
                        return words[i].run(host, argc - 1, argv + 1);
        return complain(EXIT_USAGE, "trial: run or show is needed; try: forestage help trial");
}

const struct verb verb_trial = {
        .name = "trial",
        .options = options,
        .run = trial,
};
