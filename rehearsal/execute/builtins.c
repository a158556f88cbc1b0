#include "rehearsal/execute/builtins.h"

#include <stdio.h>
#include <string.h>

#include "rehearsal/execute/memory.h"
#include "rehearsal/execute/values.h"

#define MAX_TEXT       1024u /* of one conversion or string */
#define MAX_CONVERSION 24u   /* characters of "%-08.3lld" and the like */

/* --- operands of the call --- */

static uint64_t argument(const struct thread *thread, const struct insn *insn, uint32_t index)
{
        const struct call_operand *operand = &insn->call->arguments[index];
        uint64_t value = 0;

        if (!operand->in_memory)
                return thread->slots[operand->slot];
        memcpy(&value, thread->local + thread->local_base + operand->offset,
                operand->size < sizeof(value) ? operand->size : sizeof(value));
        return value;
}

static void set_result(struct thread *thread, const struct insn *insn, uint64_t value)
{
        const struct call_operand *operand = &insn->call->results[0];

        if (operand->in_memory)
                memcpy(thread->local + thread->local_base + operand->offset, &value,
                        operand->size < sizeof(value) ? operand->size : sizeof(value));
        else
                thread->slots[operand->slot] = value;
}

/* A string of the kernel's; false after a fault. What is longer than the buffer is cut. */
static bool read_text(
        struct thread *thread, const struct insn *insn, uint64_t address, char text[MAX_TEXT])
{
        for (uint32_t i = 0; i < MAX_TEXT - 1; i++) {
                const char *character = thread_memory(thread, insn, SPACE_GENERIC, address + i, 1);

                if (!character)
                        return false;
                text[i] = *character;
                if (!text[i])
                        return true;
        }
        text[MAX_TEXT - 1] = '\0';
        return true;
}

/* --- vprintf(format, arguments): the arguments lie one after another at their alignment --- */

struct printing {
        struct thread *thread;
        const struct insn *insn;
        uint64_t next; /* address of the next argument */
        bool failed;
};

static uint64_t next_argument(struct printing *printing, unsigned size)
{
        uint64_t value = 0, address = (printing->next + size - 1) & ~(uint64_t)(size - 1);
        const void *memory =
                thread_memory(printing->thread, printing->insn, SPACE_GENERIC, address, size);

        if (memory)
                memcpy(&value, memory, size);
        else
                printing->failed = true;
        printing->next = address + size;
        return value;
}

/* One conversion, cut into what C's printf needs to be told again. */
struct conversion {
        char text[MAX_CONVERSION + 8]; /* "%-8.3", then the length and letter are added */
        size_t length;
        bool is_long;
        char letter;
};

static bool is_in(char c, const char *set)
{
        return c && strchr(set, c);
}

/* Digits beyond three would only make a line of blanks. */
static const char *copy_number(
        struct printing *printing, const char *format, struct conversion *conversion)
{
        char digits[8];

        if (*format == '*') {
                int value = (int)next_argument(printing, 4);

                snprintf(digits, sizeof(digits), "%d", value % 1000);
                memcpy(conversion->text + conversion->length, digits, strlen(digits));
                conversion->length += strlen(digits);
                return format + 1;
        }
        for (unsigned count = 0; *format >= '0' && *format <= '9'; format++) {
                if (count++ < 3)
                        conversion->text[conversion->length++] = *format;
        }
        return format;
}

/* `format` stands behind the percent sign; returns what follows the letter. */
static const char *parse_conversion(
        struct printing *printing, const char *format, struct conversion *conversion)
{
        *conversion = (struct conversion){ .text = "%", .length = 1 };
        for (unsigned count = 0; is_in(*format, "-+ #0"); format++) {
                if (count++ < 5)
                        conversion->text[conversion->length++] = *format;
        }
        format = copy_number(printing, format, conversion);
        if (*format == '.') {
                conversion->text[conversion->length++] = '.';
                format = copy_number(printing, format + 1, conversion);
        }
        for (; is_in(*format, "hlLqjzt"); format++)
                conversion->is_long = conversion->is_long || is_in(*format, "lLqjzt");
        conversion->letter = *format;
        return *format ? format + 1 : format;
}

static void finish(struct conversion *conversion, const char *ending)
{
        memcpy(conversion->text + conversion->length, ending, strlen(ending) + 1);
}

/* The conversion is the kernel's own, made of what parse_conversion has let through. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

static void print_integer(struct printing *printing, struct conversion *conversion, char *out)
{
        char ending[] = { 'l', 'l', conversion->letter, '\0' };
        uint64_t value = next_argument(printing, conversion->is_long ? 8 : 4);

        if (is_in(conversion->letter, "di") && !conversion->is_long)
                value = (uint64_t)(int64_t)(int32_t)value;
        finish(conversion, ending);
        snprintf(out, MAX_TEXT, conversion->text, (unsigned long long)value);
}

static void print_float(struct printing *printing, struct conversion *conversion, char *out)
{
        char ending[] = { conversion->letter, '\0' };

        finish(conversion, ending);
        snprintf(out, MAX_TEXT, conversion->text, f64_of(next_argument(printing, 8)));
}

static void print_string(struct printing *printing, struct conversion *conversion, char *out)
{
        char text[MAX_TEXT] = "";

        if (!read_text(printing->thread, printing->insn, next_argument(printing, 8), text))
                printing->failed = true;
        finish(conversion, "s");
        snprintf(out, MAX_TEXT, conversion->text, text);
}

#pragma GCC diagnostic pop

static void print_conversion(struct printing *printing, struct conversion *conversion, char *out)
{
        char letter = conversion->letter;

        if (is_in(letter, "diuxXo"))
                print_integer(printing, conversion, out);
        else if (is_in(letter, "fFeEgGaA"))
                print_float(printing, conversion, out);
        else if (letter == 's')
                print_string(printing, conversion, out);
        else if (letter == 'c')
                snprintf(out, MAX_TEXT, "%c", (int)next_argument(printing, 4));
        else if (letter == 'p')
                snprintf(out, MAX_TEXT, "%#llx", (unsigned long long)next_argument(printing, 8));
        else
                snprintf(out, MAX_TEXT, "%%%.1s", letter == '%' ? "" : &conversion->letter);
}

static bool call_vprintf(struct thread *thread, const struct insn *insn)
{
        struct printing printing = { thread, insn, argument(thread, insn, 1), false };
        FILE *to = thread->block->launch->is_quiet ? NULL : stdout;
        char format[MAX_TEXT], out[MAX_TEXT];
        uint64_t count = 0;

        if (!read_text(thread, insn, argument(thread, insn, 0), format))
                return true;
        for (const char *c = format; *c && !printing.failed;) {
                struct conversion conversion;

                out[0] = *c++;
                out[1] = '\0';
                if (out[0] == '%') {
                        c = parse_conversion(&printing, c, &conversion);
                        print_conversion(&printing, &conversion, out);
                        count += conversion.letter != '%';
                }
                if (to)
                        fputs(out, to);
        }
        if (to)
                fflush(to);
        set_result(thread, insn, count);
        return printing.failed;
}

/* --- __assertfail(message, file, line, function, size of a character) --- */

static bool call_assertfail(struct thread *thread, const struct insn *insn)
{
        char message[MAX_TEXT], file[MAX_TEXT], function[MAX_TEXT];

        if (!read_text(thread, insn, argument(thread, insn, 0), message) ||
                !read_text(thread, insn, argument(thread, insn, 1), file) ||
                !read_text(thread, insn, argument(thread, insn, 3), function))
                return true;
        return thread_fault(thread, insn, CUDA_ERROR_ASSERT, "%s:%u: %s: assertion `%s' failed",
                file, (unsigned)argument(thread, insn, 2), function, message);
}

/* --- malloc and free --- */

static bool call_malloc(struct thread *thread, const struct insn *insn)
{
        struct launch *launch = thread->block->launch;
        const struct allocation *allocation = heap_allocate(
                launch->heap, argument(thread, insn, 0), ALLOCATION_KERNEL, launch->owner);

        set_result(thread, insn, allocation ? allocation->address : 0);
        return false;
}

static bool call_free(struct thread *thread, const struct insn *insn)
{
        struct launch *launch = thread->block->launch;
        uint64_t address = argument(thread, insn, 0);
        struct allocation *allocation = heap_at(launch->heap, address);

        if (!address)
                return false;
        if (!allocation || allocation->kind != ALLOCATION_KERNEL)
                return thread_fault(thread, insn, CUDA_ERROR_ILLEGAL_ADDRESS,
                        "free of 0x%llx, which malloc did not give", (unsigned long long)address);
        heap_free(launch->heap, allocation);
        memset(launch->hints, 0, sizeof(launch->hints));
        return false;
}

builtin_fn *builtin_find(const struct function *function)
{
        static const struct {
                const char *name;
                uint32_t params, results;
                builtin_fn *call;
        } builtins[] = {
                { "vprintf", 2, 1, call_vprintf },
                { "__assertfail", 5, 0, call_assertfail },
                { "malloc", 1, 1, call_malloc },
                { "free", 1, 0, call_free },
        };

        for (size_t i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++) {
                if (strcmp(function->name, builtins[i].name) == 0 &&
                        function->param_count == builtins[i].params &&
                        function->result_count == builtins[i].results)
                        return builtins[i].call;
        }
        return NULL;
}
