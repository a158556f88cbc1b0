#include "initramfs/xen/next.h"

#include "efi/parse/keyvalue.h"
#include "lib/uuid.h"

static bool set_xen(void *target, struct slice value, struct text *reason)
{
        (void)reason;
        ((struct next *)target)->xen_options = value;
        return true;
}

static bool set_dom0(void *target, struct slice value, struct text *reason)
{
        (void)reason;
        ((struct next *)target)->dom0_options = value;
        return true;
}

static const struct keyvalue_key keys[] = {
        { "xen-options", set_xen, false },
        { "dom0-options", set_dom0, false },
};

bool next_parse(struct slice text, struct next *ret_next, struct text *reason)
{
        struct next next = { .xen_options = SLICE(""), .dom0_options = SLICE("") };

        if (!keyvalue_read("next.conf", text, keys, sizeof(keys) / sizeof(keys[0]), &next, reason))
                return false;
        *ret_next = next;
        return true;
}

/* The next word of `text`, which loses it; empty at the end. */
static struct slice take_word(struct slice *text)
{
        struct slice word;

        *text = slice_trim(*text);
        word = (struct slice){ text->data, 0 };
        while (word.length < text->length && word.data[word.length] != ' ' &&
                word.data[word.length] != '\t')
                word.length++;
        text->data += word.length;
        text->length -= word.length;
        return word;
}

static bool needs_bios(struct slice word)
{
        return slice_starts_with(word, SLICE("vga=mode-")) ||
               slice_starts_with(word, SLICE("vga=gfx-"));
}

/* Of a video mode, what is no mode: whether Xen goes on writing to the screen when dom0 has it. */
static bool keeps_screen(struct slice word)
{
        const struct slice keep = SLICE(",keep");

        for (size_t i = 0; i + keep.length <= word.length; i++)
                if (slice_starts_with((struct slice){ word.data + i, word.length - i }, keep))
                        return true;
        return false;
}

void next_xen_line(const struct next *next, struct text *line)
{
        struct slice rest = next->xen_options;

        text_add(line, "no-real-mode edd=off reboot=acpi");
        for (struct slice word = take_word(&rest); word.length > 0; word = take_word(&rest)) {
                if (!needs_bios(word))
                        text_add(line, " " SLICE_FORMAT, SLICE_PRINT(word));
                else if (keeps_screen(word))
                        text_add(line, " vga=keep");
        }
}

/* Whether a word of Xen's line makes dom0 a PVH guest: dom0= takes a list, and the last name
 * counts. */
static bool says_pvh(struct slice word, bool so_far)
{
        struct slice list = { word.data + 5, word.length - 5 };

        if (!slice_starts_with(word, SLICE("dom0=")))
                return so_far;
        for (size_t at = 0, end; at <= list.length; at = end + 1) {
                struct slice item;

                for (end = at; end < list.length && list.data[end] != ','; end++)
                        ;
                item = (struct slice){ list.data + at, end - at };
                if (slice_equal(item, SLICE("pvh")) || slice_equal(item, SLICE("pv")))
                        so_far = item.length == 3;
        }
        return so_far;
}

bool next_is_pvh(const struct next *next)
{
        struct slice rest = next->xen_options;
        bool pvh = false;

        for (struct slice word = take_word(&rest); word.length > 0; word = take_word(&rest))
                pvh = says_pvh(word, pvh);
        return pvh;
}

void next_dom0_line(
        const struct next *next, const char *path, const struct bootline *run, struct text *line)
{
        text_add(line, "%s", path);
        if (next->dom0_options.length > 0)
                text_add(line, " " SLICE_FORMAT, SLICE_PRINT(next->dom0_options));
        if (run->has_region)
                text_add(line, " forestage.region=0x%lx,0x%lx", (unsigned long)run->region.address,
                        (unsigned long)run->region.size);
        if (run->has_run) {
                char uuid[UUID_LENGTH + 1];

                uuid_format(run->run_id, uuid);
                text_add(line, " forestage.run=%s", uuid);
        }
        if (run->rsdp != 0 && !next_is_pvh(next))
                text_add(line, " acpi_rsdp=0x%lx", (unsigned long)run->rsdp);
}
