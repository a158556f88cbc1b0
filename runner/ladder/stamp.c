#include "runner/ladder/stamp.h"

#include <string.h>

#define WORDS_OF_PAGE (STAMP_PAGE / sizeof(uint64_t))
#define PLACE_BITS    40

/*
 * A place is multiplied, so that places that differ in a bit have words that differ in many, and a
 * bit that has flipped leads to no other place. What is odd can be undone by multiplying as well.
 */
#define MIX   UINT64_C(0x9e3779b97f4a7c15)
#define UNMIX UINT64_C(0xf1de83e19937733d)

static uint64_t word_at(uint64_t number, uint32_t round)
{
        return ((uint64_t)round << PLACE_BITS | number) * MIX;
}

void stamp_fill(void *memory, uint64_t bytes, uint32_t round)
{
        uint64_t *word = memory;

        for (uint64_t i = 0; i < bytes / sizeof(*word); i++)
                word[i] = word_at(i, round);
}

void stamp_clear(void *memory, uint64_t bytes)
{
        memset(memory, STAMP_VOID, bytes);
}

bool stamp_check(const void *memory, uint64_t bytes, uint32_t round, struct stamp_fault *ret_fault)
{
        struct stamp_fault fault = { 0 };
        const uint64_t *word = memory;
        uint64_t last = UINT64_MAX;

        for (uint64_t i = 0; i < bytes / sizeof(*word); i++) {
                uint64_t found = word[i], wanted = word_at(i, round);

                if (found == wanted)
                        continue;
                if (fault.words == 0) {
                        fault.page = i / WORDS_OF_PAGE;
                        fault.offset = i % WORDS_OF_PAGE * sizeof(*word);
                        fault.wanted = wanted;
                        fault.found = found;
                }
                fault.words++;
                fault.pages += i / WORDS_OF_PAGE != last;
                last = i / WORDS_OF_PAGE;
        }
        *ret_fault = fault;
        return fault.words == 0;
}

/* What the wrong word says of itself. */
static void tell_content(const struct stamp_fault *fault, uint64_t bytes, uint32_t round, char *ret)
{
        uint64_t place = fault->found * UNMIX;
        uint64_t number = place & ((UINT64_C(1) << PLACE_BITS) - 1), untouched;

        memset(&untouched, STAMP_VOID, sizeof(untouched));
        if (fault->found == untouched)
                why_not(ret, "nothing was written there");
        else if (place >> PLACE_BITS == round && number < bytes / sizeof(uint64_t))
                why_not(ret, "it has the content of page %llu, byte %llu",
                        (unsigned long long)(number / WORDS_OF_PAGE),
                        (unsigned long long)(number % WORDS_OF_PAGE * sizeof(uint64_t)));
        else
                why_not(ret, "it has %016llx and not %016llx", (unsigned long long)fault->found,
                        (unsigned long long)fault->wanted);
}

void stamp_explain(const struct stamp_fault *fault, uint64_t bytes, uint32_t round, char *ret_text)
{
        char content[WHY_SIZE];

        tell_content(fault, bytes, round, content);
        why_not(ret_text,
                "page %llu is wrong from byte %llu on: %.200s (wrong words: %llu, in %llu of "
                "%llu pages)",
                (unsigned long long)fault->page, (unsigned long long)fault->offset, content,
                (unsigned long long)fault->words, (unsigned long long)fault->pages,
                (unsigned long long)(bytes / STAMP_PAGE));
}
