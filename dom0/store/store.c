#include <string.h>

#include "dom0/base/failure.h"
#include "dom0/base/verb.h"
#include "dom0/store/creation.h"
#include "dom0/store/removal.h"
#include "dom0/store/view.h"

struct show_options {
        bool json;
};

struct remove_options {
        bool yes, dry_run;
};

static const struct option_spec create_options[] = {
        { "size", OPTION_VALUE, offsetof(struct creation_options, size) },
        { "yes", OPTION_SWITCH, offsetof(struct creation_options, yes) },
        { "dry-run", OPTION_SWITCH, offsetof(struct creation_options, dry_run) },
        { 0 },
};

static const struct option_spec show_options[] = {
        { "json", OPTION_SWITCH, offsetof(struct show_options, json) },
        { 0 },
};

static const struct option_spec no_options[] = { { 0 } };

static const struct option_spec remove_options[] = {
        { "yes", OPTION_SWITCH, offsetof(struct remove_options, yes) },
        { "dry-run", OPTION_SWITCH, offsetof(struct remove_options, dry_run) },
        { 0 },
};

/* What is to hold it stands before the options. */
static int create_word(const struct host *host, int argc, char **argv)
{
        struct creation_options given = { .size = NULL };
        struct option_error wrong;

        if (argc < 2 || *argv[1] == '-')
                return complain(EXIT_USAGE, "store create: say where: a file that is to be made, "
                                            "or a device; try: forestage help store");
        if (!option_parse(create_options, argc - 1, argv + 1, &given, &wrong))
                return option_complain("store", &wrong);
        return creation_run(host, argv[1], &given);
}

static int show_word(const struct host *host, int argc, char **argv)
{
        struct show_options given = { .json = false };
        struct option_error wrong;

        if (!option_parse(show_options, argc, argv, &given, &wrong))
                return option_complain("store", &wrong);
        return view_show(host, given.json);
}

static int verify_word(const struct host *host, int argc, char **argv)
{
        struct option_error wrong;
        char nothing;

        if (!option_parse(no_options, argc, argv, &nothing, &wrong))
                return option_complain("store", &wrong);
        return view_verify(host);
}

static int remove_word(const struct host *host, int argc, char **argv)
{
        struct remove_options given = { .yes = false };
        struct option_error wrong;

        if (!option_parse(remove_options, argc, argv, &given, &wrong))
                return option_complain("store", &wrong);
        return removal_run(host, given.yes, given.dry_run);
}

static const struct {
        const char *word;
        int (*run)(const struct host *host, int argc, char **argv); /* argv[0] is the word */
} words[] = {
        { "create", create_word },
        { "show", show_word },
        { "verify", verify_word },
        { "remove", remove_word },
};

static int store(const struct host *host, int argc, char **argv)
{
        for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(words[0]); i++)
                if (strcmp(argv[1], words[i].word) == 0)
                        return words[i].run(host, argc - 1, argv + 1);
        return complain(
                EXIT_USAGE, "store: say create, show, verify or remove; try: forestage help store");
}

const struct verb verb_store = {
        .name = "store",
        .options = create_options,
        .run = store,
};
