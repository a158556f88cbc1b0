#include "jobs/expect.h"

#include <math.h>
#include <string.h>

#include "jobs/element.h"
#include "lib/cleanup.h"
#include "lib/number.h"
#include "lib/text.h"

#define MAX_PARTS 8

static bool parse_sha256(struct job *job, const char *hex, struct expectation *expectation)
{
        expectation->kind = EXPECT_SHA256;
        return sha256_parse(hex, strlen(hex), expectation->sha256) ||
               job_complain(job, "'%s' is not a SHA-256: 64 hexadecimal digits", hex);
}

static bool parse_tolerance(struct job *job, const char *text, struct expectation *expectation)
{
        return (number_f64(text, &expectation->tolerance) && isfinite(expectation->tolerance) &&
                       expectation->tolerance >= 0) ||
               job_complain(job, "'%s' is not a tolerance: a finite number, 0 or more", text);
}

static bool parse_type(struct job *job, const char *name, struct expectation *expectation)
{
        if (!element_parse(name, &expectation->type))
                return job_complain(job,
                        "'%s' is not a type: f16, bf16, f32, f64, i8, u8, i16, "
                        "u16, i32, u32, i64 or u64",
                        name);
        return element_class(expectation->type) == ELEMENT_REAL ||
               expectation->tolerance == floor(expectation->tolerance) ||
               job_complain(job, "the tolerance of %s must be a whole number", name);
}

/* like REFERENCE [tolerance T] as TYPE: the words without the first one, `count` of them. */
static bool parse_like(struct job *job, char **part, int count, struct expectation *expectation)
{
        bool tolerant = count == 5 && strcmp(part[1], "tolerance") == 0;

        expectation->kind = EXPECT_LIKE;
        if ((!tolerant && count != 3) || strcmp(part[count - 2], "as") != 0)
                return job_complain(job, "not of the form 'like REFERENCE tolerance T as TYPE'");
        if (!job_takes_path(job, part[0]) ||
                (tolerant && !parse_tolerance(job, part[2], expectation)) ||
                !parse_type(job, part[count - 1], expectation))
                return false;
        expectation->reference = strdup(part[0]);
        return expectation->reference || job_complain(job, "out of memory");
}

static bool parse_text(struct job *job, char *text, struct expectation *expectation)
{
        char *parts[MAX_PARTS];
        const char *hex;
        int count = text_split(text, parts, MAX_PARTS);

        if (count < 0)
                return job_complain(job, "a quote is not closed");
        if (count == 1 && text_skip(parts[0], "sha256:", &hex))
                return parse_sha256(job, hex, expectation);
        if (count > 0 && strcmp(parts[0], "like") == 0)
                return parse_like(job, parts + 1, count - 1, expectation);
        return job_complain(job, "expected 'sha256:HEX' or 'like REFERENCE tolerance T as TYPE'");
}

bool expectation_parse(
        struct job *job, const char *file, const char *text, struct expectation *ret_expectation)
{
        struct expectation expectation = { .line = job->line, .type = ELEMENT_U8 };
        _cleanup_free_ char *copy = strdup(text), *name = strdup(file);

        if (!job_takes_path(job, file))
                return false;
        if (!copy || !name)
                return job_complain(job, "out of memory");
        if (!parse_text(job, copy, &expectation))
                return false;
        expectation.file = TAKE_PTR(name);
        *ret_expectation = expectation;
        return true;
}
