/* forestage.conf, order and payload: any bytes, and what comes out of them is within its bounds. */
#include "efi/layout/payload.h"
#include "efi/parse/conf.h"
#include "efi/parse/order.h"
#include "efi/parse/stageline.h"
#include "lib/uuid.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
        if (!holds)
                abort();
}

static void try_conf(struct slice text)
{
        char buffer[128], line[CMDLINE_MAX_BYTES + 1];
        struct text reason, out;
        struct conf conf;
        bool good;

        text_init(&reason, buffer, sizeof(buffer));
        conf_defaults(&conf);
        good = conf_parse(text, &conf, &reason);
        check(good == (reason.length == 0));
        check(conf.countdown <= 60 && conf.deadline >= 1);
        check(conf.concurrency >= 1 && conf.concurrency <= CONF_MAX_CONCURRENCY);
        check(conf.region_size > 0 && conf.region_size % CONF_REGION_ALIGN == 0);
        check(conf.fallback[0] == 0 || path_check(slice_of(conf.fallback)) == PATH_OK);
        check(conf.console_count <= CONF_MAX_CONSOLES);
        if (!good)
                return;
        text_init(&out, line, sizeof(line));
        text_init(&reason, buffer, sizeof(buffer));
        check(cmdline_build(&(struct cmdline){ 1, 2, 3, 4, "run", &conf }, &out, &reason) !=
                out.cut);
        check(!memchr(line, '\n', out.length));
}

static void try_order(struct slice text)
{
        char buffer[128];
        struct text reason;
        struct order order;

        text_init(&reason, buffer, sizeof(buffer));
        if (order_parse(text, &order, &reason))
                check(strlen(order.run_text) == UUID_LENGTH);
        else
                check(reason.length > 0);
}

static bool is_within(const struct payload_part *part)
{
        return part->address % PAYLOAD_PAGE == 0 && part->address < PAYLOAD_LIMIT &&
               part->size > 0 && part->size <= PAYLOAD_LIMIT - part->address;
}

static void try_payload(struct slice text)
{
        struct payload payload, again;
        char buffer[PAYLOAD_MAX_TEXT];
        struct text reason, out;

        text_init(&reason, buffer, sizeof(buffer));
        if (!payload_parse(text, &payload, &reason)) {
                check(reason.length > 0);
                return;
        }
        check(payload.count > 0 && payload.count <= MODULES_MAX);
        for (size_t i = 0; i < payload.count; i++)
                check(is_within(&payload.modules[i]));
        text_init(&out, buffer, sizeof(buffer));
        payload_write(&payload, &out);
        check(!out.cut);
        check(payload_parse((struct slice){ out.data, out.length }, &again, &reason));
        check(again.count == payload.count);
        check(memcmp(again.modules, payload.modules, payload.count * sizeof(again.modules[0])) ==
                0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        try_payload((struct slice){ (const char *)data, size });
        try_conf((struct slice){ (const char *)data, size });
        try_order((struct slice){ (const char *)data, size });
        return 0;
}
