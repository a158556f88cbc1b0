#include "jobs/expect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/element.h"
#include "lib/number.h"
#include "lib/path.h"
#include "lib/text.h"

#define MAX_PARTS 8

static bool check_path(const char *path, char *why)
{
        const char *complaint = path_complaint(path);

        if (complaint)
                snprintf(why, WHY_SIZE, "the path '%s' %s", path, complaint);
        return !complaint;
}

static bool parse_sha256(const char *hex, struct expectation *expectation, char *why)
{
        expectation->kind = EXPECT_SHA256;
        if (sha256_parse(hex, strlen(hex), expectation->sha256))
                return true;
        snprintf(why, WHY_SIZE, "'%s' is not a SHA-256: 64 hexadecimal digits", hex);
        return false;
}

static bool parse_tolerance(const char *text, struct expectation *expectation, char *why)
{
        if (number_f64(text, &expectation->tolerance) && isfinite(expectation->tolerance) &&
                expectation->tolerance >= 0)
                return true;
        snprintf(why, WHY_SIZE, "'%s' is not a tolerance: a finite number, 0 or more", text);
        return false;
}

static bool parse_type(const char *name, struct expectation *expectation, char *why)
{
        if (!element_parse(name, &expectation->type)) {
                snprintf(why, WHY_SIZE,
                        "'%s' is not a type: f16, bf16, f32, f64, i8, u8, i16, "
                        "u16, i32, u32, i64 or u64",
                        name);
                return false;
        }
        if (element_class(expectation->type) != ELEMENT_REAL &&
                expectation->tolerance != floor(expectation->tolerance)) {
                snprintf(why, WHY_SIZE, "the tolerance of %s must be a whole number", name);
                return false;
        }
        return true;
}

/* like REFERENCE [tolerance T] as TYPE: the words without the first one, `count` of them. */
static bool parse_like(char **part, int count, struct expectation *expectation, char *why)
{
        bool tolerant = count == 5 && strcmp(part[1], "tolerance") == 0;

        expectation->kind = EXPECT_LIKE;
        if ((!tolerant && count != 3) || strcmp(part[count - 2], "as") != 0) {
                snprintf(why, WHY_SIZE, "not of the form 'like REFERENCE tolerance T as TYPE'");
                return false;
        }
        if (!check_path(part[0], why) ||
                (tolerant && !parse_tolerance(part[2], expectation, why)) ||
                !parse_type(part[count - 1], expectation, why))
                return false;
        expectation->reference = strdup(part[0]);
        if (!expectation->reference)
                snprintf(why, WHY_SIZE, "out of memory");
        return expectation->reference != NULL;
}

static bool parse_text(char *text, struct expectation *expectation, char *why)
{
        char *parts[MAX_PARTS], *cursor = text, *part;
        const char *hex;
        bool open = false;
        int count = 0;

        while (count < MAX_PARTS && (part = text_next_word(&cursor, &open)) && !open)
                parts[count++] = part;
        if (open) {
                snprintf(why, WHY_SIZE, "a quote is not closed");
                return false;
        }
        if (count == 1 && text_skip(parts[0], "sha256:", &hex))
                return parse_sha256(hex, expectation, why);
        if (count > 0 && strcmp(parts[0], "like") == 0)
                return parse_like(parts + 1, count - 1, expectation, why);
        snprintf(why, WHY_SIZE, "expected 'sha256:HEX' or 'like REFERENCE tolerance T as TYPE'");
        return false;
}

bool expectation_parse(
        const char *file, const char *text, struct expectation *ret_expectation, char *why)
{
        struct expectation expectation = { .type = ELEMENT_U8 };
        char *copy;

        if (!check_path(file, why))
                return false;
        copy = strdup(text);
        expectation.file = strdup(file);
        if (!copy || !expectation.file)
                snprintf(why, WHY_SIZE, "out of memory");
        else if (parse_text(copy, &expectation, why)) {
                free(copy);
                *ret_expectation = expectation;
                return true;
        }
        free(copy);
        free(expectation.file);
        free(expectation.reference);
        return false;
}
