#include "runner/kernel/kernel_image.h"

#include <ctype.h>
#include <string.h>

enum form { FORM_PTX, FORM_CUBIN, FORM_OTHER };

static enum form form_of(const char *image, size_t length)
{
        if (length >= 4 && memcmp(image, "\177ELF", 4) == 0)
                return FORM_CUBIN;
        /* PTX is text, up to its end. */
        return length > 0 && strlen(image) == length && strstr(image, ".version") ? FORM_PTX
                                                                                  : FORM_OTHER;
}

static bool is_of_word(char c)
{
        return isalnum((unsigned char)c) || c == '_' || c == '$' || c == '.' || c == '%';
}

/* Whether the word at `at` stands alone: not as a part of "ld.global.u32". */
static bool is_word(const char *text, const char *at, size_t length)
{
        return (at == text || !is_of_word(at[-1])) && !is_of_word(at[length]);
}

/* A kernel's parameter may be said to lead there: ".param .u64 .ptr .global .align 4 name". */
static bool follows_ptr(const char *text, const char *at)
{
        while (at > text && isspace((unsigned char)at[-1]))
                at--;
        return at - text >= 4 && memcmp(at - 4, ".ptr", 4) == 0;
}

static bool ptx_has_variables(const char *text)
{
        static const char word[] = ".global";
        const size_t length = sizeof(word) - 1;

        for (const char *at = text; (at = strstr(at, word)); at += length) {
                if (is_word(text, at, length) && !follows_ptr(text, at))
                        return true;
        }
        return false;
}

bool kernel_image_has_variables(const char *image, size_t length)
{
        static const char section[] = ".nv.global";

        switch (form_of(image, length)) {
        case FORM_PTX:
                return ptx_has_variables(image);
        case FORM_CUBIN:
                return memmem(image, length, section, sizeof(section) - 1) != NULL;
        default:
                return true;
        }
}

/* The name behind "…" of ".extern .func (.param .b64 result) NAME". */
static bool is_harmless_function(const char *at)
{
        static const char *const harmless[] = { "vprintf", "__assertfail" };

        at += strspn(at, " \t\r\n");
        if (*at == '(') {
                at += strcspn(at, ")");
                at += *at == ')';
        }
        at += strspn(at, " \t\r\n");
        for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
                size_t length = strlen(harmless[i]);

                if (strncmp(at, harmless[i], length) == 0 && !is_of_word(at[length]))
                        return true;
        }
        return false;
}

/* Whatever it calls and does not have itself is the driver's. */
static bool ptx_takes_memory(const char *text)
{
        static const char word[] = ".extern";
        const size_t length = sizeof(word) - 1;

        for (const char *at = text; (at = strstr(at, word)); at += length) {
                const char *next = at + length + strspn(at + length, " \t\r\n");

                if (is_word(text, at, length) && strncmp(next, ".func", 5) == 0 &&
                        !is_harmless_function(next + 5))
                        return true;
        }
        return false;
}

/* By the names of what is linked in. */
static bool cubin_takes_memory(const char *image, size_t length)
{
        static const char *const names[] = { "malloc", "cudaMalloc", "cudaGetParameterBuffer",
                "cudaLaunchDevice", "cudaCDP" };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
                if (memmem(image, length, names[i], strlen(names[i])))
                        return true;
        }
        return false;
}

bool kernel_image_prints(const char *image, size_t length)
{
        static const char name[] = "vprintf";

        return memmem(image, length, name, sizeof(name) - 1) != NULL;
}

bool kernel_image_takes_memory(const char *image, size_t length)
{
        switch (form_of(image, length)) {
        case FORM_PTX:
                return ptx_takes_memory(image);
        case FORM_CUBIN:
                return cubin_takes_memory(image, length);
        default:
                return true;
        }
}
