/* What docs/man/forestage.8 says, in plain text. */
#include <stdio.h>
#include <string.h>

#include "dom0/base/failure.h"
#include "dom0/base/verb.h"
#include "lib/embed.h"

/* Made by scripts/help.awk: for each verb a form feed, its name, a newline and its page. */
EMBED(help_pages, DOM0_HELP);
extern const char help_pages[];

/* The page of help itself is that of the whole command. */
static bool print_page(const char *verb)
{
        char head[32];
        const char *page;

        snprintf(head, sizeof(head), "\f%s\n", verb);
        page = strstr(help_pages, head) + strlen(head);
        fwrite(page, 1, strcspn(page, "\f"), stdout);
        return fflush(stdout) == 0;
}

static int help(const struct host *host, int argc, char **argv)
{
        (void)host;
        if (argc > 2)
                return complain(EXIT_USAGE, "help takes one verb; try: forestage help");
        if (argc == 2 && !verb_find(argv[1]))
                return complain(
                        EXIT_USAGE, "there is no verb %.300s; try: forestage help", argv[1]);
        return print_page(argc == 2 ? argv[1] : verb_help.name) ? EXIT_PASS : EXIT_INCOMPLETE;
}

const struct verb verb_help = {
        .name = "help",
        .options = (const struct option_spec[]){ { 0 } },
        .run = help,
};
