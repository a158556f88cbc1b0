#include "efi/firmware/ledger.h"

static bool check(enum region_error error, struct text *reason)
{
        if (error)
                text_add(reason, "region: %s", region_strerror(error));
        return !error;
}

bool ledger_open(const struct pages *pages, const uint8_t run_id[16],
        struct region_writer *ret_writer, struct text *reason)
{
        return check(region_create(pages->data, pages->size, run_id, ret_writer), reason);
}

bool ledger_append(struct region_writer *writer, const char *name, const struct text *event,
        struct text *reason)
{
        if (event->cut) {
                text_add(reason, "region: event %s is too long", name);
                return false;
        }
        return check(region_append(writer, REGION_EVENT, name, slice_of(name).length, event->data,
                             event->length),
                reason);
}
