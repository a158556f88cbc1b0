#include <stdio.h>
#include <string.h>

#include "dom0/base/failure.h"
#include "dom0/base/print.h"
#include "dom0/base/verb.h"

static void print_usage(FILE *to, const struct verb *verb)
{
        size_t column = (size_t)fprintf(to, "  forestage %s%s%s", verb->name,
                verb->operand ? " " : "", verb->operand ? verb->operand : "");

        for (const struct option_spec *option = verb->options; option->name; option++) {
                char text[96];
                size_t length = (size_t)snprintf(text, sizeof(text),
                        option->argument ? " [--%s %s]" : " [--%s]", option->name,
                        option->argument);

                if (column + length > PRINT_COLUMNS)
                        column = (size_t)fprintf(to, "\n      ") - 1;
                fputs(text, to);
                column += length;
        }
        putc('\n', to);
}

static void print_options(FILE *to, const struct option_spec *options)
{
        for (; options->name; options++) {
                fprintf(to, "  --%s %s\n", options->name,
                        options->argument ? options->argument : "");
                print_wrapped(to, 0, 8, options->help);
        }
}

/* Paragraphs are divided by an empty line. */
static void print_paragraphs(FILE *to, const char *text)
{
        while (*text) {
                size_t length = strcspn(text, "\n");
                char line[1024];

                snprintf(line, sizeof(line), "%.*s", (int)length, text);
                print_wrapped(to, 0, 0, line);
                text += length;
                text += *text == '\n';
        }
}

static void print_verb(FILE *to, const struct verb *verb)
{
        fputs("Usage:\n", to);
        print_usage(to, verb);
        putc('\n', to);
        print_paragraphs(to, verb->details);
        putc('\n', to);
        print_options(to, verb->options);
}

static void print_all(FILE *to)
{
        fputs("Forestage runs CUDA on the bare GPU before Xen starts and hands the results to\n"
              "dom0. This command, in dom0, installs it, orders runs and fetches their results.\n"
              "\nUsage:\n",
                to);
        for (size_t i = 0; verbs[i]; i++)
                print_usage(to, verbs[i]);
        fputs("  forestage help [VERB]\n"
              "  forestage --help | --version\n"
              "\nVerbs:\n",
                to);
        for (size_t i = 0; verbs[i]; i++) {
                fprintf(to, "  %-10s", verbs[i]->name);
                print_wrapped(to, 12, 12, verbs[i]->summary);
        }
        for (size_t i = 0; verbs[i]; i++) {
                if (!verbs[i]->options->name)
                        continue;
                fprintf(to, "\nOptions of %s:\n", verbs[i]->name);
                print_options(to, verbs[i]->options);
        }
        fputs("\nExit status of collect: 0 passed, 1 failed or nothing ran, 2 wrong usage,\n"
              "3 no run here, 4 region damaged or run incomplete. More: man forestage\n",
                to);
}

static int help(const struct host *host, int argc, char **argv)
{
        const struct verb *verb;

        (void)host;
        if (argc > 2)
                return complain(EXIT_USAGE, "help takes one verb; try: forestage help");
        verb = argc == 2 ? verb_find(argv[1]) : NULL;
        if (argc == 2 && !verb)
                return complain(
                        EXIT_USAGE, "there is no verb %.300s; try: forestage help", argv[1]);
        if (verb)
                print_verb(stdout, verb);
        else
                print_all(stdout);
        return fflush(stdout) == 0 ? EXIT_PASS : EXIT_INCOMPLETE;
}

const struct verb verb_help = {
        .name = "help",
        .summary = "explain the command, or one verb",
        .details = "",
        .options = (const struct option_spec[]){ { 0 } },
        .run = help,
};
