/*
 * The tables of record/schema.c against what is told about them: docs/run.schema.json, in which
 * run.json has the parts of the records under the same names, and docs/records.md.
 */
#include <stdio.h>

#include <jansson.h>

#include "dom0/run/verdict.h"
#include "jobs/job.h"
#include "record/result.h"
#include "record/schema.h"
#include "record/status.h"
#include "tests/unit/tap.h"

static char *read_text(const char *path)
{
        FILE *file = fopen(path, "re");
        char *text = calloc(1, 1 << 20);

        if (!file) { /* not run from the top of the tree */
                free(text);
                skip();
        }
        assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
        fclose(file);
        return text;
}

/* --- docs/run.schema.json --- */

static const json_t *resolve(const json_t *schema, const json_t *node)
{
        const char *reference = json_string_value(json_object_get(node, "$ref"));

        if (!reference)
                return node;
        return json_object_get(json_object_get(schema, "definitions"), strrchr(reference, '/') + 1);
}

static unsigned int type_of_name(const char *name)
{
        static const struct {
                const char *name;
                unsigned int types;
        } names[] = { { "string", RECORD_STRING }, { "integer", RECORD_INTEGER },
                { "number", RECORD_NUMBER }, { "boolean", RECORD_BOOLEAN }, { "null", RECORD_NULL },
                { "object", RECORD_OBJECT }, { "array", RECORD_LIST } };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (strcmp(names[i].name, name) == 0)
                        return names[i].types;
        fail_msg("no type %s", name);
        return 0;
}

static unsigned int types_of(const json_t *schema, const json_t *node)
{
        const json_t *types, *one;
        unsigned int all = 0;
        size_t i;

        node = resolve(schema, node);
        types = json_object_get(node, "type");
        if (json_is_string(types))
                return type_of_name(json_string_value(types));
        json_array_foreach(types, i, one)
                all |= type_of_name(json_string_value(one));
        json_array_foreach(json_object_get(node, "anyOf"), i, one)
                all |= types_of(schema, one);
        json_array_foreach(json_object_get(node, "enum"), i, one)
                all |= json_is_null(one) ? RECORD_NULL : RECORD_STRING;
        return all;
}

static const struct record_key *key_of(const struct record_key *table, const char *key)
{
        for (; table->key; table++)
                if (strcmp(table->key, key) == 0)
                        return table;
        return NULL;
}

/* The schema of what is inside: of an object itself, of a list its elements. */
static const json_t *inside_of(const json_t *schema, const json_t *node)
{
        const json_t *items, *one;
        size_t i;

        node = resolve(schema, node);
        json_array_foreach(json_object_get(node, "anyOf"), i, one) {
                if (!(types_of(schema, one) & RECORD_NULL))
                        return inside_of(schema, one);
        }
        items = json_object_get(node, "items");
        return items ? resolve(schema, items) : node;
}

/* Keys that collect adds, or that are told elsewhere, separated by blanks. */
static bool is_own(const char *own, const char *key)
{
        const char *at = strstr(own, key);
        size_t length = strlen(key);

        return at && (at == own || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0');
}

/* Of a number: the range of its unit. */
static void compare_range(const json_t *schema, const json_t *property,
        const struct record_key *key, const char *what)
{
        const struct record_range *range = &record_ranges[RECORD_UNIT_OF(key->rules)];
        const json_t *node = resolve(schema, property);

        if (!range->text || !(key->rules & RECORD_NUMBER))
                return;
        if (json_number_value(json_object_get(node, "minimum")) != range->least ||
                json_number_value(json_object_get(node, "maximum")) != range->most)
                fail_msg("%s: \"%s\" is %s, and run.schema.json says something else", what,
                        key->key, range->text);
}

static void compare(const json_t *schema, const json_t *node, const struct record_key *table,
        const char *what, const char *own)
{
        const json_t *properties = json_object_get(node, "properties");
        const char *key;
        json_t *value;

        if (!properties)
                fail_msg("%s: the schema says nothing of its keys", what);
        json_object_foreach((json_t *)properties, key, value) {
                if (!key_of(table, key) && !is_own(own, key))
                        fail_msg("%s: run.schema.json has \"%s\", the table has not", what, key);
        }
        for (; table->key; table++) {
                const json_t *property = json_object_get(properties, table->key);
                unsigned int told = property ? types_of(schema, property) : 0;

                if (is_own(own, table->key) && !property)
                        continue;
                if (!property)
                        fail_msg("%s: the table has \"%s\", run.schema.json has not", what,
                                table->key);
                if (table->rules & RECORD_TYPES & ~told)
                        fail_msg("%s: \"%s\" can be more than run.schema.json says", what,
                                table->key);
                compare_range(schema, property, table, what);
                if (table->inside && strcmp(table->key, "tests") != 0)
                        compare(schema, inside_of(schema, property), table->inside, table->key, "");
        }
}

static const struct record_key *event_keys(const char *name)
{
        const struct record_event *event = record_event_find(name);

        assert_non_null(event);
        return event->keys;
}

static void json_schema_agrees(void **state)
{
        char *text = read_text("docs/run.schema.json");
        json_t *schema = json_loads(text, 0, NULL);
        json_t *all = json_object_get(schema, "definitions");
        const struct record_key *planned = event_keys("run.plan")->inside;

        (void)state;
        assert_non_null(all);
        compare(schema, json_object_get(all, "where"), event_keys("run.where"), "where", "");
        compare(schema, json_object_get(all, "device"), event_keys("run.devices")->inside, "device",
                "verdict");
        compare(schema, json_object_get(all, "job"), record_result_keys, "job",
                "recorded_status files promise description sweep");
        compare(schema, json_object_get(all, "promise"), key_of(planned, "promise")->inside,
                "promise", "");
        compare(schema, json_object_get(all, "run"), record_run_keys, "run", "");
        json_decref(schema);
        free(text);
}

/* --- docs/records.md --- */

static bool tells(const char *page, const char *word)
{
        char quoted[128];

        snprintf(quoted, sizeof(quoted), "`%s`", word);
        if (strstr(page, quoted))
                return true;
        snprintf(quoted, sizeof(quoted), "\"%s\"", word);
        if (strstr(page, quoted))
                return true;
        snprintf(quoted, sizeof(quoted), "`%s:", word);
        return strstr(page, quoted) != NULL;
}

/* Metrics of tests are told by docs/validation.md. */
static void all_told(const char *page, const char *metrics, const struct record_key *table)
{
        for (; table && table->key; table++) {
                if (!tells(page, table->key) && !tells(metrics, table->key))
                        fail_msg(
                                "neither records.md nor validation.md tells of \"%s\"", table->key);
                all_told(page, metrics, table->inside);
        }
}

static void page_agrees(void **state)
{
        char *page = read_text("docs/records.md"), *metrics = read_text("docs/validation.md");

        (void)state;
        for (const struct record_event *event = record_events; event->name; event++) {
                bool family = event->name[strlen(event->name) - 1] == '.';

                if (!family && !tells(page, event->name))
                        fail_msg("records.md does not tell of the event %s", event->name);
                all_told(page, metrics, event->keys);
        }
        all_told(page, metrics, record_event_keys);
        all_told(page, metrics, record_result_keys);
        all_told(page, metrics, record_run_keys);
        for (size_t i = 0; record_statuses[i]; i++)
                assert_true(tells(page, record_statuses[i]));
        free(page);
        free(metrics);
}

/* --- the words of the runner and of collect --- */

static void words_agree(void **state)
{
        (void)state;
        for (size_t i = 0; record_statuses[i]; i++) {
                assert_string_equal(record_statuses[i], job_status_name((enum job_status)i));
        }
        assert_int_equal(STATUSES, JOB_STATUSES);
        for (size_t i = 0; record_kinds[i]; i++)
                assert_string_equal(record_kinds[i], job_type_name((enum job_type)(i + 1)));
        assert_true(record_knows(record_kinds, "check"));
        assert_false(record_knows(record_kinds, "unknown"));
        assert_false(record_knows(record_kinds, NULL));
        assert_null(record_event_find("stage"));
        assert_string_equal(record_event_find("stage.later")->name, "stage.");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(json_schema_agrees),
                cmocka_unit_test(page_agrees),
                cmocka_unit_test(words_agree),
        };

        return run_tap(tests);
}
