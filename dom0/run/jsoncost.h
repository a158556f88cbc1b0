/*
 * What a JSON text costs, found out before anybody builds it: jansson takes up to 80 bytes of
 * memory for one of text, and every text here comes from somebody else. Pure, without allocation.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct jsoncost {
        uint64_t values; /* objects, lists, strings, numbers, words; a key is none of its own */
        uint64_t bytes;  /* of memory: at least what jansson 2.14 takes while it reads the text */
        uint64_t depth;  /* of objects and lists in one another */
};

/*
 * Never fails: of a text that is no JSON it says what a parser builds before it sees that, or more.
 */
struct jsoncost jsoncost(const char *text, size_t length);
