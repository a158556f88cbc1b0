#include "dom0/xen/elfentry.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "dom0/base/memory.h"
#include "dom0/host/source.h"
#include "lib/cleanup.h"

#define BLANKS " \t"
#define PE     ".efi"
#define ELF    ".gz"

/* --- the entry --- */

/* Where the next word starts; `*ret_length` is 0 at the line's end. */
static const char *next_word(const char *at, const char *end, size_t *ret_length)
{
        while (at < end && strchr(BLANKS, *at))
                at++;
        for (*ret_length = 0; at + *ret_length < end && !strchr(BLANKS, at[*ret_length]);)
                ++*ret_length;
        return at;
}

static bool is_word(const char *word, size_t length, const char *wanted)
{
        return length == strlen(wanted) && strncmp(word, wanted, length) == 0;
}

/* The file is the first word behind the command that is no option. */
static void write_xen(FILE *to, const char *rest, const char *end)
{
        size_t length;
        const char *file = next_word(rest, end, &length), *ending;

        while (length > 2 && strncmp(file, "--", 2) == 0)
                file = next_word(file + length, end, &length);
        ending = memmem(file, length, PE, strlen(PE));
        if (!ending)
                ending = file + length;
        fprintf(to, "multiboot2%.*s" ELF, (int)(ending - rest), rest);
        ending += ending < file + length ? strlen(PE) : 0;
        fprintf(to, "%.*s", (int)(end - ending), ending);
}

/* One line; says whether it starts Xen. */
static bool write_line(FILE *to, const char *line, size_t length)
{
        const char *end = line + length;
        const char *word = next_word(line, end, &length), *rest = word + length;
        bool xen = is_word(word, length, "xen_hypervisor") && rest + strspn(rest, BLANKS) < end;

        if (length == 0)
                return false;
        for (const char *c = line; c < word; c++)
                fputs(*c == '\t' ? "        " : " ", to);
        if (xen)
                write_xen(to, rest, end);
        else if (is_word(word, length, "xen_module"))
                fprintf(to, "module2%.*s", (int)(end - rest), rest);
        else
                fprintf(to, "%.*s", (int)(end - word), word);
        fputc('\n', to);
        return xen;
}

char *elfentry_make(const char *body)
{
        char *text = NULL;
        size_t length;
        FILE *to = open_memstream(&text, &length);
        bool xen = false;

        if (!to)
                memory_allocate(SIZE_MAX); /* ends with the message for that */
        fputs("menuentry '" ELFENTRY_TITLE "' {\n", to);
        for (const char *line = body; *line; line += *line == '\n') {
                length = strcspn(line, "\n");
                xen |= write_line(to, line, length);
                line += length;
        }
        fputs("}\n", to);
        fclose(to);
        if (!xen) {
                free(text);
                text = NULL;
        }
        return text;
}

/* --- on this host --- */

bool elfentry_is_needed(const struct xenboot *boot)
{
        size_t length;
        _cleanup_free_ char *head = source_read_text(boot->xen, 2, &length);

        return head && length == 2 && memcmp(head, "MZ", 2) == 0;
}

char *elfentry_advice(
        const struct host *host, const struct grub_config *config, const struct xenboot *boot)
{
        _cleanup_free_ char *entry = boot->body ? elfentry_make(boot->body) : NULL;
        const char *pe = boot->xen + strlen(host->root);
        size_t length = strlen(pe), cut = strlen(PE);
        bool named = length > cut && strcmp(pe + length - cut, PE) == 0;
        _cleanup_free_ char *file =
                memory_format("%.*s" ELF, (int)(named ? length - cut : length), pe);
        _cleanup_free_ char *full = host_path(host, "%s", file);
        bool by_hand = config->kind == GRUB_XENSERVER;

        return memory_format("To write at the end of %s:\n\n%s\n%s is %s.\nThen:%s forestage arm "
                             "--entry " ELFENTRY_TITLE "\n",
                by_hand ? config->path : "/etc/grub.d/40_custom",
                entry ? entry
                      : "the entry that starts Xen now, named \"" ELFENTRY_TITLE
                        "\", with multiboot2 and module2 lines\n",
                file,
                access(full, R_OK) == 0
                        ? "there; it must be of the same build as the Xen that runs"
                        : "not there: it is the same Xen as an ELF file, of the same build of its "
                          "package, and without it no run can end in this Xen",
                by_hand ? "" : " update-grub, and");
}
