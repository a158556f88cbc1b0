#include "runner/machine/bridge.h"

#include <stdio.h>
#include <string.h>

#include "record/findings.h"
#include "record/schema.h"

/* As the records have them, behind "pci". */
static const char *name_of(enum bridge_item item)
{
        return record_bridge_keys[1 + item].key;
}

void bridge_set(struct bridge *bridge, enum bridge_item item, uint64_t value)
{
        bridge->known |= UINT32_C(1) << item;
        bridge->value[item] = value;
}

bool bridge_knows(const struct bridge *bridge, enum bridge_item item)
{
        return bridge->known >> item & 1;
}

bool bridge_is_address(const char *text)
{
        static const char form[] = "xxxx:xx:xx.x";

        for (size_t i = 0; i < sizeof(form) - 1; i++)
                if (!text[i] || (form[i] == 'x' ? !strchr("0123456789abcdef", text[i])
                                                : text[i] != form[i]))
                        return false;
        return text[sizeof(form) - 1] == '\0';
}

/* --- JSON --- */

json_t *bridges_json(const struct bridges *bridges)
{
        json_t *list = json_array();

        for (unsigned i = 0; i < bridges->count; i++) {
                const struct bridge *bridge = &bridges->bridge[i];
                json_t *one = json_pack("{s:s}", "pci", bridge->pci);

                for (enum bridge_item k = 0; k < BRIDGE_ITEMS; k++)
                        if (bridge_knows(bridge, k))
                                json_object_set_new(one, name_of(k),
                                        json_integer((json_int_t)bridge->value[k]));
                json_array_append_new(list, one);
        }
        return list;
}

static bool read_bridge(const json_t *object, struct bridge *ret_bridge)
{
        const char *pci = json_string_value(json_object_get(object, "pci"));
        struct bridge bridge = { 0 };

        if (!pci || !bridge_is_address(pci))
                return false;
        snprintf(bridge.pci, sizeof(bridge.pci), "%s", pci);
        for (enum bridge_item i = 0; i < BRIDGE_ITEMS; i++) {
                const json_t *value = json_object_get(object, name_of(i));

                if (value && (!json_is_integer(value) || json_integer_value(value) < 0))
                        return false;
                if (value)
                        bridge_set(&bridge, i, (uint64_t)json_integer_value(value));
        }
        *ret_bridge = bridge;
        return true;
}

bool bridges_of_json(const json_t *list, struct bridges *ret_bridges)
{
        struct bridges bridges = { 0 };
        size_t count = json_array_size(list);

        if (!json_is_array(list) || count < 2 || count > BRIDGES_MAX)
                return false;
        for (; bridges.count < count; bridges.count++)
                if (!read_bridge(
                            json_array_get(list, bridges.count), &bridges.bridge[bridges.count]))
                        return false;
        *ret_bridges = bridges;
        return true;
}

static bool is_told(const struct bridges *bridges, enum bridge_item item)
{
        for (unsigned i = item >= BRIDGE_AER_CORRECTABLE; i < bridges->count; i++)
                if (!bridge_knows(&bridges->bridge[i], item))
                        return false;
        return true;
}

void bridges_missing(const struct bridges *bridges, json_t *list)
{
        static const struct {
                enum bridge_item first, last;
                const char *group;
        } groups[] = { { BRIDGE_GENERATION, BRIDGE_WIDTH_MAX, "PCIe links of bridges" },
                { BRIDGE_AER_CORRECTABLE, BRIDGE_AER_FATAL, "PCIe AER counters of bridges" } };

        if (bridges->count == 0)
                json_array_append_new(list, json_string("PCIe bridges"));
        for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
                bool told = true;

                for (enum bridge_item k = groups[i].first; k <= groups[i].last; k++)
                        told = told && is_told(bridges, k);
                if (!told)
                        json_array_append_new(list, json_string(groups[i].group));
        }
}

/* --- under load --- */

void bridges_take(struct bridges *best, const struct bridges *reading)
{
        struct bridges before = *best;

        *best = *reading;
        for (unsigned i = 0; i < best->count && i < before.count; i++)
                for (enum bridge_item k = BRIDGE_GENERATION; k <= BRIDGE_WIDTH_MAX; k++)
                        if (bridge_knows(&before.bridge[i], k) &&
                                before.bridge[i].value[k] > best->bridge[i].value[k])
                                bridge_set(&best->bridge[i], k, before.bridge[i].value[k]);
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
        return a < b ? a : b;
}

/*
 * A switch has a port above and some below, and no link between those: so from the GPU on each
 * second one is the upper end of a link.
 */
bool bridges_judge(const struct bridges *bridges, enum bridge_item now, char ret_word[64])
{
        enum bridge_item most = now + 1;
        bool known = bridges->count > 1;

        for (unsigned i = 0; i + 1 < bridges->count; i += 2) {
                const struct bridge *lower = &bridges->bridge[i], *upper = lower + 1;
                uint64_t is = lesser(lower->value[now], upper->value[now]);
                uint64_t may = lesser(lower->value[most], upper->value[most]);

                if (!bridge_knows(lower, now) || !bridge_knows(upper, now) ||
                        !bridge_knows(lower, most) || !bridge_knows(upper, most)) {
                        known = false;
                } else if (is < may) {
                        snprintf(ret_word, 64, "%llu of %llu at %s", (unsigned long long)is,
                                (unsigned long long)may, upper->pci);
                        return true;
                }
        }
        if (known)
                snprintf(ret_word, 64, "full");
        return known;
}

/* --- what has changed --- */

struct complaints {
        size_t count;
        json_t *rises;
        char *reason;
};

#define complain(complaints, ...) \
        ((complaints)->count++, why_first((complaints)->reason, __VA_ARGS__))

static void compare_value(const struct bridge *before, const struct bridge *after,
        enum bridge_item item, struct complaints *complaints)
{
        uint64_t old = before->value[item], new = after->value[item];
        char name[64];

        if (old == new)
                return;
        snprintf(name, sizeof(name), "bridge %s %s", after->pci, name_of(item));
        if (new > old)
                json_array_append_new(
                        complaints->rises, json_pack("{s:s, s:I, s:I}", "counter", name, "before",
                                                   (json_int_t)old, "after", (json_int_t) new));
        complain(complaints, "%s %s from %llu to %llu during the check", name,
                new > old ? "rose" : "fell", (unsigned long long)old, (unsigned long long)new);
}

static void compare_bridge(
        const struct bridge *before, const struct bridge *after, struct complaints *complaints)
{
        for (enum bridge_item i = BRIDGE_AER_CORRECTABLE; i < BRIDGE_ITEMS; i++) {
                bool old = bridge_knows(before, i), new = bridge_knows(after, i);

                if (old && new)
                        compare_value(before, after, i, complaints);
                else if (old || new)
                        complain(complaints, "bridge %s %s %s", after->pci, name_of(i),
                                old ? "can no longer be read" : "could not be read before");
        }
}

size_t bridges_compare(
        const struct bridges *before, const struct bridges *after, json_t *rises, char *reason)
{
        struct complaints complaints = { 0, rises, reason };

        if (before->count != after->count)
                complain(&complaints,
                        "there were %u PCIe devices up to the root port before the "
                        "check and are %u now",
                        before->count, after->count);
        for (unsigned i = 0; i < before->count && i < after->count; i++) {
                if (strcmp(before->bridge[i].pci, after->bridge[i].pci) != 0)
                        complain(&complaints, "the bridge %s was %s before the check",
                                after->bridge[i].pci, before->bridge[i].pci);
                else if (i > 0)
                        compare_bridge(&before->bridge[i], &after->bridge[i], &complaints);
        }
        return complaints.count;
}
