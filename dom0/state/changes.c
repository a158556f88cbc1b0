#include "dom0/state/changes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dom0/base/durable.h"
#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/base/print.h"
#include "dom0/base/tree.h"
#include "dom0/grub/grubhook.h"
#include "dom0/host/firmware.h"
#include "dom0/host/program.h"
#include "dom0/host/source.h"
#include "dom0/host/variable.h"
#include "dom0/run/document.h"
#include "dom0/run/folder.h"
#include "files/owner.h"
#include "files/place.h"
#include "lib/cleanup.h"

#define FOLDER      "/var/lib/forestage/backup"
#define ON_ESP      "/EFI/forestage"
#define TEXT_MAX    ((size_t)16 << 20)
#define OPTIONS_MAX 32u /* that are removed before the firmware is not trusted any more */

static char *inside(const struct changes *changes, const char *name)
{
        return memory_format("%s/%s", changes->folder, name);
}

/* Opens the journal, which says what is written and removed: nobody else may have written it. */
static bool open_journal(const char *path, int *ret_fd, struct failure *error)
{
        _cleanup_(place_close) struct place place = PLACE_NONE;
        _cleanup_close_ int fd = -1;
        char why[PLACE_WHY];
        struct stat status;
        int found = place_find(path, 0, &place, why);

        *ret_fd = -1;
        if (found)
                return found == -ENOENT || fail(error, EXIT_FAIL, "%s", why);
        fd = beneath_open(place.folder, place.name, O_RDONLY);
        if (fd < 0 && errno == ENOENT)
                return true;
        if (fd < 0 || fstat(fd, &status) != 0)
                return fail(error, EXIT_FAIL, "%s cannot be read: %s", path, strerror(errno));
        if (place.exposed)
                return fail(error, EXIT_FAIL, "%s is not believed, for others can exchange it: %s",
                        path, why);
        if (!S_ISREG(status.st_mode) || !owner_is_trusted(&status) || owner_shares(&status))
                return fail(error, EXIT_FAIL,
                        "%s is not believed: it must be a file of root's that nobody else can "
                        "write to, and belongs to uid %u with mode %04o",
                        path, (unsigned)status.st_uid, (unsigned)status.st_mode & 07777);
        *ret_fd = TAKE_FD(fd);
        return true;
}

static bool read_journal(struct changes *changes, const char *path, struct failure *error)
{
        _cleanup_close_ int fd = -1;
        json_error_t wrong;

        if (!open_journal(path, &fd, error))
                return false;
        changes->list = fd < 0 ? json_array() : json_loadfd(fd, 0, &wrong);
        return json_is_array(changes->list) ||
               fail(error, EXIT_FAIL, "%s cannot be read: %s", path, wrong.text);
}

bool changes_open(const struct host *host, struct changes *ret_changes, struct failure *ret_error)
{
        struct changes changes = { .host = host, .folder = host_path(host, FOLDER) };
        _cleanup_free_ char *path = inside(&changes, "journal.json");

        if (!read_journal(&changes, path, ret_error)) {
                changes_close(&changes);
                return false;
        }
        *ret_changes = changes;
        return true;
}

void changes_close(struct changes *changes)
{
        json_decref(changes->list);
        free(changes->folder);
        *changes = (struct changes){ 0 };
}

bool changes_empty(const struct changes *changes)
{
        return json_array_size(changes->list) == 0;
}

static bool make_folder(const struct changes *changes, struct failure *error)
{
        return folder_make_all(changes->folder) ||
               fail_errno(error, EXIT_FAIL, "cannot create", changes->folder);
}

/* Writes the journal to disk; an empty one goes away. */
static bool save(const struct changes *changes, struct failure *error)
{
        _cleanup_free_ char *path = inside(changes, "journal.json");
        _cleanup_free_ char *text = json_dumps(changes->list, DOCUMENT_FILE);

        if (changes_empty(changes))
                return durable_remove(path, error);
        return make_folder(changes, error) && durable_write(path, text, strlen(text), 0600, error);
}

static json_t *find(const struct changes *changes, const char *what, const char *path)
{
        json_t *change;
        size_t i;

        json_array_foreach(changes->list, i, change) {
                if (strcmp(get_text(change, "what"), what) == 0 &&
                        strcmp(get_text(change, "path"), path) == 0)
                        return change;
        }
        return NULL;
}

static bool note(struct changes *changes, json_t *change, struct failure *error)
{
        json_array_append_new(changes->list, change);
        if (save(changes, error))
                return true;
        json_array_remove(changes->list, json_array_size(changes->list) - 1);
        return false;
}

bool changes_note_folder(struct changes *changes, const char *path, struct failure *ret_error)
{
        if (find(changes, "folder", path))
                return true;
        return note(changes, json_pack("{s:s, s:s}", "what", "folder", "path", path), ret_error);
}

/* The note of a boot option for that partition. One of an earlier version names none: it is ours.
 */
static const json_t *find_boot_option(const struct changes *changes, const char *partition)
{
        const json_t *change;
        size_t i;

        json_array_foreach(changes->list, i, change) {
                const char *noted = get_text(change, "partition");

                if (strcmp(get_text(change, "what"), "boot option") == 0 &&
                        (!*noted || strcmp(noted, partition) == 0))
                        return change;
        }
        return NULL;
}

bool changes_has_boot_option(const struct changes *changes, const char *partition)
{
        return find_boot_option(changes, partition) != NULL;
}

bool changes_note_boot_option(
        struct changes *changes, const char *partition, struct failure *ret_error)
{
        return changes_has_boot_option(changes, partition) ||
               note(changes, json_pack("{s:s, s:s}", "what", "boot option", "partition", partition),
                       ret_error);
}

char *changes_esp(const struct changes *changes)
{
        size_t before = strlen(changes->host->root), length;
        const json_t *change;
        size_t i;

        json_array_foreach(changes->list, i, change) {
                const char *path = get_text(change, "path");

                length = strlen(path);
                if (strcmp(get_text(change, "what"), "folder") == 0 &&
                        length > before + strlen(ON_ESP) &&
                        strcmp(path + length - strlen(ON_ESP), ON_ESP) == 0)
                        return memory_copy_text(path + before, length - before - strlen(ON_ESP));
        }
        return NULL;
}

static bool has_copy(const struct changes *changes, const char *name)
{
        json_t *change;
        size_t i;

        json_array_foreach(changes->list, i, change) {
                if (strcmp(get_text(change, "copy"), name) == 0)
                        return true;
        }
        return false;
}

/* A name for a copy that no other has: what could not be undone keeps its own. */
static char *name_copy(const struct changes *changes)
{
        size_t number = json_array_size(changes->list) + 1;
        char *name = memory_format("%zu.before", number);

        while (has_copy(changes, name)) {
                free(name);
                name = memory_format("%zu.before", ++number);
        }
        return name;
}

bool changes_keep_file(struct changes *changes, const char *path, enum changes_again again,
        struct failure *ret_error)
{
        _cleanup_free_ char *name = NULL, *copy = NULL;
        struct stat status;

        if (find(changes, "changed", path))
                return true;
        if (stat(path, &status) != 0)
                return fail_errno(ret_error, EXIT_FAIL, "cannot look at", path);
        name = name_copy(changes);
        copy = inside(changes, name);
        return make_folder(changes, ret_error) &&
               durable_copy(copy, path, 0600, NULL, NULL, ret_error) &&
               note(changes,
                       json_pack("{s:s, s:s, s:s, s:i, s:i}", "what", "changed", "path", path,
                               "copy", name, "mode", (int)(status.st_mode & 07777), "again",
                               (int)again),
                       ret_error);
}

static bool hash_text(const char *path, char ret_text[2 * SHA256_SIZE + 1])
{
        uint8_t digest[SHA256_SIZE];

        if (!durable_hash(path, digest))
                return false;
        sha256_format(digest, ret_text);
        return true;
}

bool changes_seal_file(struct changes *changes, const char *path, struct failure *ret_error)
{
        json_t *change = find(changes, "changed", path);
        char digest[2 * SHA256_SIZE + 1];

        if (!change || !hash_text(path, digest))
                return fail_errno(ret_error, EXIT_FAIL, "cannot read", path);
        set_value(change, "sha256", json_string(digest));
        return save(changes, ret_error);
}

bool changes_create(struct changes *changes, const char *path, const char *text, mode_t mode,
        struct failure *ret_error)
{
        if (!find(changes, "created", path) && access(path, F_OK) == 0)
                return fail(ret_error, EXIT_FAIL,
                        "%s is there already, and not from an installation: move it away", path);
        if (!find(changes, "created", path) &&
                !note(changes, json_pack("{s:s, s:s}", "what", "created", "path", path), ret_error))
                return false;
        return durable_write(path, text, strlen(text), mode, ret_error);
}

bool changes_mkconfig(const struct host *host, const char *path, struct failure *ret_error)
{
        const char *const update[] = { "update-grub", NULL };
        const char *const make[] = { strstr(path, "grub2") ? "grub2-mkconfig" : "grub-mkconfig",
                "-o", path, NULL };
        _cleanup_free_ char *program = program_find(host, update[0]);

        return program_do(host, program ? update : make, ret_error);
}

/* --- undoing --- */

/* What is not there cannot be removed, and is not said to be. */
static bool is_gone(struct changes *changes, const char *path, FILE *to)
{
        struct stat status;

        if (lstat(path, &status) == 0 || errno != ENOENT)
                return false;
        print_line(to, "  found no %s: others have removed it meanwhile", path);
        changes->differs = true;
        return true;
}

static bool undo_folder(
        struct changes *changes, const json_t *change, FILE *to, struct failure *error)
{
        const char *path = get_text(change, "path");

        if (is_gone(changes, path, to))
                return true;
        tree_remove(path);
        if (access(path, F_OK) == 0)
                return fail_errno(error, EXIT_FAIL, "cannot remove", path);
        print_line(to, "  removed %s", path);
        return true;
}

static bool undo_created(
        struct changes *changes, const json_t *change, FILE *to, struct failure *error)
{
        const char *path = get_text(change, "path");

        if (is_gone(changes, path, to))
                return true;
        if (!durable_remove(path, error))
                return false;
        print_line(to, "  removed %s", path);
        return true;
}

/* The partition of the noted option; earlier versions have noted a number instead. */
static void find_partition(
        const struct changes *changes, const json_t *change, char ret_name[BOOTOPTION_PARTITION])
{
        const char *noted = get_text(change, "partition");
        uint16_t number = (uint16_t)get_integer(change, "number");
        struct bootoption option;

        snprintf(ret_name, BOOTOPTION_PARTITION, "%s", noted);
        if (!*noted && variable_boot_option(changes->host, number, &option) &&
                bootoption_same_loader(option.loader, FIRMWARE_LOADER))
                memcpy(ret_name, option.partition, BOOTOPTION_PARTITION);
}

/*
 * All of ours, which the firmware may have given new numbers. `ret_rest` is what is found in the
 * end.
 */
static bool remove_options(const struct host *host, const char *partition, FILE *to,
        struct firmware_option *ret_rest, unsigned *ret_removed, struct failure *error)
{
        unsigned removed = 0;

        *ret_rest = firmware_find(host, partition);
        for (; firmware_is_ours(ret_rest); *ret_rest = firmware_find(host, partition)) {
                if (removed == OPTIONS_MAX)
                        return fail(error, EXIT_FAIL,
                                "the firmware puts the boot option \"" FIRMWARE_LABEL
                                "\" back whenever it is removed");
                if (!firmware_remove(host, partition, ret_rest->number, error))
                        return false;
                print_line(to, "  removed boot option Boot%04X", ret_rest->number);
                removed++;
        }
        *ret_removed = removed;
        return true;
}

static bool undo_boot_option(
        struct changes *changes, const json_t *change, FILE *to, struct failure *error)
{
        char partition[BOOTOPTION_PARTITION];
        struct firmware_option rest;
        unsigned removed = 0;

        find_partition(changes, change, partition);
        if (!remove_options(changes->host, partition, to, &rest, &removed, error))
                return false;
        if (rest.state == FIRMWARE_HIDDEN)
                return fail(error, EXIT_FAIL,
                        "the firmware's boot option \"" FIRMWARE_LABEL "\" cannot be removed: "
                        "this dom0 has no EFI variables (it was started by a run); reboot and "
                        "uninstall again");
        if (rest.state == FIRMWARE_ELSEWHERE)
                print_line(to,
                        "  left boot option Boot%04X alone, which starts %s of another "
                        "partition (%s)",
                        rest.number, FIRMWARE_LOADER,
                        *rest.partition ? rest.partition : "it names none");
        if (removed > 0)
                return true;
        print_line(to, "  found no boot option of ours to remove");
        changes->differs = true;
        return true;
}

static bool take_lines_out(const json_t *change, FILE *to, struct failure *error)
{
        const char *path = get_text(change, "path");
        mode_t mode = (mode_t)get_integer(change, "mode");
        size_t length;
        _cleanup_free_ char *text = source_read_text(path, TEXT_MAX, &length), *before = NULL;

        if (!text)
                return fail_errno(error, EXIT_FAIL, "cannot read", path);
        before = grubhook_remove(text);
        if (before && !durable_write(path, before, strlen(before), mode, error))
                return false;
        print_line(to,
                before ? "  took our lines out of %s, which others have changed meanwhile"
                       : "  found none of our lines in %s, which others have changed meanwhile",
                path);
        return true;
}

/* Somebody else has changed the file since: it must not fall back to an old state. */
static bool undo_differently(
        struct changes *changes, const json_t *change, FILE *to, struct failure *error)
{
        switch ((enum changes_again)get_integer(change, "again")) {
        case CHANGES_UNHOOK:
                return take_lines_out(change, to, error);
        case CHANGES_MKCONFIG:
                if (!changes_mkconfig(changes->host, get_text(change, "path"), error))
                        return false;
                print_line(to, "  made %s anew, which has changed meanwhile",
                        get_text(change, "path"));
                return true;
        case CHANGES_KEEP:
                break;
        }
        print_line(to, "  left %s alone, which others have changed meanwhile",
                get_text(change, "path"));
        return true;
}

/* It is back already: the power failed between that and the note of it. */
static bool is_back(const char *path, const char *copy)
{
        char now[2 * SHA256_SIZE + 1], before[2 * SHA256_SIZE + 1];

        return hash_text(path, now) && hash_text(copy, before) && strcmp(now, before) == 0;
}

static bool undo_changed(
        struct changes *changes, const json_t *change, FILE *to, struct failure *error)
{
        _cleanup_free_ char *copy = inside(changes, get_text(change, "copy"));
        const char *path = get_text(change, "path"), *ours = get_text(change, "sha256");
        mode_t mode = (mode_t)get_integer(change, "mode");
        char digest[2 * SHA256_SIZE + 1];

        /* Without a hash the change was never finished: the copy is what was there. */
        if (*ours && !is_back(path, copy) &&
                (!hash_text(path, digest) || strcmp(digest, ours) != 0)) {
                changes->differs = true;
                if (!undo_differently(changes, change, to, error))
                        return false;
        } else {
                if (!durable_copy(path, copy, mode, NULL, NULL, error))
                        return false;
                print_line(to, "  restored %s", path);
        }
        return true;
}

static bool undo_one(struct changes *changes, const json_t *change, FILE *to, struct failure *error)
{
        static const struct {
                const char *what;
                bool (*undo)(struct changes *changes, const json_t *change, FILE *to,
                        struct failure *error);
        } kinds[] = {
                { "folder", undo_folder },
                { "created", undo_created },
                { "changed", undo_changed },
                { "boot option", undo_boot_option },
        };

        for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
                if (strcmp(get_text(change, "what"), kinds[i].what) == 0)
                        return kinds[i].undo(changes, change, to, error);
        return fail(error, EXIT_FAIL, "%s/journal.json holds a change of an unknown kind: %s",
                changes->folder, get_text(change, "what"));
}

/* The folder of a journal that is gone, and /var/lib/forestage, when nothing else is in them. */
static void drop_folders(const char *folder)
{
        _cleanup_free_ char *parent =
                memory_copy_text(folder, (size_t)(strrchr(folder, '/') - folder));

        rmdir(folder);
        rmdir(parent);
}

/* Takes a change out of the journal; its copy goes when nobody can ask for it again. */
static bool forget(struct changes *changes, size_t at, struct failure *error)
{
        const char *name = get_string(json_array_get(changes->list, at), "copy");
        _cleanup_free_ char *copy = name ? inside(changes, name) : NULL;

        json_array_remove(changes->list, at);
        if (!save(changes, error) || (copy && !durable_remove(copy, error)))
                return false;
        if (changes_empty(changes))
                drop_folders(changes->folder);
        return true;
}

bool changes_undo(struct changes *changes, size_t first, FILE *to, struct failure *ret_error)
{
        struct failure later;
        bool good = true;

        for (size_t i = json_array_size(changes->list); i > first; i--) {
                struct failure *error = good ? ret_error : &later;

                if (!undo_one(changes, json_array_get(changes->list, i - 1), to, error)) {
                        good = false;
                        continue;
                }
                if (!forget(changes, i - 1, error))
                        good = false;
        }
        return good;
}
