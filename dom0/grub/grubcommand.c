#include "dom0/grub/grubcommand.h"

#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/grub/grubsearch.h"
#include "dom0/grub/grubtest.h"
#include "lib/cleanup.h"

/* A command as it stands. */
struct command {
        char *const *words;
        size_t count;
        unsigned line;
        const char *file;
};

void grub_state_unread(struct grub_state *state, unsigned line, const char *file, const char *what)
{
        if (state->entry->submenu) {
                if (!state->unread)
                        state->unread = memory_format("line %u%s%s: %s", line, file ? " of " : "",
                                file ? file : "", what);
        } else {
                state->entry->elsewhere = true;
        }
}

static const char *get_root(const struct grub_state *state)
{
        return grub_variables_get(state->variables, "root");
}

char *grub_state_read(const struct grub_state *state, const char *path)
{
        _cleanup_free_ char *device = NULL;

        path = grub_path_split(path, get_root(state), &device);
        return state->files->read(state->files->context, device, path);
}

static enum grub_file_type look(void *context, const char *path, uint64_t *ret_size)
{
        const struct grub_state *state = context;
        _cleanup_free_ char *device = NULL;

        path = grub_path_split(path, get_root(state), &device);
        return state->files->look(state->files->context, device, path, ret_size);
}

/* "name=value"; false: it is none. */
static bool assign(struct grub_state *state, const char *word)
{
        size_t length = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789_");
        _cleanup_free_ char *name = memory_copy_text(word, length);

        if (length == 0 || word[length] != '=')
                return false;
        grub_variables_set(state->variables, name, word + length + 1);
        return true;
}

static bool do_set(struct grub_state *state, const struct command *command)
{
        return command->count < 2 || assign(state, command->words[1]);
}

static bool do_unset(struct grub_state *state, const struct command *command)
{
        for (size_t i = 1; i < command->count; i++)
                json_object_del(state->variables, command->words[i]);
        return true;
}

static bool do_export(struct grub_state *state, const struct command *command)
{
        for (size_t i = 1; i < command->count; i++)
                grub_variables_set(state->exported, command->words[i], "");
        return true;
}

static bool do_load_env(struct grub_state *state, const struct command *command)
{
        const char *path = "$prefix/grubenv";
        _cleanup_free_ char *usual = NULL, *text = NULL;
        size_t i = 1;

        for (; i < command->count && command->words[i][0] == '-'; i++) {
                const char *sign = strchr(command->words[i], '=');

                if (strncmp(command->words[i], "--file=", 7) == 0)
                        path = sign + 1;
                else if ((strcmp(command->words[i], "--file") == 0 ||
                                 strcmp(command->words[i], "-f") == 0) &&
                         i + 1 < command->count)
                        path = command->words[++i];
        }
        if (*path == '$')
                path = usual = memory_format(
                        "%s%s", grub_variables_get(state->variables, "prefix"), path + 7);
        text = grub_state_read(state, path);
        return grub_variables_load(
                state->variables, text, command->words + i, command->count - i, &state->once);
}

/*
 * What is searched for and not found must not come from the device before: GRUB may see a disk that
 * is not seen here.
 */
static bool do_search(struct grub_state *state, const struct command *command)
{
        struct grub_search_words search;
        _cleanup_free_ char *device = NULL;
        bool found;

        if (!grub_search_parse(command->words, command->count, &search))
                return false;
        found = state->files->search(state->files->context, search.kind, search.what, &device);
        if (search.variable && (found || strcmp(search.variable, "root") == 0))
                grub_variables_set(state->variables, search.variable, device);
        return found;
}

static bool do_test(struct grub_state *state, const struct command *command)
{
        return grub_test(command->words + 1, command->count - 1, look, state);
}

static bool do_xen(struct grub_state *state, const struct command *command)
{
        if (!state->entry->submenu) /* no image can be loaded from the menu itself */
                grub_entry_take_xen(state->entry, command->words, command->count, get_root(state));
        return true;
}

static bool do_module(struct grub_state *state, const struct command *command)
{
        if (!state->entry->submenu)
                grub_entry_take_module(
                        state->entry, command->words, command->count, get_root(state));
        return true;
}

static bool do_false(struct grub_state *state, const struct command *command)
{
        (void)state;
        (void)command;
        return false;
}

static bool do_entries(struct grub_state *state, const struct command *command)
{
        _cleanup_free_ char *what = memory_format(
                "%s takes entries from elsewhere, which are not read here", command->words[0]);

        grub_state_unread(state, command->line, command->file, what);
        return true;
}

static bool do_unknown(struct grub_state *state, const struct command *command)
{
        _cleanup_free_ char *what = memory_format("%s is not followed here", command->words[0]);

        grub_state_unread(state, command->line, command->file, what);
        return true;
}

static const struct {
        const char *name;
        bool (*run)(struct grub_state *state, const struct command *command);
} commands[] = {
        { "set", do_set },
        { "unset", do_unset },
        { "export", do_export },
        { "load_env", do_load_env },
        { "search", do_search },
        { "search.file", do_search },
        { "search.fs_label", do_search },
        { "search.fs_uuid", do_search },
        { "[", do_test },
        { "test", do_test },
        { "false", do_false },
        { "keystatus", do_false }, /* nobody holds a key */
        { "multiboot", do_xen },
        { "multiboot2", do_xen },
        { "xen_hypervisor", do_xen },
        { "module", do_module },
        { "module2", do_module },
        { "xen_module", do_module },
        { "blscfg", do_entries },
        { "bls_import", do_entries },
        { "uki", do_entries },
        { "legacy_configfile", do_entries },
        { "legacy_source", do_entries },
        { "syslinux_configfile", do_entries },
        { "syslinux_source", do_entries },
        { "extract_entries_configfile", do_entries },
        { "extract_entries_source", do_entries },
        { "eval", do_unknown },
        { "probe", do_unknown },
        { "read", do_unknown },
        { "regexp", do_unknown },
        { "smbios", do_unknown },
};

void grub_command_run(struct grub_state *state, char *const words[], size_t count, unsigned line,
        const char *file)
{
        const bool invert = count > 1 && strcmp(words[0], "!") == 0;
        const struct command command = { words + invert, count - invert, line, file };

        state->status = true;
        if (command.count == 0)
                return;
        if (!assign(state, command.words[0]))
                for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
                        if (strcmp(command.words[0], commands[i].name) == 0)
                                state->status = commands[i].run(state, &command);
        state->status = state->status != invert;
}
