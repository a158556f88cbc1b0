#include "efi/run.h"

#include "efi/firmware/console.h"
#include "efi/firmware/debug.h"
#include "efi/firmware/firmware.h"
#include "efi/firmware/image.h"
#include "efi/firmware/initrd.h"
#include "efi/firmware/ledger.h"
#include "efi/firmware/variable.h"
#include "efi/layout/event.h"
#include "efi/layout/pe.h"
#include "efi/layout/rsdp.h"
#include "efi/parse/keyvalue.h"
#include "efi/parse/stageline.h"
#include "lib/uuid.h"
#include "version.h"

#define SHORT_ID 8u /* characters of a run id that name it in messages */

static struct slice slice_of_pages(const struct pages *pages)
{
        return (struct slice){ pages->data, pages->size };
}

static bool open_folder(struct boot *run, struct text *reason)
{
        return folder_open(&run->folder, reason);
}

/* --- the order --- */

static void read_conf(struct boot *run, struct text *reason)
{
        run->facts.conf = folder_read(
                &run->folder, SLICE("forestage.conf"), KEYVALUE_MAX_BYTES, &run->conf_text, reason);
        if (run->facts.conf == FILE_GOOD &&
                !conf_parse(slice_of_pages(&run->conf_text), &run->conf, reason))
                run->facts.conf = FILE_WRONG;
        debug_set(run->conf.debug);
        debug_say_program();
        debug_say("forestage.conf: %lu bytes at 0x%lx", run->conf_text.size,
                (uint64_t)run->conf_text.data);
}

static void say_order(const struct boot *run)
{
        debug_say("order: run %s, %s", run->order.run_text,
                run->order.every_boot ? "at every boot" : "once");
}

static void read_order(struct boot *run, struct text *reason)
{
        run->facts.order = folder_read(
                &run->folder, SLICE("order"), KEYVALUE_MAX_BYTES, &run->order_text, reason);
        if (run->facts.order == FILE_GOOD &&
                !order_parse(slice_of_pages(&run->order_text), &run->order, reason))
                run->facts.order = FILE_WRONG;
        if (run->facts.order == FILE_GOOD)
                say_order(run);
        run->facts.every_boot = run->order.every_boot;
        run->facts.locked = variable_secure_boot() && !run->conf.secure_boot;
        debug_say("Secure Boot is %s", variable_secure_boot() ? "on" : "off");
}

/* The run that dom0 has confirmed last; false when there is none to be read. */
static bool read_handoff(const struct boot *run, uint8_t ret_run_id[16])
{
        char nothing[1];
        struct text ignored;
        struct pages pages;
        bool good;

        text_init(&ignored, nothing, sizeof(nothing));
        if (folder_read(&run->folder, SLICE("handoff"), KEYVALUE_MAX_BYTES, &pages, &ignored) !=
                FILE_GOOD)
                return false;
        good = repeat_parse_handoff(slice_of_pages(&pages), ret_run_id, &ignored);
        pages_free(&pages);
        return good;
}

/* Finds out how often the order has run and how that went. */
static void read_repeat(struct boot *run, struct text *reason)
{
        struct repeat stored;
        uint8_t confirmed[16];
        bool has_confirmed = read_handoff(run, confirmed);

        run->facts.repeat = variable_repeat(&stored, reason);
        run->repeat = repeat_before(run->order.run_id,
                run->facts.repeat == REPEAT_COUNTED ? &stored : NULL,
                has_confirmed ? confirmed : NULL);
        run->facts.strikes = run->repeat.strikes;
        debug_say("order: %u runs so far, the last %u not confirmed by dom0", run->repeat.runs,
                run->repeat.strikes);
}

static void forget(struct text *reason)
{
        text_init(reason, reason->data, reason->size);
}

/* Collects what the decision needs; after it, `reason` is about the first thing that is wrong. */
static void gather(struct boot *run, struct text *reason)
{
        read_conf(run, reason);
        if (run->facts.conf == FILE_ABSENT)
                forget(reason);
        if (reason->length > 0)
                return;
        read_order(run, reason);
        if (run->facts.order == FILE_GOOD && run->order.every_boot)
                read_repeat(run, reason);
        else if (run->facts.order == FILE_GOOD)
                run->facts.last_run = variable_last_run(run->order.run_text, reason);
}

static void remove_order(struct boot *run)
{
        EFI_STATUS status = folder_remove(&run->folder, SLICE("order"));

        if (status != EFI_SUCCESS)
                console_print("forestage: warning: the order could not be removed: %s\n",
                        firmware_strerror(status));
}

static bool judge(struct boot *run, struct text *reason)
{
        gather(run, reason);
        switch (decide(&run->facts)) {
        case DECISION_RUN:
                return true;
        case DECISION_NO_ORDER:
                forget(reason);
                text_add(reason, "no order");
                return false;
        case DECISION_LOCKED:
                forget(reason);
                text_add(reason,
                        "Secure Boot is on, where a distribution's kernel allows no kexec and no "
                        "/dev/mem; secure-boot=yes in forestage.conf says that vmlinuz does");
                return false;
        case DECISION_USED:
                text_add(reason, "order %.*s was used before", SHORT_ID, run->order.run_text);
                remove_order(run);
                return false;
        case DECISION_STRIKES:
                text_add(reason,
                        "order %.*s is disarmed: its last %u runs did not come back to dom0",
                        SHORT_ID, run->order.run_text, run->repeat.strikes);
                remove_order(run);
                return false;
        case DECISION_CONF:
        case DECISION_ORDER:
        case DECISION_VARIABLE:
                break; /* the reason is there already */
        }
        return false;
}

/* Counts this run of an order that repeats, and gives it an id of its own. */
static bool claim_repeat(struct boot *run, struct text *reason)
{
        struct repeat after = repeat_after(&run->repeat);

        if (!variable_store_repeat(&after, reason))
                return false;
        repeat_run_id(after.order_id, after.runs, run->order.run_id);
        uuid_format(run->order.run_id, run->order.run_text);
        return true;
}

/*
 * From here on the order is dead, whatever happens: a run that breaks the host runs once. An order
 * that repeats is dead after its second run that does.
 */
static bool claim(struct boot *run, struct text *reason)
{
        if (run->order.every_boot && !claim_repeat(run, reason))
                return false;
        console_print("forestage " FORESTAGE_VERSION ": order for run %s\n", run->order.run_text);
        if (!variable_store_run(run->order.run_text, reason))
                return false;
        if (!run->order.every_boot)
                remove_order(run);
        return true;
}

/* A run that somebody at the console did not want is no strike. */
static void take_strike_back(const struct boot *run)
{
        struct repeat after = repeat_after(&run->repeat);
        char nothing[1];
        struct text ignored;

        text_init(&ignored, nothing, sizeof(nothing));
        after.strikes = run->repeat.strikes;
        variable_store_repeat(&after, &ignored);
}

static bool count_down(struct boot *run, struct text *reason)
{
        char name[SHORT_ID + 1];
        struct text text;

        text_init(&text, name, sizeof(name));
        text_add_bytes(&text, run->order.run_text, SHORT_ID);
        if (run->conf.countdown > 0 && console_countdown(name, run->conf.countdown)) {
                if (run->order.every_boot)
                        take_strike_back(run);
                text_add(reason, "a key was pressed");
                return false;
        }
        return true;
}

/* --- records --- */

/* An event's text under construction. */
struct draft {
        const char *name;
        struct text text;
        char buffer[512];
};

static void draft_begin(struct draft *ret_draft, const char *name, uint64_t tsc)
{
        ret_draft->name = name;
        text_init(&ret_draft->text, ret_draft->buffer, sizeof(ret_draft->buffer));
        event_begin(&ret_draft->text, name, tsc);
}

static bool draft_append(struct boot *run, struct draft *draft, struct text *reason)
{
        event_end(&draft->text);
        return ledger_append(&run->writer, draft->name, &draft->text, reason);
}

/* Who the firmware is, as far as it can be said in ASCII. */
static void add_firmware(struct text *event)
{
        const CHAR16 *vendor = firmware.system->FirmwareVendor;
        char name[64];
        size_t length = 0;

        for (; vendor && vendor[length] && length < sizeof(name); length++)
                name[length] = vendor[length] <= 0x7e ? (char)vendor[length] : '?';
        event_add_string(event, "firmware_vendor", (struct slice){ name, length });
        event_add_number(event, "firmware_revision", firmware.system->FirmwareRevision);
}

static bool record_entry(struct boot *run, struct text *reason)
{
        struct draft draft;

        draft_begin(&draft, "efi.entry", run->entry_tsc);
        add_firmware(&draft.text);
        event_add_bool(&draft.text, "secure_boot", variable_secure_boot());
        return draft_append(run, &draft, reason);
}

static bool record_region(struct boot *run, struct text *reason)
{
        struct draft draft;

        draft_begin(&draft, "efi.region", firmware_tsc());
        event_add_number(&draft.text, "region_address", (uint64_t)run->reservation.region.data);
        event_add_number(&draft.text, "region_bytes", run->reservation.region.size);
        event_add_number(&draft.text, "ebda_address", (uint64_t)run->reservation.ebda.data);
        return draft_append(run, &draft, reason);
}

static bool record_bundle(struct boot *run, struct text *reason)
{
        struct draft draft;

        draft_begin(&draft, "efi.bundle", firmware_tsc());
        event_add_number(&draft.text, "files", run->bundle.manifest.count);
        event_add_number(&draft.text, "bytes", run->bundle.bytes);
        event_add_number(&draft.text, "helpers", run->bundle.helpers.count);
        return draft_append(run, &draft, reason);
}

static bool record_start(struct boot *run, struct text *reason)
{
        struct draft draft;

        draft_begin(&draft, "efi.start", firmware_tsc());
        event_add_string(&draft.text, "version", SLICE(FORESTAGE_VERSION));
        return draft_append(run, &draft, reason);
}

/* --- memory and files --- */

static bool reserve(struct boot *run, struct text *reason)
{
        return reservation_make(run->conf.region_size, &run->reservation, reason) &&
               ledger_open(&run->reservation.region, run->order.run_id, &run->writer, reason) &&
               record_entry(run, reason) && record_region(run, reason);
}

static bool read_bundle(struct boot *run, struct text *reason)
{
        if (!bundle_open(&run->folder, run->facts.conf == FILE_GOOD, &run->bundle, reason))
                return false;
        console_print("forestage: reading %zu files, %lu KiB\n", run->bundle.manifest.count,
                (run->bundle.bytes + 1023) / 1024);
        return bundle_read(&run->bundle, &run->folder, slice_of_pages(&run->conf_text),
                       run->conf.single_processor, reason) &&
               record_bundle(run, reason);
}

/* The contents of the manifest's file number `i`. */
static struct pages *listed_file(struct boot *run, size_t i)
{
        if (slice_equal(run->bundle.manifest.entries[i].path, SLICE("forestage.conf")))
                return &run->conf_text;
        return &run->bundle.files[i];
}

static void archive_add(struct boot *run, struct slice path, struct slice data)
{
        struct archive_file *files = run->archive_pages.data;

        files[run->archive.count++] = (struct archive_file){ path, data.data, data.length };
}

static void archive_add_payload(struct boot *run)
{
        struct text text;

        text_init(&text, run->payload, sizeof(run->payload));
        payload_write(&run->bundle.payload, &text);
        archive_add(run, SLICE(PAYLOAD_FILE), (struct slice){ text.data, text.length });
}

/*
 * Lists the archive's files in the order of the manifest, and the order before them. Where the
 * payload is stands in the place of its kernel, which every manifest has.
 */
static bool make_archive(struct boot *run, struct text *reason)
{
        const struct manifest *manifest = &run->bundle.manifest;
        uint64_t size = (manifest->count + 1) * sizeof(struct archive_file);

        if (!pages_allocate("archive", size, &run->archive_pages, reason))
                return false;
        run->archive.files = run->archive_pages.data;
        archive_add(run, SLICE("order"), slice_of_pages(&run->order_text));
        for (size_t i = 0; i < manifest->count; i++) {
                struct slice path = manifest->entries[i].path;

                if (slice_equal(path, SLICE("next/vmlinuz")))
                        archive_add_payload(run);
                else if (archive_takes(path))
                        archive_add(run, path, slice_of_pages(listed_file(run, i)));
        }
        return true;
}

/* --- Linux --- */

static bool load_kernel(struct boot *run, struct text *reason)
{
        struct pages *file = bundle_file(&run->bundle, SLICE("vmlinuz"));

        debug_say("loading vmlinuz: %lu bytes at 0x%lx", file->size, (uint64_t)file->data);
        if (!pe_check("vmlinuz", file->data, file->size, reason) ||
                !image_load("vmlinuz", NULL, file->data, file->size, &run->kernel, reason))
                return false;
        pages_free(file); /* the firmware has its own copy now */
        return true;
}

/*
 * forestage.rsdp names the copy in the EBDA page, not the firmware's own: the copy is checked and
 * lies in memory that is reserved for every kernel on the way, which no specification promises for
 * the original, and it is what Xen and dom0 find by themselves.
 */
static bool build_cmdline(struct boot *run, struct text *text, struct text *reason)
{
        uint64_t ebda = (uint64_t)run->reservation.ebda.data;
        const struct cmdline cmdline = {
                .region_address = (uint64_t)run->reservation.region.data,
                .region_size = run->reservation.region.size,
                .ebda_address = ebda,
                .rsdp_address = ebda + RSDP_EBDA_OFFSET,
                .run = run->order.run_text,
                .conf = &run->conf,
        };

        return cmdline_build(&cmdline, text, reason);
}

static bool set_cmdline(struct boot *run, struct text *reason)
{
        char line[CMDLINE_MAX_BYTES + 1];
        struct text text;
        CHAR16 *units;

        text_init(&text, line, sizeof(line));
        if (!build_cmdline(run, &text, reason) ||
                !pages_allocate(
                        "command line", sizeof(line) * sizeof(units[0]), &run->cmdline, reason))
                return false;
        debug_say("command line: %s", text.data);
        units = run->cmdline.data;
        for (size_t i = 0; i <= text.length; i++)
                units[i] = (uint8_t)line[i];
        return image_set_options(
                run->kernel, units, (UINT32)((text.length + 1) * sizeof(units[0])), reason);
}

static bool offer_initrd(struct boot *run, struct text *reason)
{
        const struct pages *image = bundle_file(&run->bundle, SLICE("initramfs.img"));

        return make_archive(run, reason) &&
               initrd_offer(slice_of_pages(image), &run->archive, reason);
}

static bool start_kernel(struct boot *run, struct text *reason)
{
        EFI_STATUS status;

        console_print("forestage: starting Linux\n");
        if (!record_start(run, reason))
                return false;
        status = image_start(run->kernel);
        run->kernel = NULL; /* the firmware unloads an application that came back */
        text_add(reason, "vmlinuz: Linux did not take over: %s", firmware_strerror(status));
        return false;
}

void run_go(struct boot *run, struct text *reason)
{
        static const struct {
                const char *what;
                bool (*take)(struct boot *run, struct text *reason);
        } steps[] = {
                { "open EFI/forestage", open_folder },
                { "look for an order", judge },
                { "use the order up", claim },
                { "count down", count_down },
                { "reserve memory", reserve },
                { "read the bundle", read_bundle },
                { "load vmlinuz", load_kernel },
                { "give it its command line", set_cmdline },
                { "offer it the initrd", offer_initrd },
                { "start it", start_kernel },
        };
        const size_t count = sizeof(steps) / sizeof(steps[0]);

        conf_defaults(&run->conf);
        for (size_t i = 0; i < count; i++) {
                debug_say("step %zu of %zu: %s", i + 1, count, steps[i].what);
                if (!steps[i].take(run, reason))
                        return;
        }
}

void run_release(struct boot *run)
{
        debug_say("giving everything back");
        initrd_withdraw();
        image_unload(run->kernel);
        run->kernel = NULL;
        pages_free(&run->cmdline);
        pages_free(&run->archive_pages);
        bundle_close(&run->bundle);
        reservation_free(&run->reservation);
        pages_free(&run->order_text);
        pages_free(&run->conf_text);
        folder_close(&run->folder);
}
