#include "dom0/grub/grubcommand.h"

#include <string.h>

#include "dom0/base/memory.h"
#include "dom0/grub/grubsearch.h"
#include "dom0/grub/grubtest.h"
#include "lib/cleanup.h"
#include "lib/text.h"

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
        for (size_t i = 2; i + 1 < command->count; i++)
                if (strncmp(command->words[i], "-nt", 3) == 0 ||
                        strncmp(command->words[i], "-ot", 3) == 0)
                        grub_state_unread(state, command->line, command->file,
                                "which of two files is newer is not asked here");
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

/* It succeeds, as far as a menu asks: it draws, waits, loads, or guards what is started. */
static bool do_nothing(struct grub_state *state, const struct command *command)
{
        (void)state;
        (void)command;
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
        { "extract_legacy_entries_configfile", do_entries },
        { "extract_legacy_entries_source", do_entries },
        { "extract_syslinux_entries_configfile", do_entries },
        { "extract_syslinux_entries_source", do_entries },
};

/* Those whose outcome cannot be told here, or that change what the commands behind them mean. */
static const char *const unknown[] = { "cmostest", "cmp", "cpuid", "crc", "cryptomount",
        "decrement", "eval", "exit", "file", "getenv", "halt", "hashsum", "increment", "inb", "inl",
        "inw", "legacy_check_password", "legacy_initrd", "legacy_initrd_nounzip", "legacy_kernel",
        "loopback", "md5sum", "net_bootp", "net_bootp6", "net_dhcp", "net_get_dhcp_option",
        "net_nslookup", "normal", "normal_exit", "parttool", "pcidump", "probe", "rdmsr", "read",
        "read_byte", "read_dword", "read_file", "read_word", "reboot", "regexp", "setparams",
        "setpci", "sha1sum", "sha256sum", "sha512sum", "shift", "smbios", "statfile",
        "test_blockarg", "testload", "time", "tpm2_key_protector_init", "tr", "verify_detached",
        "zfs-bootfs", NULL };

static const char *const harmless[] = { "acpi", "appleloader", "authenticate", "background_color",
        "background_image", "badram", "blocklist", "boot", "cat", "chainloader", "clear",
        "cmosclean", "cmosdump", "cmosset", "cutmem", "date", "devicetree", "distrust", "drivemap",
        "dump", "echo", "efitextmode", "fakebios", "fix_video", "fwsetup", "gettext", "gptsync",
        "hdparm", "help", "hexdump", "hwmatch", "initrd", "initrd16", "initrdefi", "insmod",
        "keymap", "linux", "linux16", "linuxefi", "list_env", "list_trusted", "loadbios",
        "loadfont", "ls", "lsacpi", "lscoreboot", "lsefi", "lsefimmap", "lsefisystab", "lsfonts",
        "lsmmap", "lsmod", "lspci", "lssal", "nativedisk", "net_add_addr", "net_add_dns",
        "net_add_route", "net_del_addr", "net_del_dns", "net_del_route", "net_ls_addr",
        "net_ls_cards", "net_ls_dns", "net_ls_routes", "ntldr", "outb", "outl", "outw", "password",
        "password_pbkdf2", "play", "rmmod", "save_env", "sendkey", "serial", "shim_lock", "sleep",
        "terminal", "terminal_input", "terminal_output", "terminfo", "true", "trust", "usb",
        "vbeinfo", "vbetest", "videoinfo", "videotest", "write_byte", "write_dword", "write_word",
        "wrmsr", NULL };

typedef bool (*runner)(struct grub_state *state, const struct command *command);

/* NULL: GRUB has no such command, as far as is known here. */
static runner find_command(const char *name)
{
        for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
                if (strcmp(name, commands[i].name) == 0)
                        return commands[i].run;
        return text_is_one_of(name, unknown)    ? do_unknown
               : text_is_one_of(name, harmless) ? do_nothing
                                                : NULL;
}

bool grub_command_is_known(const char *name)
{
        return find_command(name) != NULL;
}

void grub_state_finish(struct grub_state *state, bool status)
{
        state->status = status;
        grub_variables_set(state->variables, "?", status ? "0" : "1");
}

void grub_command_run(struct grub_state *state, char *const words[], size_t count, unsigned line,
        const char *file)
{
        const struct command command = { words, count, line, file };
        runner run;

        if (count == 0 || assign(state, words[0])) {
                grub_state_finish(state, true);
                return;
        }
        run = find_command(words[0]);
        if (!run)
                do_unknown(state, &command);
        grub_state_finish(state, run && run(state, &command));
}
