#include "runner/machine/nvlink.h"

#include <stdio.h>
#include <string.h>

#include "record/findings.h"
#include "record/schema.h"

/* As the records have them, behind "link". */
static const char *name_of(enum nvlink_item item)
{
        return record_nvlink_keys[1 + item].key;
}

void nvlink_set(struct nvlink *link, enum nvlink_item item, uint64_t value)
{
        link->known |= UINT32_C(1) << item;
        link->value[item] = value;
}

bool nvlink_knows(const struct nvlink *link, enum nvlink_item item)
{
        return link->known >> item & 1;
}

static bool is_active(const struct nvlink *link)
{
        return link->value[NVLINK_ACTIVE] != 0;
}

unsigned nvlinks_active(const struct nvlinks *links)
{
        unsigned active = 0;

        for (unsigned i = 0; i < links->count; i++)
                active += is_active(&links->link[i]);
        return active;
}

bool nvlinks_mbps(const struct nvlinks *links, uint64_t *ret_mbps)
{
        uint64_t sum = 0;

        for (unsigned i = 0; i < links->count; i++) {
                if (!is_active(&links->link[i]))
                        continue;
                if (!nvlink_knows(&links->link[i], NVLINK_MBPS))
                        return false;
                sum += links->link[i].value[NVLINK_MBPS];
        }
        *ret_mbps = sum;
        return true;
}

/* --- JSON --- */

json_t *nvlinks_json(const struct nvlinks *links)
{
        json_t *list = json_array();

        for (unsigned i = 0; i < links->count; i++) {
                const struct nvlink *link = &links->link[i];
                json_t *one = json_pack(
                        "{s:i, s:b}", "link", (int)i, name_of(NVLINK_ACTIVE), is_active(link));

                for (enum nvlink_item k = NVLINK_ACTIVE + 1; k < NVLINK_ITEMS; k++)
                        if (nvlink_knows(link, k))
                                json_object_set_new(
                                        one, name_of(k), json_integer((json_int_t)link->value[k]));
                json_array_append_new(list, one);
        }
        return list;
}

static bool read_link(const json_t *object, unsigned number, struct nvlink *ret_link)
{
        const json_t *active = json_object_get(object, name_of(NVLINK_ACTIVE));
        const json_t *own = json_object_get(object, "link");
        struct nvlink link = { 0 };

        if (!json_is_integer(own) || json_integer_value(own) != (json_int_t)number ||
                !json_is_boolean(active))
                return false;
        nvlink_set(&link, NVLINK_ACTIVE, json_is_true(active));
        for (enum nvlink_item i = NVLINK_ACTIVE + 1; i < NVLINK_ITEMS; i++) {
                const json_t *value = json_object_get(object, name_of(i));

                if (value && (!json_is_integer(value) || json_integer_value(value) < 0))
                        return false;
                if (value)
                        nvlink_set(&link, i, (uint64_t)json_integer_value(value));
        }
        *ret_link = link;
        return true;
}

bool nvlinks_of_json(const json_t *list, struct nvlinks *ret_links)
{
        struct nvlinks links = { 0 };
        size_t count = json_array_size(list);

        if (!json_is_array(list) || count == 0 || count > NVLINK_MAX)
                return false;
        for (; links.count < count; links.count++)
                if (!read_link(json_array_get(list, links.count), links.count,
                            &links.link[links.count]))
                        return false;
        *ret_links = links;
        return true;
}

/* A link that is down has no speed to tell; an unlisted one tells nothing at all. */
static bool is_told(const struct nvlinks *links, enum nvlink_item item)
{
        for (unsigned i = 0; i < links->count; i++)
                if (!nvlink_knows(&links->link[i], item) &&
                        (is_active(&links->link[i]) || item >= NVLINK_REPLAYS))
                        return false;
        return true;
}

void nvlinks_missing(const struct nvlinks *links, json_t *list)
{
        static const struct {
                enum nvlink_item first, last;
                const char *group;
        } groups[] = { { NVLINK_VERSION, NVLINK_VERSION, "NVLink versions" },
                { NVLINK_MBPS, NVLINK_MBPS, "NVLink speeds" },
                { NVLINK_REPLAYS, NVLINK_CRC_ERRORS, "NVLink error counters" } };

        for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
                bool told = true;

                for (enum nvlink_item k = groups[i].first; k <= groups[i].last; k++)
                        told = told && is_told(links, k);
                if (!told)
                        json_array_append_new(list, json_string(groups[i].group));
        }
}

/* --- what has changed --- */

struct complaints {
        size_t count;
        json_t *rises;
        char *reason;
};

#define complain(complaints, ...) \
        ((complaints)->count++, why_first((complaints)->reason, __VA_ARGS__))

static void compare_value(unsigned number, enum nvlink_item item, uint64_t old, uint64_t new,
        struct complaints *complaints)
{
        char name[48];

        if (old == new)
                return;
        snprintf(name, sizeof(name), "nvlink%u_%s", number, name_of(item));
        if (item < NVLINK_REPLAYS) {
                complain(complaints, "%s was %llu before the check and is %llu now", name,
                        (unsigned long long)old, (unsigned long long)new);
                return;
        }
        if (new > old)
                json_array_append_new(
                        complaints->rises, json_pack("{s:s, s:I, s:I}", "counter", name, "before",
                                                   (json_int_t)old, "after", (json_int_t) new));
        complain(complaints, "%s %s from %llu to %llu during the check", name,
                new > old ? "rose" : "fell", (unsigned long long)old, (unsigned long long)new);
}

static void compare_link(unsigned number, const struct nvlink *before, const struct nvlink *after,
        struct complaints *complaints)
{
        for (enum nvlink_item i = 0; i < NVLINK_ITEMS; i++) {
                bool old = nvlink_knows(before, i), new = nvlink_knows(after, i);

                if (old && new)
                        compare_value(number, i, before->value[i], after->value[i], complaints);
                else if (old || new)
                        complain(complaints, "nvlink%u_%s %s", number, name_of(i),
                                old ? "can no longer be read" : "could not be read before");
        }
}

/* All that are up were made alike, and a slow one is what is left of a faster one. */
static void compare_speeds(const struct nvlinks *after, struct complaints *complaints)
{
        uint64_t fastest = 0;

        for (unsigned i = 0; i < after->count; i++)
                if (is_active(&after->link[i]) && after->link[i].value[NVLINK_MBPS] > fastest)
                        fastest = after->link[i].value[NVLINK_MBPS];
        for (unsigned i = 0; i < after->count; i++) {
                const struct nvlink *link = &after->link[i];

                if (is_active(link) && nvlink_knows(link, NVLINK_MBPS) &&
                        link->value[NVLINK_MBPS] < fastest)
                        complain(complaints, "nvlink%u_%s is %llu although another's is %llu", i,
                                name_of(NVLINK_MBPS), (unsigned long long)link->value[NVLINK_MBPS],
                                (unsigned long long)fastest);
        }
}

size_t nvlinks_compare(
        const struct nvlinks *before, const struct nvlinks *after, json_t *rises, char *reason)
{
        struct complaints complaints = { 0, rises, reason };

        if (before->count != after->count)
                complain(&complaints, "there were %u NVLinks before the check and are %u now",
                        before->count, after->count);
        for (unsigned i = 0; i < before->count && i < after->count; i++)
                compare_link(i, &before->link[i], &after->link[i], &complaints);
        compare_speeds(after, &complaints);
        return complaints.count;
}
