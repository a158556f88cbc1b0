#include "dom0/sheet/sheet.h"

#include <string.h>

#include "dom0/base/json.h"

const json_t *sheet_test(const json_t *job, const char *name)
{
        const json_t *test;
        size_t i;

        json_array_foreach(get_value(get_value(job, "check"), "tests"), i, test)
                if (strcmp(get_text(test, "test"), name) == 0)
                        return test;
        return NULL;
}

static enum sheet_outcome outcome_of(const json_t *test)
{
        static const char *const names[] = { "pass", "fail", "error", "skip" };
        const char *status = get_text(test, "status");

        for (size_t i = 0; i < SHEET_OUTCOMES; i++)
                if (strcmp(status, names[i]) == 0)
                        return (enum sheet_outcome)i;
        return SHEET_ERROR; /* whatever it says, it is no pass */
}

static void take_check(struct sheet_gpu *gpu, json_t *job)
{
        const json_t *health = sheet_test(job, check_tests[CHECK_HEALTH].name), *test;
        size_t i;

        json_array_append(gpu->checks, job);
        json_array_foreach(get_value(get_value(job, "check"), "tests"), i, test)
                gpu->tests[outcome_of(test)]++;
        if (health)
                gpu->health = health;
        if (json_array_size(get_value(health, "standing")) > 0)
                gpu->standing = get_value(health, "standing");
}

static bool is_on(const json_t *job, const json_t *device)
{
        const json_t *index = get_value(device, "index");

        return json_is_integer(index) && json_equal(get_value(job, "device"), index);
}

void sheet_take(FILE *to, const json_t *document, const char *sha256, struct sheet *ret_sheet)
{
        const json_t *device;
        json_t *job;
        size_t i, k;

        *ret_sheet = (struct sheet){ .to = to, .document = document, .sha256 = sha256 };
        json_array_foreach(get_value(document, "devices"), i, device) {
                struct sheet_gpu *gpu = &ret_sheet->gpus[ret_sheet->count];

                if (ret_sheet->count == SHEET_GPUS)
                        return;
                *gpu = (struct sheet_gpu){ .device = device, .checks = json_array() };
                json_array_foreach(get_value(document, "jobs"), k, job)
                        if (get_value(job, "check") && is_on(job, device))
                                take_check(gpu, job);
                ret_sheet->count++;
        }
}

void sheet_free(struct sheet *sheet)
{
        for (size_t i = 0; i < sheet->count; i++)
                json_decref(sheet->gpus[i].checks);
}

void sheet_put_gpu(const struct sheet *sheet, const struct sheet_gpu *gpu)
{
        fprintf(sheet->to, "GPU %lld", get_integer(gpu->device, "index"));
}

const json_t *sheet_item(const json_t *standing, const char *item)
{
        const json_t *one;
        size_t i;

        json_array_foreach(standing, i, one)
                if (strcmp(get_text(one, "item"), item) == 0)
                        return one;
        return NULL;
}

const char *sheet_standing(const struct sheet_gpu *gpu, const char *item)
{
        return get_string(sheet_item(gpu->standing, item), "value");
}
