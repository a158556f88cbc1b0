/* A file of the build as a constant of the program. */
#pragma once

/* Defines `const char name[]`: the bytes of the file `path`, a string literal, and a NUL. */
#define EMBED(name, path)                         \
        __asm__(".pushsection .rodata\n"          \
                ".global " #name "\n" #name ":\n" \
                ".incbin \"" path "\"\n"          \
                ".byte 0\n"                       \
                ".popsection\n")
