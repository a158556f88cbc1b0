/* Whether a file can be executed, from its beginning. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "jobs/executable.h"

/* Cannot start, and why. */
static void assert_refused(const void *data, size_t length, const char *reason)
{
        struct executable executable = { .doubt = "untouched" };
        char why[WHY_SIZE] = "";

        if (executable_read(data, length, &executable, why))
                fail_msg("%.*s: not refused", (int)length, (const char *)data);
        if (!strstr(why, reason))
                fail_msg("'%s' is not in '%s'", reason, why);
        assert_string_equal(executable.doubt, "untouched");
}

static void assert_argument(const char *text, const char *argument)
{
        struct executable executable;
        char why[WHY_SIZE] = "";

        assert_true(executable_read(text, strlen(text), &executable, why));
        assert_string_equal(executable.argument, argument);
}

static void assert_script(const char *text, const char *interpreter, const char *doubt)
{
        struct executable executable;
        char why[WHY_SIZE] = "";

        if (!executable_read(text, strlen(text), &executable, why))
                fail_msg("%s: %s", text, why);
        assert_int_equal(executable.kind, EXECUTABLE_SCRIPT);
        assert_string_equal(executable.interpreter, interpreter);
        if (!doubt)
                assert_null(executable.doubt);
        else if (!executable.doubt || !strstr(executable.doubt, doubt))
                fail_msg("%s: %s", text, executable.doubt ? executable.doubt : "no doubt");
}

#define assert_text_refused(text, reason) assert_refused(text, strlen(text), reason)

static void reads_scripts(void **state)
{
        (void)state;
        assert_script("#!/bin/sh\nexit 0\n", "/bin/sh", NULL);
        assert_script("#! /bin/sh -e\n", "/bin/sh", NULL);
        assert_script("#!\t/usr/bin/env  python3\n", "/usr/bin/env", NULL);
        assert_script("#!/bin/sh", "/bin/sh", NULL);
        assert_script("#!/bin/sh\n\r\n", "/bin/sh", NULL);
        assert_script("#!/bin/\x1b[31msh\n", "/bin/ [31msh", NULL);
}

/* One word, whatever stands in it. */
static void reads_what_line_1_gives(void **state)
{
        (void)state;
        assert_argument("#!/bin/sh\n", "");
        assert_argument("#!/usr/bin/env  python3 \t\n", "python3");
        assert_argument("#!/usr/bin/env -S python3 -u\nx", "-S python3 -u");
        assert_argument("#!/usr/bin/perl -w\r\n", "-w");
}

static void knows_interpreters_of_the_system(void **state)
{
        (void)state;
        assert_true(executable_is_interpreter("python3"));
        assert_true(executable_is_interpreter("python3.11"));
        assert_true(executable_is_interpreter("sh"));
        assert_false(executable_is_interpreter("./python3"));
        assert_false(executable_is_interpreter("/usr/bin/python3"));
        assert_false(executable_is_interpreter("pythonic"));
        assert_false(executable_is_interpreter("solve"));
}

static void knows_lines_of_windows(void **state)
{
        static const char reason[] = "the interpreter in line 1 ends with a carriage return";

        (void)state;
        assert_text_refused("#!/bin/sh\r\nexit 0\r\n", reason);
        assert_text_refused("#!/bin/sh\r", reason);
        assert_text_refused("#!/usr/bin/env python3\r\n", reason);
        assert_text_refused("#! /usr/bin/env -S bash -e\r\n", reason);
        assert_text_refused("#!/bin/sh \r\n", reason);
        /* Perl takes it; others complain of it themselves. */
        assert_script(
                "#!/usr/bin/perl -w\r\n", "/usr/bin/perl", "line 1 ends with a carriage return");
        assert_script("#!/bin/sh -e\r\n", "/bin/sh", "line 1 ends with a carriage return");
}

static void knows_what_does_not_start(void **state)
{
        (void)state;
        assert_text_refused("", "it is empty");
        assert_text_refused("exit 0\n", "it is neither a program nor a script");
        assert_text_refused(" #!/bin/sh\n", "it is neither a program nor a script");
        assert_text_refused("#", "it is neither a program nor a script");
        assert_text_refused("\xef\xbb\xbf#!/bin/sh\n", "a UTF-8 byte order mark");
        assert_text_refused("\xff\xfe#\0!\0", "it is neither a program nor a script");
        assert_text_refused("#!\n", "line 1 names no interpreter");
        assert_text_refused("#! \t\r\n", "line 1 names no interpreter");
        assert_text_refused("#!", "line 1 names no interpreter");
}

/* Linux looks at 255 bytes of the line. */
static void knows_how_long_a_line_may_be(void **state)
{
        char text[256] = "#!/", line[400];

        (void)state;
        memset(text + 3, 'x', 252); /* 255 bytes, all of it */
        snprintf(line, sizeof(line), "%s\n", text);
        assert_script(line, text + 2, NULL);
        snprintf(line, sizeof(line), "%sx\n", text);
        assert_text_refused(line, "the interpreter in line 1 is longer than the 255 bytes");
        snprintf(line, sizeof(line), "#!/bin/sh %s\n", text);
        assert_script(line, "/bin/sh", "line 1 is longer than the 255 bytes");
}

/* --- programs --- */

static Elf64_Ehdr header_of(uint16_t machine, uint16_t type)
{
        Elf64_Ehdr header = {
                .e_type = type,
                .e_machine = machine,
                .e_phoff = sizeof(header),
                .e_phentsize = sizeof(Elf64_Phdr),
        };

        memcpy(header.e_ident, ELFMAG, SELFMAG);
        header.e_ident[EI_CLASS] = ELFCLASS64;
        header.e_ident[EI_DATA] = ELFDATA2LSB;
        return header;
}

static void knows_programs_of_other_machines(void **state)
{
        Elf64_Ehdr header = header_of(EM_AARCH64, ET_EXEC);

        (void)state;
        assert_refused(&header, sizeof(header), "it is a program for AArch64, not for x86-64");
        header = header_of(EM_RISCV, ET_DYN);
        assert_refused(&header, sizeof(header), "it is a program for RISC-V, not for x86-64");
        header = header_of(4711, ET_DYN);
        assert_refused(&header, sizeof(header), "it is a program for machine 4711");
        header = header_of(EM_CUDA, ET_EXEC);
        assert_refused(&header, sizeof(header), "it is a program for a GPU");
        header = header_of(EM_PPC64, ET_EXEC);
        header.e_ident[EI_DATA] = ELFDATA2MSB;
        assert_refused(&header, sizeof(header), "a big-endian machine");
        header = header_of(EM_X86_64, ET_EXEC);
        header.e_ident[EI_CLASS] = ELFCLASS32;
        assert_refused(&header, sizeof(header), "it is a program for x32");
        header = header_of(EM_X86_64, ET_REL);
        assert_refused(&header, sizeof(header), "it is an object file (.o), not a program");
        header = header_of(EM_X86_64, ET_CORE);
        assert_refused(&header, sizeof(header), "it is an ELF file, not a program");
        assert_refused(&header, 20, "it is the beginning of a program only: 20 bytes");
}

static void reads_programs(void **state)
{
        static const char loader[] = "/lib64/ld-linux-x86-64.so.2";
        struct {
                Elf64_Ehdr header;
                Elf64_Phdr segment[2];
                char name[64];
        } file = { .header = header_of(EM_X86_64, ET_DYN) };
        struct executable executable;
        char why[WHY_SIZE];

        (void)state;
        assert_true(executable_read(&file, sizeof(file), &executable, why));
        assert_int_equal(executable.kind, EXECUTABLE_STATIC);
        assert_string_equal(executable.interpreter, "");
        file.header.e_phnum = 2;
        file.segment[1] = (Elf64_Phdr){ .p_type = PT_INTERP,
                .p_offset = offsetof(__typeof__(file), name),
                .p_filesz = sizeof(loader) };
        strcpy(file.name, loader);
        assert_true(executable_read(&file, sizeof(file), &executable, why));
        assert_int_equal(executable.kind, EXECUTABLE_DYNAMIC);
        assert_string_equal(executable.interpreter, loader);
        assert_null(executable.doubt);
        /* Whatever is cut off or lies about where it is. */
        for (size_t length = 0; length < sizeof(file); length++) {
                void *copy = malloc(length + 1);

                memcpy(copy, &file, length);
                executable_read(copy, length, &executable, why);
                free(copy);
        }
        file.segment[1].p_filesz = UINT64_MAX;
        assert_true(executable_read(&file, sizeof(file), &executable, why));
        assert_string_equal(executable.interpreter, "");
        file.segment[1].p_offset = UINT64_MAX - 2;
        assert_true(executable_read(&file, sizeof(file), &executable, why));
        file.header.e_phoff = UINT64_MAX - 60;
        assert_true(executable_read(&file, sizeof(file), &executable, why));
        file.header = header_of(EM_386, ET_EXEC);
        file.header.e_ident[EI_CLASS] = ELFCLASS32;
        assert_true(executable_read(&file, sizeof(file), &executable, why));
        assert_non_null(strstr(executable.doubt, "it is a 32-bit program"));
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_scripts),
                cmocka_unit_test(reads_what_line_1_gives),
                cmocka_unit_test(knows_interpreters_of_the_system),
                cmocka_unit_test(knows_lines_of_windows),
                cmocka_unit_test(knows_what_does_not_start),
                cmocka_unit_test(knows_how_long_a_line_may_be),
                cmocka_unit_test(knows_programs_of_other_machines),
                cmocka_unit_test(reads_programs),
        };

        cmocka_set_message_output(CM_OUTPUT_TAP);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
