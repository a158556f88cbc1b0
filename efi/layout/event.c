#include "efi/layout/event.h"

static void add_string(struct text *text, struct slice value)
{
        text_add(text, "\"");
        for (size_t i = 0; i < value.length; i++) {
                uint8_t c = (uint8_t)value.data[i];

                if (c == '"' || c == '\\')
                        text_add(text, "\\%c", c);
                else if (c < 0x20 || c > 0x7e)
                        text_add(text, "\\u%04x", c);
                else
                        text_add(text, "%c", c);
        }
        text_add(text, "\"");
}

static void add_key(struct text *text, const char *key)
{
        text_add(text, ", ");
        add_string(text, slice_of(key));
        text_add(text, ": ");
}

void event_begin(struct text *text, const char *name, uint64_t tsc)
{
        text_add(text, "{\"event\": ");
        add_string(text, slice_of(name));
        event_add_number(text, "tsc", tsc);
}

void event_add_number(struct text *text, const char *key, uint64_t value)
{
        add_key(text, key);
        text_add(text, "%lu", value);
}

void event_add_string(struct text *text, const char *key, struct slice value)
{
        add_key(text, key);
        add_string(text, value);
}

void event_add_bool(struct text *text, const char *key, bool value)
{
        add_key(text, key);
        text_add(text, "%s", value ? "true" : "false");
}

bool event_end(struct text *text)
{
        text_add(text, "}");
        return !text->cut;
}
