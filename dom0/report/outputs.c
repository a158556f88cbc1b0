#include "dom0/report/outputs.h"

#include <math.h>
#include <stdio.h>

#include "dom0/base/json.h"

/* The outputs of a job by file, the first of each. */
static json_t *index_outputs(const json_t *job)
{
        json_t *index = json_object(), *output;
        size_t i;

        json_array_foreach(get_value(job, "outputs"), i, output) {
                const char *file = get_string(output, "file");

                if (file && !get_value(index, file))
                        json_object_set(index, file, output);
        }
        return index;
}

/* As in "worst" of a RESULT: what JSON has no number for is a string. */
static json_t *real_json(double value)
{
        if (isnan(value))
                return json_string("nan");
        if (isinf(value))
                return json_string(value < 0 ? "-inf" : "inf");
        return json_real(value);
}

static json_t *element_json(enum element_class class, union element element)
{
        char text[24];

        if (class == ELEMENT_REAL)
                return real_json(element.real);
        if (class == ELEMENT_SIGNED || element.u <= INT64_MAX)
                return json_integer(element.i);
        snprintf(text, sizeof(text), "%llu", (unsigned long long)element.u);
        return json_string(text);
}

static void set_closeness(json_t *entry, const struct closeness *closeness)
{
        enum element_class class = element_class(closeness->type);
        const struct closeness_worst *worst = &closeness->worst;

        set_value(entry, "as", json_string(element_name(closeness->type)));
        set_value(entry, "tolerance", json_real(closeness->tolerance));
        set_value(entry, "elements", json_integer((json_int_t)closeness->elements));
        set_value(entry, "different", json_integer((json_int_t)closeness->different));
        set_value(entry, "off", json_integer((json_int_t)closeness->off));
        if (closeness->different > 0)
                set_value(entry, "worst",
                        json_pack("{s:I, s:o, s:o, s:o}", "index", (json_int_t)worst->index, "a",
                                element_json(class, worst->a), "b", element_json(class, worst->b),
                                "error", real_json(worst->error)));
}

static bool has_tolerance(const json_t *output)
{
        return get_string(output, "as") && json_is_number(get_value(output, "tolerance")) &&
               get_number(output, "tolerance") >= 0;
}

/* Whether both runs compared it as elements of one type, of which there are as many in both. */
static bool has_elements(const json_t *a, const json_t *b, struct closeness *ret_closeness)
{
        enum element_type type;

        if (!has_tolerance(a) || !has_tolerance(b) || !element_parse(get_text(a, "as"), &type) ||
                !json_equal(get_value(a, "as"), get_value(b, "as")) ||
                !json_equal(get_value(a, "bytes"), get_value(b, "bytes")) ||
                get_integer(a, "bytes") < 0 ||
                (size_t)get_integer(a, "bytes") % element_bytes(type) != 0)
                return false;
        *ret_closeness =
                closeness_begin(type, get_number(a, "tolerance"), get_number(b, "tolerance"));
        return true;
}

static void name_pair(
        const json_t *job, const json_t *a, const json_t *b, struct outputs_pair *ret_pair)
{
        const json_t *device = get_value(job, "device");
        char number[24] = "none";

        if (json_is_integer(device))
                snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(device));
        snprintf(ret_pair->path, sizeof(ret_pair->path), "jobs/%s/%s/%s", get_text(job, "job"),
                number, get_text(a, "file"));
        ret_pair->bytes = (uint64_t)get_integer(a, "bytes");
        ret_pair->sha256[0] = get_text(a, "sha256");
        ret_pair->sha256[1] = get_text(b, "sha256");
}

/* Whether the bytes of both were seen to be close; `entry` says what was seen. */
static bool is_close(const struct outputs_reader *reader, const json_t *job, const json_t *a,
        const json_t *b, json_t *entry)
{
        struct outputs_pair pair;
        struct closeness closeness;
        char why[WHY_SIZE];

        if (!reader || !has_elements(a, b, &closeness))
                return false;
        name_pair(job, a, b, &pair);
        if (!reader->look(reader, &pair, &closeness, why)) {
                set_text(entry, "unread", why);
                return false;
        }
        set_closeness(entry, &closeness);
        return closeness.off == 0;
}

static json_t *value_of(const json_t *object, const char *key)
{
        json_t *value = get_value(object, key);

        return value ? json_incref(value) : json_null();
}

static bool same_hash(const json_t *a, const json_t *b)
{
        const json_t *left = get_value(a, "sha256"), *right = get_value(b, "sha256");

        return json_equal(left, right) ||
               ((!left || json_is_null(left)) && (!right || json_is_null(right)));
}

void outputs_compare(const struct outputs_reader *reader, const json_t *a, const json_t *b,
        json_t *differ, json_t *close)
{
        json_auto_t *left = index_outputs(a), *right = index_outputs(b);
        json_t *output;
        const char *file;

        json_object_foreach(left, file, output) {
                const json_t *other = get_value(right, file);
                json_t *entry;
                bool near;

                if (!other || same_hash(output, other))
                        continue;
                entry = json_pack("{s:o, s:o, s:s, s:o, s:o}", "job", value_of(a, "job"), "device",
                        value_of(a, "device"), "file", file, "a", value_of(output, "sha256"), "b",
                        value_of(other, "sha256"));
                near = is_close(reader, a, output, other, entry);
                json_array_append_new(near ? close : differ, entry);
        }
}
