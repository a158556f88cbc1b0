#include "runner/answers/check_code.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/check/pattern.h"
#include "lib/cleanup.h"

#define NAME_BYTES 32u

/* --- what an instruction does --- */

static uint32_t multiply(uint32_t a, uint32_t number, uint32_t b)
{
        return a * number + b; /* odd: it can be undone */
}

static uint32_t turn_by_both(uint32_t a, uint32_t number, uint32_t b)
{
        return a ^ number ^ b;
}

static uint32_t turn_by_masked(uint32_t a, uint32_t number, uint32_t b)
{
        return a ^ (number & b);
}

/* By turns, so that no compiler makes one instruction of two. */
static const struct form {
        const char *name, *tail;
        uint32_t (*compute)(uint32_t a, uint32_t number, uint32_t b);
} forms[] = {
        { "mad.lo.u32", "", multiply },
        { "lop3.b32", ", 0x96", turn_by_both },
        { "mad.lo.u32", "", multiply },
        { "lop3.b32", ", 0x78", turn_by_masked },
};

struct instruction {
        const struct form *form;
        unsigned to, from; /* of the values */
        uint32_t number;
};

/* The fifth is another one of the same value, so that each value is changed in each way. */
static struct instruction instruction_of(unsigned n, unsigned wrong)
{
        struct pattern_counter counter = { { n, 0, 0, 0 } };
        struct pattern_counter random =
                pattern_philox(counter, 0x434f4445u, 0x63616368u, PATTERN_PHILOX_ROUNDS);
        struct instruction made = {
                .form = &forms[(n + n / CODE_VALUES) % 4],
                .to = n % CODE_VALUES,
                .from = (n + 1 + random.word[1] % (CODE_VALUES - 1)) % CODE_VALUES,
                .number = random.word[0],
        };

        if (made.form->compute == multiply)
                made.number |= 1;
        if (n + 1 == wrong)
                made.number ^= UINT32_C(1) << (1 + random.word[2] % 31);
        return made;
}

void code_compute(uint32_t values[CODE_VALUES], unsigned wrong)
{
        for (unsigned n = 0; n < CODE_INSTRUCTIONS; n++) {
                struct instruction one = instruction_of(n, wrong);

                values[one.to] = one.form->compute(values[one.to], one.number, values[one.from]);
        }
}

/* --- as text --- */

/* "%r15, %r16, …" to the end of the line. */
static bool read_names(const char *text, char ret_names[CODE_VALUES][NAME_BYTES])
{
        for (unsigned i = 0; i < CODE_VALUES; i++) {
                size_t length = strcspn(text, ",\n");

                if (length == 0 || length >= NAME_BYTES ||
                        (text[length] == ',') != (i + 1 < CODE_VALUES))
                        return false;
                snprintf(ret_names[i], NAME_BYTES, "%.*s", (int)length, text);
                text += length + strspn(text + length, ", ");
        }
        return true;
}

static void print_code(FILE *to, char names[CODE_VALUES][NAME_BYTES], unsigned wrong)
{
        for (unsigned n = 0; n < CODE_INSTRUCTIONS; n++) {
                struct instruction one = instruction_of(n, wrong);

                fprintf(to, "%s %s, %s, %u, %s%s;\n", one.form->name, names[one.to], names[one.to],
                        one.number, names[one.from], one.form->tail);
        }
}

char *code_write(const char *ptx, unsigned wrong)
{
        const char *marker = strstr(ptx, CODE_MARKER);
        char names[CODE_VALUES][NAME_BYTES], *text = NULL;
        size_t length;
        FILE *to;

        if (!marker || !read_names(marker + strlen(CODE_MARKER), names) ||
                !(to = open_memstream(&text, &length)))
                return NULL;
        fwrite(ptx, 1, (size_t)(marker - ptx), to);
        print_code(to, names, wrong);
        fputs(marker, to); /* a comment */
        if (fclose(to) == 0)
                return text;
        free(text);
        return NULL;
}

void known_code(uint32_t ret_seed[CODE_VALUES * CODE_THREADS],
        uint32_t ret_expected[CODE_VALUES * CODE_THREADS])
{
        for (unsigned thread = 0; thread < CODE_THREADS; thread++) {
                struct pattern_counter counter = { { thread, 1, 0, 0 } };
                struct pattern_counter seed =
                        pattern_philox(counter, 0x434f4445u, 0x63616368u, PATTERN_PHILOX_ROUNDS);

                for (unsigned v = 0; v < CODE_VALUES; v++)
                        ret_seed[v * CODE_THREADS + thread] = seed.word[v];
        }
        memcpy(ret_expected, ret_seed, CODE_VALUES * CODE_THREADS * sizeof(*ret_expected));
        for (unsigned n = 0; n < CODE_INSTRUCTIONS; n++) {
                struct instruction one = instruction_of(n, 0);
                uint32_t *to = ret_expected + one.to * CODE_THREADS;

                for (unsigned thread = 0; thread < CODE_THREADS; thread++)
                        to[thread] = one.form->compute(to[thread], one.number,
                                ret_expected[one.from * CODE_THREADS + thread]);
        }
}
