#include "dom0/trial/following.h"

#include <string.h>

#include "dom0/base/buffer.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/host/program.h"
#include "lib/cleanup.h"

#define SECONDS    240u /* that arming has: it copies Xen, dom0's kernel and its initrd */
#define OUTPUT_MAX ((size_t)1 << 20)

static const char *mode_of(const struct trial_plan *plan)
{
        return json_string_value(json_array_get(get_value(plan->document, "next"), 0));
}

bool following_is_wanted(const struct trial_plan *plan)
{
        return mode_of(plan) != NULL;
}

static void add(json_t *words, const char *option, const char *value)
{
        json_t *word = value ? json_sprintf("%s=%s", option, value) : json_string(option);

        if (word)
                json_array_append_new(words, word);
}

/* What a person has given, as the plan keeps it: the value of an option, or a list of them. */
static void add_given(json_t *words, const json_t *given)
{
        static const char *const options[] = { "esp", "entry", "limit", "boot-limit", "xen-option",
                "dom0-option" };

        for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
                const json_t *value = get_value(given, options[i]), *each;
                _cleanup_free_ char *option = memory_format("--%s", options[i]);
                size_t k;

                if (json_is_string(value))
                        add(words, option, json_string_value(value));
                json_array_foreach(value, k, each)
                        if (json_is_string(each))
                                add(words, option, json_string_value(each));
        }
}

/* All words of the command but --yes. */
static json_t *make_words(const struct trial_plan *plan)
{
        _cleanup_free_ char *jobs = memory_format("%s/jobs", plan->folder);
        json_t *words = json_pack("[s, s, s]", "forestage", "trial", mode_of(plan));

        add(words, "--driver", get_text(plan->document, "driver"));
        add(words, "--jobs", jobs);
        if (get_bool(plan->document, "cached"))
                add(words, "--cached", NULL);
        add_given(words, get_value(plan->document, "given"));
        return words;
}

bool following_arm(
        const struct host *host, const struct trial_plan *plan, struct failure *ret_error)
{
        json_auto_t *words = make_words(plan);
        size_t count = json_array_size(words), length;
        _cleanup_free_ const char **argv = memory_get((count + 2) * sizeof(*argv));
        _cleanup_free_ char *output = NULL;

        for (size_t i = 0; i < count; i++)
                argv[i] = json_string_value(json_array_get(words, i));
        argv[count] = "--yes";
        return program_run_for(host, SECONDS, argv, OUTPUT_MAX, &output, &length, ret_error);
}

/* In quotes where a shell would read something else in it. */
static void add_quoted(struct buffer *line, const char *word)
{
        static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                    "0123456789_-+=:,./@%";

        if (strspn(word, plain) == strlen(word)) {
                buffer_add(line, word);
                return;
        }
        buffer_add(line, "'");
        for (; *word; word++) {
                const char letter[] = { *word, '\0' };

                buffer_add(line, *word == '\'' ? "'\\''" : letter);
        }
        buffer_add(line, "'");
}

char *following_line(const struct trial_plan *plan)
{
        json_auto_t *words = make_words(plan);
        struct buffer line = { 0 };
        const json_t *word;
        size_t i;

        json_array_foreach(words, i, word) {
                if (i > 0)
                        buffer_add(&line, " ");
                add_quoted(&line, json_string_value(word));
        }
        return line.data;
}
