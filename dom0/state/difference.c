#include "dom0/state/difference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dom0/base/json.h"
#include "dom0/base/memory.h"
#include "dom0/host/source.h"
#include "lib/cleanup.h"
#include "lib/text.h"
#include "lib/uuid.h"
#include "region/bootline.h"

#define EVENTS_MAX ((size_t)64 << 20)
#define LINE_BYTES ((size_t)64 << 10) /* of a command line */
#define LOADED     "stage.kexec_load"

/* --- what is different --- */

static bool lacks_efi(const struct difference_facts *facts)
{
        return !facts->has_efi;
}

static bool lacks_smbios(const struct difference_facts *facts)
{
        return !facts->has_smbios;
}

static bool lacks_bios_strings(const struct difference_facts *facts)
{
        return !facts->has_smbios && facts->has_xapi;
}

static bool has_our_words(const struct difference_facts *facts)
{
        (void)facts;
        return true; /* by them it is known that a run has started this boot */
}

/* Without the events it may never have had one. */
static bool lacks_screen(const struct difference_facts *facts)
{
        return !facts->has_display && (facts->was_told || *facts->no_screen != '\0');
}

static const char *rsdp_word(const struct difference_facts *facts)
{
        return facts->has_rsdp ? ", acpi_rsdp=" : "";
}

static const char *no_screen(const struct difference_facts *facts)
{
        return facts->was_told ? "it was told of one, and before 4.17 it does not listen"
                               : facts->no_screen;
}

/* As status has them, and the table of docs/install-xcp-ng.md. */
static const struct {
        const char *key;
        bool (*holds)(const struct difference_facts *facts);
        const char *text;
        const char *(*rest)(const struct difference_facts *facts); /* of the text; NULL: none */
} kinds[] = {
        { "efi_variables", lacks_efi,
                "no EFI variables: efibootmgr and mokutil do not work, and the firmware's boot "
                "order cannot be changed from here",
                NULL },
        { "smbios", lacks_smbios,
                "no SMBIOS tables: dmidecode and /sys/class/dmi/id say nothing of the machine",
                NULL },
        { "dmi_quirks", lacks_smbios,
                "no quirks of Xen and dom0's kernel for this model of machine: they know it by its "
                "SMBIOS tables",
                NULL },
        { "bios_strings", lacks_bios_strings,
                "xapi finds no bios-strings of this host, and keeps empty ones in the pool's "
                "database",
                NULL },
        { "command_line", has_our_words,
                "words of ours on dom0's command line, which kdump hands on to its crash kernel: "
                "forestage.region=, forestage.run=",
                rsdp_word },
        { "screen", lacks_screen, "no screen in dom0; Xen's: ", no_screen },
};

_Static_assert(sizeof(kinds) / sizeof(kinds[0]) <= DIFFERENCES_MAX, "all of them have room");

void differences_decide(const struct difference_facts *facts, struct differences *ret_differences)
{
        struct differences list = { .count = 0 };

        for (size_t i = 0; facts->by_run && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
                if (!kinds[i].holds(facts))
                        continue;
                list.item[list.count].key = kinds[i].key;
                snprintf(list.item[list.count].text, sizeof(list.item[0].text), "%s%s",
                        kinds[i].text, kinds[i].rest ? kinds[i].rest(facts) : "");
                list.count++;
        }
        *ret_differences = list;
}

/* --- looking --- */

static bool is_there(const struct host *host, const char *path)
{
        _cleanup_free_ char *whole = host_path(host, "%s", path);

        return access(whole, F_OK) == 0;
}

/* Whether a word of the kernel's line starts so. */
static bool has_word(const struct host *host, const char *start)
{
        size_t length;
        _cleanup_free_ char *line = source_read_text(host->command_line, LINE_BYTES, &length);
        char *rest = line;

        for (char *word; line && (word = strsep(&rest, " \t\n"));)
                if (strncmp(word, start, strlen(start)) == 0)
                        return true;
        return false;
}

/* A line of events.jsonl; the last that says so counts. */
static void take_event(const char *line, struct difference_facts *facts)
{
        json_auto_t *event = strstr(line, LOADED) ? json_loads(line, 0, NULL) : NULL;

        if (strcmp(get_text(event, "event"), LOADED) != 0)
                return;
        facts->was_told = get_string(event, "screen") != NULL;
        snprintf(facts->no_screen, sizeof(facts->no_screen), "%s", get_text(event, "no_screen"));
}

/* Of the run that has started this boot, once it is collected; only root may look there. */
static void read_events(
        const struct host *host, const uint8_t run_id[16], struct difference_facts *facts)
{
        char id[UUID_LENGTH + 1];
        _cleanup_free_ char *path = NULL, *text = NULL;
        size_t length;
        char *rest;

        uuid_format(run_id, id);
        path = memory_format("%s/%s/events.jsonl", host->runs, id);
        text = source_read_text(path, EVENTS_MAX, &length);
        rest = text;
        for (char *line; text && (line = strsep(&rest, "\n"));)
                take_event(line, facts);
        text_make_line(facts->no_screen);
}

void differences_look(const struct host *host, struct differences *ret_differences)
{
        struct difference_facts facts = { .by_run = false };
        struct failure ignored;
        struct bootline line;

        if (source_bootline(host, &line, &ignored)) {
                facts.by_run = true;
                facts.has_efi = is_there(host, "/sys/firmware/efi");
                facts.has_smbios =
                        is_there(host, "/sys/class/dmi/id") || is_there(host, "/sys/firmware/dmi");
                facts.has_rsdp = has_word(host, "acpi_rsdp=");
                facts.has_xapi = is_there(host, "/etc/xensource-inventory");
                facts.has_display = is_there(host, "/sys/class/graphics/fb0") ||
                                    is_there(host, "/sys/class/drm/card0");
                read_events(host, line.run_id, &facts);
        }
        differences_decide(&facts, ret_differences);
}
