#include <string.h>

#include "dom0/base/failure.h"
#include "dom0/base/verb.h"
#include "dom0/trial/attempt.h"
#include "dom0/trial/ordering.h"
#include "dom0/trial/show.h"

static const struct option_spec options[] = {
        { "driver", OPTION_VALUE, offsetof(struct trial_options, driver) },
        { "jobs", OPTION_VALUE, offsetof(struct trial_options, jobs) },
        { "xen-option", OPTION_WORDS, offsetof(struct trial_options, xen) },
        { "dom0-option", OPTION_WORDS, offsetof(struct trial_options, dom0) },
        { "cached", OPTION_SWITCH, offsetof(struct trial_options, cached) },
        { "stay", OPTION_SWITCH, offsetof(struct trial_options, stay) },
        { "all", OPTION_SWITCH, offsetof(struct trial_options, all) },
        { "limit", OPTION_VALUE, offsetof(struct trial_options, limit) },
        { "boot-limit", OPTION_VALUE, offsetof(struct trial_options, boot_limit) },
        { "esp", OPTION_VALUE, offsetof(struct trial_options, esp) },
        { "entry", OPTION_VALUE, offsetof(struct trial_options, entry) },
        { "yes", OPTION_SWITCH, offsetof(struct trial_options, yes) },
        { "dry-run", OPTION_SWITCH, offsetof(struct trial_options, dry_run) },
        { 0 },
};

/* What show takes. */
static const struct option_spec show_options[] = {
        { "html", OPTION_VALUE, offsetof(struct show_options, html) },
        { "share", OPTION_VALUE, offsetof(struct show_options, share) },
        { "json", OPTION_SWITCH, offsetof(struct show_options, json) },
        { "all", OPTION_SWITCH, offsetof(struct show_options, all) },
        { 0 },
};

/* `word` is what stands behind the verb; NULL: an option does. Options start at argv[1]. */
static int trial_order(const struct host *host, const char *word, int argc, char **argv)
{
        struct trial_options given = { .driver = NULL };
        enum trial_mode mode = TRIAL_PV; /* the first of all */
        struct option_error wrong;

        if (!option_parse(options, argc, argv, &given, &wrong))
                return option_complain("trial", &wrong);
        if (!given.driver)
                return complain(EXIT_USAGE, "trial: --driver DIR is needed: the driver that dom0 "
                                            "is to load; try: forestage help trial");
        if (given.all && word)
                return complain(EXIT_USAGE, "trial: --all tries pv and pvh: leave %s away", word);
        if (word)
                trial_mode_parse(word, &mode);
        return ordering_run(host, mode, &given);
}

static int order_word(const struct host *host, int argc, char **argv)
{
        return trial_order(host, argv[0], argc, argv);
}

/* An id may stand before the options. */
static int show_word(const struct host *host, int argc, char **argv)
{
        const char *name = argc > 1 && *argv[1] != '-' ? argv[1] : NULL;
        struct show_options given = { .html = NULL };
        struct option_error wrong = { "goes with --json alone", "--all" };
        int skip = name ? 1 : 0;

        if (!option_parse(show_options, argc - skip, argv + skip, &given, &wrong) ||
                (given.all && (name || given.html || given.share)))
                return option_complain("trial", &wrong);
        return trial_show(host, name, &given);
}

static const struct {
        const char *word;
        int (*run)(const struct host *host, int argc, char **argv); /* argv[0] is the word */
} words[] = {
        { "pv", order_word },
        { "pvh", order_word },
        { "show", show_word },
        { "run", trial_run },
};

static bool has_all(int argc, char **argv)
{
        for (int i = 1; i < argc; i++)
                if (strcmp(argv[i], "--all") == 0)
                        return true;
        return false;
}

static int trial(const struct host *host, int argc, char **argv)
{
        for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(words[0]); i++)
                if (strcmp(argv[1], words[i].word) == 0)
                        return words[i].run(host, argc - 1, argv + 1);
        if (argc > 1 && *argv[1] != '-')
                return complain(EXIT_USAGE, "trial: there is no %.300s; try: forestage help trial",
                        argv[1]);
        if (!has_all(argc, argv))
                return complain(EXIT_USAGE,
                        "trial: say what to try: pv, pvh, or --all; try: forestage help trial");
        return trial_order(host, NULL, argc, argv);
}

const struct verb verb_trial = {
        .name = "trial",
        .options = options,
        .run = trial,
};
