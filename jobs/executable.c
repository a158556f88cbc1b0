#include "jobs/executable.h"

#include <elf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/path.h"
#include "lib/text.h"

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define LINE_BYTES      255u /* of the first line that Linux looks at */
#define WINDOWS         "(the line ends of Windows; dos2unix or sed -i 's/\\r$//' takes them away)"

static bool starts_with(const char *data, size_t length, const char *start)
{
        size_t size = strlen(start);

        return length >= size && memcmp(data, start, size) == 0;
}

/* --- scripts --- */

/* Cuts a carriage return off the end. */
static bool cut_return(char *text)
{
        size_t length = strlen(text);

        if (length == 0 || text[length - 1] != '\r')
                return false;
        text[length - 1] = '\0';
        return true;
}

/* "#! /usr/bin/env python3": Linux takes one word, and the rest as one argument. */
static bool read_script(const char *data, size_t length, struct executable *executable, char *why)
{
        const char *end = memchr(data, '\n', length);
        size_t bytes = end ? (size_t)(end - data) : length;
        char line[LINE_BYTES + 1], *name, *argument;
        bool cut = bytes > LINE_BYTES, returns;

        if (cut)
                bytes = LINE_BYTES;
        memcpy(line, data, bytes);
        line[bytes] = '\0';
        returns = cut_return(line);
        name = line + 2 + strspn(line + 2, " \t");
        argument = name + strcspn(name, " \t");
        if (*argument)
                *argument++ = '\0';
        argument += strspn(argument, " \t");
        if (!*name)
                return why_not(why, "line 1 names no interpreter behind its #!");
        if (cut && !*argument)
                return why_not(why,
                        "the interpreter in line 1 is longer than the %u bytes that "
                        "Linux reads of it",
                        LINE_BYTES);
        if (returns && (!*argument || strcmp(path_last(name), "env") == 0))
                return why_not(
                        why, "the interpreter in line 1 ends with a carriage return " WINDOWS);
        executable->kind = EXECUTABLE_SCRIPT;
        snprintf(executable->interpreter, sizeof(executable->interpreter), "%s", name);
        text_make_line(executable->interpreter);
        snprintf(executable->argument, sizeof(executable->argument), "%s", argument);
        text_make_line(executable->argument);
        if (cut)
                executable->doubt = "line 1 is longer than the 255 bytes that Linux reads of it";
        if (returns)
                executable->doubt =
                        "line 1 ends with a carriage return, which the interpreter gets as part "
                        "of its argument " WINDOWS;
        return true;
}

/* --- programs --- */

/* The architectures that GPUs' hosts have; of others the number has to do. */
static const char *machine_name(unsigned machine, char ret_number[24])
{
        static const struct {
                unsigned machine;
                const char *name;
        } names[] = {
                { EM_AARCH64, "AArch64" },
                { EM_ARM, "32-bit ARM" },
                { EM_PPC64, "PowerPC" },
                { EM_RISCV, "RISC-V" },
                { EM_S390, "IBM Z" },
                { EM_CUDA, "a GPU" },
        };

        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
                if (names[i].machine == machine)
                        return names[i].name;
        snprintf(ret_number, 24, "machine %u", machine);
        return ret_number;
}

/* The loader's name, if that is among the bytes that are there; it is near the beginning. */
static void read_loader(
        const char *data, size_t length, const Elf64_Ehdr *header, struct executable *executable)
{
        for (size_t i = 0; i < header->e_phnum; i++) {
                uint64_t at = header->e_phoff + i * sizeof(Elf64_Phdr);
                Elf64_Phdr segment;

                if (header->e_phoff > length || at + sizeof(segment) > length)
                        return;
                memcpy(&segment, data + at, sizeof(segment));
                if (segment.p_type != PT_INTERP)
                        continue;
                executable->kind = EXECUTABLE_DYNAMIC;
                if (segment.p_offset < length && segment.p_filesz <= length - segment.p_offset &&
                        segment.p_filesz < sizeof(executable->interpreter)) {
                        memcpy(executable->interpreter, data + segment.p_offset, segment.p_filesz);
                        text_make_line(executable->interpreter);
                }
                return;
        }
}

static bool read_program(const char *data, size_t length, struct executable *executable, char *why)
{
        Elf64_Ehdr header;
        char number[24];

        if (length < sizeof(header))
                return why_not(why, "it is the beginning of a program only: %zu bytes", length);
        memcpy(&header, data, sizeof(header));
        /* Before what both classes have in the same place ends, e_machine. */
        if (header.e_ident[EI_DATA] != ELFDATA2LSB)
                return why_not(why, "it is a program for a big-endian machine, not for x86-64");
        if (header.e_machine == EM_386) {
                executable->kind = EXECUTABLE_STATIC;
                executable->doubt = "it is a 32-bit program, which not every kernel can start: the "
                                    "stage's own cannot";
                return true;
        }
        if (header.e_machine != EM_X86_64 || header.e_ident[EI_CLASS] != ELFCLASS64)
                return why_not(why, "it is a program for %s, not for x86-64",
                        header.e_machine == EM_X86_64 ? "x32"
                                                      : machine_name(header.e_machine, number));
        if (header.e_type != ET_EXEC && header.e_type != ET_DYN)
                return why_not(why, "it is %s, not a program",
                        header.e_type == ET_REL ? "an object file (.o)" : "an ELF file");
        executable->kind = EXECUTABLE_STATIC;
        if (header.e_phentsize == sizeof(Elf64_Phdr))
                read_loader(data, length, &header, executable);
        return true;
}

bool executable_read(const void *data, size_t length, struct executable *ret_executable, char *why)
{
        struct executable executable = { .doubt = NULL };
        bool good;

        if (length == 0)
                return why_not(why, "it is empty");
        if (starts_with(data, length, BYTE_ORDER_MARK "#!"))
                return why_not(why, "a UTF-8 byte order mark stands before the #! of line 1");
        if (starts_with(data, length, "#!"))
                good = read_script(data, length, &executable, why);
        else if (starts_with(data, length, ELFMAG))
                good = read_program(data, length, &executable, why);
        else
                good = why_not(why, "it is neither a program nor a script: line 1 has no #!");
        if (good)
                *ret_executable = executable;
        return good;
}

/* --- interpreters that are named instead of their script --- */

/* "python3.11" as "python". */
static size_t plain_length(const char *name)
{
        size_t length = strlen(name);

        while (length > 0 && strchr("0123456789.-", name[length - 1]))
                length--;
        return length;
}

static const char *folder_of(const char *interpreter)
{
        static const struct {
                const char *name, *folder;
        } known[] = {
                { "sh", "/bin" },
                { "bash", "/bin" },
                { "dash", "/bin" },
                { "ash", "/bin" },
                { "busybox", "/bin" },
                { "env", "/usr/bin" },
                { "python", "/usr/bin" },
                { "perl", "/usr/bin" },
                { "ruby", "/usr/bin" },
                { "julia", "/usr/bin" },
                { "Rscript", "/usr/bin" },
                { "node", "/usr/bin" },
                { "lua", "/usr/bin" },
        };
        size_t length = plain_length(interpreter);

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
                if (strlen(known[i].name) == length &&
                        memcmp(known[i].name, interpreter, length) == 0)
                        return known[i].folder;
        return NULL;
}

bool executable_is_interpreter(const char *name)
{
        return !strchr(name, '/') && folder_of(name) != NULL;
}

void executable_advice(char *const words[], size_t count, char ret_text[EXECUTABLE_ADVICE_SIZE])
{
        const char *name = count > 0 ? path_last(words[0]) : "", *folder = folder_of(name);
        bool absolute = count > 0 && words[0][0] == '/';
        const char *script = count > 1 && words[1][0] != '-' ? words[1] : "SCRIPT";

        *ret_text = '\0';
        if (!folder)
                return;
        if (strncmp(script, "./", 2) == 0)
                script += 2;
        snprintf(ret_text, EXECUTABLE_ADVICE_SIZE,
                "; let %.60s begin with #!%.60s%s%s and write Exec=./%.60s", script,
                absolute ? words[0] : folder, absolute ? "" : "/", absolute ? "" : name, script);
        text_make_line(ret_text);
}
