#include "dom0/image/dynamic.h"

#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dom0/base/memory.h"
#include "lib/cleanup.h"
#include "lib/elf.h"

/* The segment of this type; false: there is none, or it leaves the file. */
static bool find_segment(const struct elf *elf, uint32_t type, struct elf_piece *ret_piece)
{
        for (unsigned i = 0; i < elf->segments; i++) {
                struct elf_piece piece = elf_segment(elf, i);

                if (piece.type != type)
                        continue;
                *ret_piece = piece;
                return elf_holds(elf, &piece);
        }
        return false;
}

/* Where the bytes of an address are; false: in no segment that is loaded. */
static bool find_address(const struct elf *elf, uint64_t address, size_t *ret_at)
{
        for (unsigned i = 0; i < elf->segments; i++) {
                struct elf_piece piece = elf_segment(elf, i);

                if (piece.type != PT_LOAD || !elf_holds(elf, &piece) || address < piece.address ||
                        address - piece.address >= piece.file_size)
                        continue;
                *ret_at = piece.offset + (address - piece.address);
                return true;
        }
        return false;
}

static Elf64_Dyn entry_at(const struct elf *elf, const struct elf_piece *table, size_t i)
{
        Elf64_Dyn entry;

        memcpy(&entry, elf->image + table->offset + i * sizeof(entry), sizeof(entry));
        return entry;
}

/* A text of the table of strings at `strings`; NULL: it leaves the file. */
static const char *text_at(const struct elf *elf, size_t strings, uint64_t offset)
{
        const char *text;

        if (offset >= elf->size - strings)
                return NULL;
        text = (const char *)elf->image + strings + offset;
        return memchr(text, '\0', elf->size - strings - offset) ? text : NULL;
}

/* One entry of the table; false: its text leaves the file. */
static bool take_entry(const struct elf *elf, size_t strings, const Elf64_Dyn *entry,
        char **runpath, struct dynamic *dynamic)
{
        const char *text;
        char why[WHY_SIZE];

        if (entry->d_tag != DT_NEEDED && entry->d_tag != DT_RUNPATH && entry->d_tag != DT_RPATH)
                return true;
        text = text_at(elf, strings, entry->d_un.d_val);
        if (!text)
                return false;
        if (entry->d_tag == DT_NEEDED)
                return words_add(&dynamic->needed, text, why);
        free(entry->d_tag == DT_RUNPATH ? *runpath : dynamic->path);
        *(entry->d_tag == DT_RUNPATH ? runpath : &dynamic->path) = memory_copy(text);
        return true;
}

/* --- versions of symbols (Linux Standard Base, "Symbol Versioning") --- */

#define MAX_LINKS 1024u /* of a chain; no library has so many */

/* Where the tables of versions are; 0: there is none. */
struct tables {
        size_t strings, needed, defined;
};

static bool read_at(const struct elf *elf, size_t at, void *ret_struct, size_t size)
{
        if (at > elf->size || size > elf->size - at)
                return false;
        memcpy(ret_struct, elf->image + at, size);
        return true;
}

/* What one library has to have: a chain of names. */
static void read_wanted(const struct elf *elf, size_t strings, size_t at, const Elf64_Verneed *need,
        struct dynamic *dynamic)
{
        const char *file = text_at(elf, strings, need->vn_file);
        Elf64_Vernaux one = { .vna_next = need->vn_aux };
        char why[WHY_SIZE];

        for (unsigned i = 0; file && one.vna_next > 0 && i < MAX_LINKS; i++) {
                const char *name;

                at += one.vna_next;
                if (!read_at(elf, at, &one, sizeof(one)))
                        return;
                name = text_at(elf, strings, one.vna_name);
                if (!name || one.vna_flags & VER_FLG_WEAK)
                        continue;
                _cleanup_free_ char *both = memory_format("%s %s", file, name);

                words_add(&dynamic->versions, both, why); /* more are not looked at */
        }
}

static void read_versions_needed(
        const struct elf *elf, const struct tables *tables, struct dynamic *dynamic)
{
        size_t at = tables->needed;
        Elf64_Verneed need;

        for (unsigned i = 0; at > 0 && i < MAX_LINKS; i++) {
                if (!read_at(elf, at, &need, sizeof(need)))
                        return;
                read_wanted(elf, tables->strings, at, &need, dynamic);
                at = need.vn_next > 0 ? at + need.vn_next : 0;
        }
}

static void read_versions_defined(
        const struct elf *elf, const struct tables *tables, struct dynamic *dynamic)
{
        size_t at = tables->defined;
        Elf64_Verdef version;
        Elf64_Verdaux first;
        char why[WHY_SIZE];

        for (unsigned i = 0; at > 0 && i < MAX_LINKS; i++) {
                const char *name = NULL;

                if (!read_at(elf, at, &version, sizeof(version)))
                        return;
                if (read_at(elf, at + version.vd_aux, &first, sizeof(first)))
                        name = text_at(elf, tables->strings, first.vda_name);
                if (name && !(version.vd_flags & VER_FLG_BASE))
                        words_add(&dynamic->defined, name, why);
                at = version.vd_next > 0 ? at + version.vd_next : 0;
        }
}

/* --- the table of all that --- */

/* False: the strings leave the file. */
static bool find_tables(
        const struct elf *elf, const struct elf_piece *table, struct tables *ret_tables)
{
        struct tables tables = { 0 };

        for (size_t i = 0; i < table->file_size / sizeof(Elf64_Dyn); i++) {
                Elf64_Dyn entry = entry_at(elf, table, i);

                if (entry.d_tag == DT_STRTAB &&
                        !find_address(elf, entry.d_un.d_ptr, &tables.strings))
                        return false;
                if (entry.d_tag == DT_VERNEED)
                        find_address(elf, entry.d_un.d_ptr, &tables.needed);
                if (entry.d_tag == DT_VERDEF)
                        find_address(elf, entry.d_un.d_ptr, &tables.defined);
        }
        *ret_tables = tables;
        return tables.strings > 0;
}

static bool read_table(
        const struct elf *elf, const struct elf_piece *table, struct dynamic *dynamic)
{
        size_t count = table->file_size / sizeof(Elf64_Dyn);
        _cleanup_free_ char *runpath = NULL;
        struct tables tables;
        bool good = true;

        if (!find_tables(elf, table, &tables))
                return false;
        for (size_t i = 0; good && i < count; i++) {
                Elf64_Dyn entry = entry_at(elf, table, i);

                if (entry.d_tag == DT_NULL)
                        break;
                good = take_entry(elf, tables.strings, &entry, &runpath, dynamic);
        }
        dynamic->is_passed_on = dynamic->path && !runpath;
        if (runpath) { /* with it, the loader does not look at the older one */
                free(dynamic->path);
                dynamic->path = TAKE_PTR(runpath);
        }
        if (good)
                read_versions_needed(elf, &tables, dynamic);
        if (good)
                read_versions_defined(elf, &tables, dynamic);
        return good;
}

bool dynamic_read(const void *data, size_t length, struct dynamic *ret_dynamic)
{
        _cleanup_(dynamic_free) struct dynamic dynamic = { .path = NULL };
        struct elf_piece table;
        struct elf elf;

        if (elf_open(data, length, &elf) || !elf.wide)
                return false;
        if (find_segment(&elf, PT_DYNAMIC, &table) && !read_table(&elf, &table, &dynamic))
                return false;
        *ret_dynamic = dynamic;
        dynamic = (struct dynamic){ .path = NULL };
        return true;
}

void dynamic_free(struct dynamic *dynamic)
{
        words_clear(&dynamic->needed);
        words_clear(&dynamic->versions);
        words_clear(&dynamic->defined);
        free(dynamic->path);
        *dynamic = (struct dynamic){ .path = NULL };
}
