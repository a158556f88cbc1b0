#include "efi/parse/options.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#define MEMORY "it changes which memory is whose: the region and the next system lie in it"
#define IOMMU  "Xen must not find the IOMMU switched on"
#define INITRD "the stage runs from the bundle's initramfs alone"

/* Parameters that would break the hand-over, or start what nobody has checked. */
static const struct {
        const char *name;
        const char *why;
} refused[] = {
        { "add_efi_memmap", MEMORY }, /* kexec would take another map, without the region */
        { "memmap", MEMORY },
        { "mem", MEMORY }, /* and devices may be placed in what it takes away */
        { "efi_fake_mem", MEMORY },
        { "acpi_rsdp", "forestage.efi names the ACPI tables" },
        { "intel_iommu", IOMMU },
        { "amd_iommu", IOMMU },
        { "initrd", INITRD },
        { "initrdmem", INITRD },
        { "rdinit", INITRD },
        { "bootconfig", "it takes more parameters from where nobody looks" },
};

#define OWN "forestage." /* for this program to say */

static char folded(char c)
{
        return c == '-' ? '_' : c;
}

/*
 * The next character of a word's name, as Linux compares it, and 0 at its end: a quote does not
 * count, and a '=' ends a name.
 */
static char next_of_name(struct slice word, size_t *at)
{
        while (*at < word.length && word.data[*at] == '"')
                ++*at;
        if (*at == word.length || word.data[*at] == '=')
                return 0;
        return folded(word.data[(*at)++]);
}

static bool is_named(struct slice word, const char *name)
{
        size_t at = 0;

        for (;; name++) {
                char c = next_of_name(word, &at);

                if (c != folded(*name))
                        return false;
                if (c == 0)
                        return true;
        }
}

static bool starts_own(struct slice word)
{
        const char *own = OWN;
        size_t at = 0;

        while (*own && next_of_name(word, &at) == folded(*own))
                own++;
        return !*own;
}

/* Why this word is refused; NULL: it is not. */
static const char *refusal(struct slice word)
{
        for (size_t i = 0; i < LENGTH(refused); i++)
                if (is_named(word, refused[i].name))
                        return refused[i].why;
        return starts_own(word) ? "forestage.efi says this itself" : NULL;
}

static bool check_characters(struct slice line, struct text *reason)
{
        bool quoted = false;

        for (size_t i = 0; i < line.length; i++) {
                if (line.data[i] < ' ' || line.data[i] > '~') {
                        text_add(reason, "has a character other than plain ASCII");
                        return false;
                }
                quoted ^= line.data[i] == '"';
        }
        if (quoted)
                text_add(reason, "has a quote that is not closed");
        return !quoted;
}

bool options_check(struct slice line, struct text *reason)
{
        if (!check_characters(line, reason))
                return false;
        for (size_t start = 0, end; start < line.length; start = end + 1) {
                const char *why;
                struct slice word;

                for (end = start; end < line.length && line.data[end] != ' '; end++)
                        ;
                word = (struct slice){ line.data + start, end - start };
                why = refusal(word);
                if (!why)
                        continue;
                text_add(reason, SLICE_FORMAT " is not allowed here: %s", SLICE_PRINT(word), why);
                return false;
        }
        return true;
}
