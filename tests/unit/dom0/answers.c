#include "tests/unit/dom0/answers.h"

#include <stdio.h>

#include "tests/unit/tap.h"

#define ORDER "/boot/efi/EFI/forestage/order"

struct order answers_order(const struct stand_in *host)
{
        char *text = stand_in_read(host, ORDER), buffer[256];
        struct order order;
        struct text reason;

        assert_non_null(text);
        text_init(&reason, buffer, sizeof(buffer));
        assert_true(order_parse(slice_of(text), &order, &reason));
        free(text);
        return order;
}

char *answers_status(struct stand_in *host, const char *key)
{
        static char text[1024];
        json_t *object, *value;

        stand_in_run(host, "status --json");
        object = json_loads(host->output, JSON_REJECT_DUPLICATES, NULL);
        assert_non_null(object);
        value = json_object_get(object, key);
        assert_non_null(value);
        if (json_is_string(value))
                snprintf(text, sizeof(text), "%s", json_string_value(value));
        else if (json_is_integer(value))
                snprintf(text, sizeof(text), "%lld", (long long)json_integer_value(value));
        else
                snprintf(text, sizeof(text), "%s",
                        json_is_null(value)   ? "null"
                        : json_is_true(value) ? "true"
                                              : "false");
        json_decref(object);
        return text;
}

const json_t *answers_finding(const json_t *answer, const char *id)
{
        const json_t *list = json_object_get(json_object_get(answer, "forestage"), "findings");
        const json_t *entry;
        size_t i;

        json_array_foreach(list, i, entry)
                if (strcmp(json_string_value(json_object_get(entry, "id")), id) == 0)
                        return entry;
        return NULL;
}

char *answers_page(struct stand_in *host, const char *runs)
{
        char *page;

        if (stand_in_run(host, "report %s --html %s/page.html", runs, host->root) != 0)
                fail_msg("%s", host->errors);
        page = stand_in_read(host, "/page.html");
        assert_non_null(page);
        return page;
}

void assert_page(const char *page, const char *text)
{
        if (!strstr(page, text))
                fail_msg("the page has no %s", text);
}
