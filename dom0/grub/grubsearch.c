#include "dom0/grub/grubsearch.h"

#include <string.h>

/* What `search` takes without an argument: by what it looks, or where not. */
static const struct {
        const char *name, *letter; /* the second is the same in short */
        bool is_kind;
        enum grub_search kind;
} options[] = {
        { "--file", "-f", true, GRUB_SEARCH_FILE },
        { "--label", "-l", true, GRUB_SEARCH_LABEL },
        { "--fs-uuid", "-u", true, GRUB_SEARCH_UUID },
        { "--no-floppy", "-n", false, 0 },
        { "--efidisk-only", "--efidisk-only", false, 0 },
};

static bool take_kind(const char *word, struct grub_search_words *search, bool *has_kind)
{
        for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
                if (strcmp(word, options[i].name) != 0 && strcmp(word, options[i].letter) != 0)
                        continue;
                if (options[i].is_kind) {
                        search->kind = options[i].kind;
                        *has_kind = true;
                }
                return true;
        }
        return false;
}

/* --set and -s, with the variable's name behind a sign or as the next word, or without one. */
static size_t take_set(char *const words[], size_t count, size_t i, const char **ret_variable)
{
        const char *sign = strchr(words[i], '=');

        *ret_variable = "root";
        if (sign)
                *ret_variable = sign + 1;
        else if (i + 1 < count && words[i + 1][0] != '-')
                *ret_variable = words[++i];
        return i;
}

static bool parse_long(char *const words[], size_t count, struct grub_search_words *search)
{
        bool has_kind = false;

        for (size_t i = 1; i < count; i++) {
                if (words[i][0] != '-') {
                        search->what = search->what ? search->what : words[i];
                } else if (strncmp(words[i], "--set", 5) == 0 || strcmp(words[i], "-s") == 0) {
                        i = take_set(words, count, i, &search->variable);
                } else if (strncmp(words[i], "--hint", 6) == 0 || strcmp(words[i], "-h") == 0) {
                        i += !strchr(words[i], '=');
                } else if (!take_kind(words[i], search, &has_kind)) {
                        return false;
                }
        }
        return has_kind && search->what;
}

/* search.fs_uuid WHAT VARIABLE HINT… */
static bool parse_short(char *const words[], size_t count, struct grub_search_words *search)
{
        static const char *const names[] = { [GRUB_SEARCH_UUID] = "search.fs_uuid",
                [GRUB_SEARCH_LABEL] = "search.fs_label",
                [GRUB_SEARCH_FILE] = "search.file" };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (strcmp(words[0], names[i]) != 0 || count < 2)
                        continue;
                *search = (struct grub_search_words){ (enum grub_search)i, words[1],
                        count > 2 ? words[2] : "root" };
                return true;
        }
        return false;
}

bool grub_search_parse(char *const words[], size_t count, struct grub_search_words *ret_search)
{
        struct grub_search_words search = { 0 };

        if (count == 0 || (strcmp(words[0], "search") == 0 ? !parse_long(words, count, &search)
                                                           : !parse_short(words, count, &search)))
                return false;
        *ret_search = search;
        return true;
}
