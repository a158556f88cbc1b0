#include "efi/parse/conf.h"

#include "efi/parse/keyvalue.h"
#include "efi/parse/options.h"

void conf_defaults(struct conf *ret_conf)
{
        *ret_conf = (struct conf){
                .region_size = 64ull << 20,
                .countdown = 3,
                .deadline = 900,
                .concurrency = 1,
                .store_above = 1ull << 20,
        };
}

static bool set_region_size(void *target, struct slice value, struct text *reason)
{
        struct conf *conf = target;
        uint64_t size;

        if (!keyvalue_size(value, &size, reason))
                return false;
        if (size > 1ull << 40) {
                text_add(reason, "larger than 1024G");
                return false;
        }
        conf->region_size = (size + CONF_REGION_ALIGN - 1) & ~(CONF_REGION_ALIGN - 1);
        return true;
}

static bool set_fallback(void *target, struct slice value, struct text *reason)
{
        struct conf *conf = target;
        enum path_error error = path_from_esp(value, conf->fallback);

        if (error)
                text_add(reason, "%s", path_strerror(error));
        return !error;
}

/* A word of the kernel's command line: no blank, no quote, plain ASCII. */
static bool is_word(struct slice value)
{
        for (size_t i = 0; i < value.length; i++)
                if (value.data[i] <= ' ' || value.data[i] > '~' || value.data[i] == '"')
                        return false;
        return value.length > 0;
}

static bool set_console(void *target, struct slice value, struct text *reason)
{
        struct conf *conf = target;

        if (!is_word(value)) {
                text_add(reason, "expected one word such as ttyS0,115200n8");
                return false;
        }
        if (conf->console_count == CONF_MAX_CONSOLES) {
                text_add(reason, "more than %u consoles", CONF_MAX_CONSOLES);
                return false;
        }
        conf->console[conf->console_count++] = value;
        return true;
}

static bool set_seconds(struct slice value, unsigned least, unsigned most, unsigned *ret_seconds,
        struct text *reason)
{
        uint64_t seconds;

        if (!keyvalue_number(value, least, most, &seconds, reason))
                return false;
        *ret_seconds = (unsigned)seconds;
        return true;
}

/* Most is 60: the firmware's own watchdog resets after 5 minutes in a boot option. */
static bool set_countdown(void *target, struct slice value, struct text *reason)
{
        return set_seconds(value, 0, 60, &((struct conf *)target)->countdown, reason);
}

static bool set_deadline(void *target, struct slice value, struct text *reason)
{
        return set_seconds(value, 1, 7 * 24 * 3600, &((struct conf *)target)->deadline, reason);
}

static bool set_concurrency(void *target, struct slice value, struct text *reason)
{
        uint64_t jobs;

        if (!keyvalue_number(value, 1, CONF_MAX_CONCURRENCY, &jobs, reason))
                return false;
        ((struct conf *)target)->concurrency = (unsigned)jobs;
        return true;
}

static bool set_rescue(void *target, struct slice value, struct text *reason)
{
        return keyvalue_yes_no(value, &((struct conf *)target)->rescue, reason);
}

static bool set_secure_boot(void *target, struct slice value, struct text *reason)
{
        return keyvalue_yes_no(value, &((struct conf *)target)->secure_boot, reason);
}

static bool set_single_processor(void *target, struct slice value, struct text *reason)
{
        return keyvalue_yes_no(value, &((struct conf *)target)->single_processor, reason);
}

static bool set_hand_off(void *target, struct slice value, struct text *reason)
{
        return handoff_parse(value, &((struct conf *)target)->hand_off, reason);
}

static bool set_store_above(void *target, struct slice value, struct text *reason)
{
        uint64_t size;

        if (!keyvalue_size(value, &size, reason))
                return false;
        if (size < CONF_STORE_LEAST) {
                text_add(reason, "smaller than 64K");
                return false;
        }
        ((struct conf *)target)->store_above = size;
        return true;
}

static bool set_debug(void *target, struct slice value, struct text *reason)
{
        return keyvalue_yes_no(value, &((struct conf *)target)->debug, reason);
}

static bool set_options(void *target, struct slice value, struct text *reason)
{
        if (!options_check(value, reason))
                return false;
        ((struct conf *)target)->options = value;
        return true;
}

bool conf_parse(struct slice text, struct conf *conf, struct text *reason)
{
        static const struct keyvalue_key keys[] = {
                { "region-size", set_region_size, false },
                { "fallback", set_fallback, false },
                { "console", set_console, true },
                { "countdown", set_countdown, false },
                { "deadline", set_deadline, false },
                { "concurrency", set_concurrency, false },
                { "rescue", set_rescue, false },
                { "secure-boot", set_secure_boot, false },
                { "single-processor", set_single_processor, false },
                { "options", set_options, false },
                { "debug", set_debug, false },
                { "hand-off", set_hand_off, false },
                { "store-above", set_store_above, false },
        };

        return keyvalue_read(
                "forestage.conf", text, keys, sizeof(keys) / sizeof(keys[0]), conf, reason);
}
