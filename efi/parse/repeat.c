#include "efi/parse/repeat.h"

#include "efi/parse/keyvalue.h"
#include "lib/hex.h"
#include "lib/uuid.h"

#include <string.h>

#define RUNS_AT    (UUID_LENGTH + 1)
#define RUNS_WIDTH 8u
#define STRIKES_AT (RUNS_AT + RUNS_WIDTH + 1)

bool repeat_parse(struct slice text, struct repeat *ret_repeat)
{
        struct repeat repeat = { 0 };

        if (text.length != REPEAT_LENGTH || !uuid_parse(text.data, UUID_LENGTH, repeat.order_id))
                return false;
        if (text.data[RUNS_AT - 1] != ' ' || text.data[STRIKES_AT - 1] != ' ')
                return false;
        for (unsigned i = 0; i < RUNS_WIDTH; i++) {
                int digit = hex_value(text.data[RUNS_AT + i]);

                if (digit < 0)
                        return false;
                repeat.runs = repeat.runs << 4 | (uint32_t)digit;
        }
        if (text.data[STRIKES_AT] < '0' || text.data[STRIKES_AT] > '9')
                return false;
        repeat.strikes = (unsigned)(text.data[STRIKES_AT] - '0');
        *ret_repeat = repeat;
        return true;
}

void repeat_format(const struct repeat *repeat, char ret_text[REPEAT_LENGTH + 1])
{
        char uuid[UUID_LENGTH + 1];
        struct text text;

        uuid_format(repeat->order_id, uuid);
        text_init(&text, ret_text, REPEAT_LENGTH + 1);
        text_add(&text, "%s %08x %u", uuid, repeat->runs, repeat->strikes);
}

void repeat_run_id(const uint8_t order_id[16], uint32_t number, uint8_t ret_run_id[16])
{
        memcpy(ret_run_id, order_id, 16);
        ret_run_id[6] = (uint8_t)((ret_run_id[6] & 0x0f) | 0x80);
        for (unsigned i = 0; i < 4; i++)
                ret_run_id[12 + i] ^= (uint8_t)(number >> (24 - 8 * i));
}

bool repeat_run_number(const uint8_t order_id[16], const uint8_t run_id[16], uint32_t *ret_number)
{
        uint8_t same[16];
        uint32_t number = 0;

        for (unsigned i = 0; i < 4; i++)
                number = number << 8 | (uint32_t)(order_id[12 + i] ^ run_id[12 + i]);
        repeat_run_id(order_id, number, same);
        if (memcmp(same, run_id, sizeof(same)) != 0)
                return false;
        *ret_number = number;
        return true;
}

struct handoff {
        uint8_t run_id[16];
        bool seen;
};

static bool set_run(void *target, struct slice value, struct text *reason)
{
        struct handoff *handoff = target;

        handoff->seen = uuid_parse(value.data, value.length, handoff->run_id);
        if (!handoff->seen)
                text_add(reason, "expected a UUID, not \"" SLICE_FORMAT "\"", SLICE_PRINT(value));
        return handoff->seen;
}

bool repeat_parse_handoff(struct slice text, uint8_t ret_run_id[16], struct text *reason)
{
        static const struct keyvalue_key keys[] = { { "run", set_run, false } };
        struct handoff handoff = { 0 };

        if (!keyvalue_read("handoff", text, keys, 1, &handoff, reason))
                return false;
        if (!handoff.seen) {
                text_add(reason, "handoff: does not say run=");
                return false;
        }
        memcpy(ret_run_id, handoff.run_id, sizeof(handoff.run_id));
        return true;
}

struct repeat repeat_before(
        const uint8_t order_id[16], const struct repeat *stored, const uint8_t confirmed[16])
{
        struct repeat repeat = { 0 };
        uint32_t number;

        memcpy(repeat.order_id, order_id, sizeof(repeat.order_id));
        if (stored && memcmp(stored->order_id, order_id, sizeof(repeat.order_id)) == 0)
                repeat = *stored;
        if (!confirmed || !repeat_run_number(order_id, confirmed, &number))
                return repeat;
        if (number >= repeat.runs) {
                repeat.runs = number;
                repeat.strikes = 0;
        }
        return repeat;
}

struct repeat repeat_after(const struct repeat *before)
{
        struct repeat after = *before;

        after.runs++;
        if (after.strikes < 9)
                after.strikes++;
        return after;
}
