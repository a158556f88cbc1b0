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

static bool read_table(
        const struct elf *elf, const struct elf_piece *table, struct dynamic *dynamic)
{
        size_t count = table->file_size / sizeof(Elf64_Dyn), strings = 0;
        _cleanup_free_ char *runpath = NULL;
        bool good = true;

        for (size_t i = 0; i < count; i++) {
                Elf64_Dyn entry = entry_at(elf, table, i);

                if (entry.d_tag == DT_STRTAB && !find_address(elf, entry.d_un.d_ptr, &strings))
                        return false;
        }
        for (size_t i = 0; good && strings > 0 && i < count; i++) {
                Elf64_Dyn entry = entry_at(elf, table, i);

                if (entry.d_tag == DT_NULL)
                        break;
                good = take_entry(elf, strings, &entry, &runpath, dynamic);
        }
        dynamic->is_passed_on = dynamic->path && !runpath;
        if (runpath) { /* with it, the loader does not look at the older one */
                free(dynamic->path);
                dynamic->path = TAKE_PTR(runpath);
        }
        return good && strings > 0;
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
        free(dynamic->path);
        *dynamic = (struct dynamic){ .path = NULL };
}
