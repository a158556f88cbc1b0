#include "efi/parse/text.h"

bool slice_starts_with(struct slice text, struct slice prefix)
{
        if (text.length < prefix.length)
                return false;
        for (size_t i = 0; i < prefix.length; i++)
                if (text.data[i] != prefix.data[i])
                        return false;
        return true;
}

bool slice_equal(struct slice left, struct slice right)
{
        return left.length == right.length && slice_starts_with(left, right);
}

static bool is_blank(char c)
{
        return c == ' ' || c == '\t';
}

struct slice slice_trim(struct slice text)
{
        while (text.length > 0 && is_blank(text.data[text.length - 1]))
                text.length--;
        while (text.length > 0 && is_blank(text.data[0])) {
                text.data++;
                text.length--;
        }
        return text;
}

struct slice slice_of(const char *string)
{
        size_t length = 0;

        while (string[length])
                length++;
        return (struct slice){ string, length };
}

void text_init(struct text *ret_text, char *buffer, size_t size)
{
        *ret_text = (struct text){ .data = buffer, .size = size };
        buffer[0] = 0;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
        size_t room = text->size - 1 - text->length;

        if (length > room) {
                length = room;
                text->cut = true;
        }
        for (size_t i = 0; i < length; i++)
                text->data[text->length++] = bytes[i];
        text->data[text->length] = 0;
}

/* One conversion of a format. */
struct conversion {
        bool zero;       /* pad with '0' instead of blanks */
        unsigned width;  /* of numbers */
        bool has_length; /* "%.*s" */
        bool is_long;    /* "l", "ll" or "z": 64 bits */
        char kind;       /* 's', 'c', 'u', 'x' or '%' */
};

/* Reads what follows a '%'; returns the first character behind it. */
static const char *conversion_parse(const char *format, struct conversion *ret_conversion)
{
        struct conversion conversion = { 0 };

        if (*format == '0') {
                conversion.zero = true;
                format++;
        }
        for (; *format >= '0' && *format <= '9'; format++)
                conversion.width = conversion.width * 10 + (unsigned)(*format - '0');
        if (format[0] == '.' && format[1] == '*') {
                conversion.has_length = true;
                format += 2;
        }
        for (; *format == 'l' || *format == 'z'; format++)
                conversion.is_long = true;
        conversion.kind = *format ? *format++ : 0;
        *ret_conversion = conversion;
        return format;
}

static void add_number(struct text *text, uint64_t value, const struct conversion *conversion)
{
        unsigned base = conversion->kind == 'x' ? 16 : 10;
        char digits[32];
        size_t at = sizeof(digits);

        do {
                digits[--at] = "0123456789abcdef"[value % base];
                value /= base;
        } while (value);
        while (sizeof(digits) - at < conversion->width && at > 0)
                digits[--at] = conversion->zero ? '0' : ' ';
        text_add_bytes(text, digits + at, sizeof(digits) - at);
}

void text_add_list(struct text *text, const char *format, va_list arguments)
{
        struct conversion conversion;

        while (*format) {
                if (*format != '%') {
                        text_add_bytes(text, format++, 1);
                        continue;
                }
                format = conversion_parse(format + 1, &conversion);
                if (conversion.kind == 's') {
                        int length = conversion.has_length ? va_arg(arguments, int) : -1;
                        const char *string = va_arg(arguments, const char *);

                        text_add_bytes(text, string,
                                length < 0 ? slice_of(string).length : (size_t)length);
                } else if (conversion.kind == 'c') {
                        text_add_bytes(text, &(char){ (char)va_arg(arguments, int) }, 1);
                } else if (conversion.kind == '%') {
                        text_add_bytes(text, "%", 1);
                } else if (conversion.is_long) {
                        add_number(text, va_arg(arguments, unsigned long), &conversion);
                } else {
                        add_number(text, va_arg(arguments, unsigned), &conversion);
                }
        }
}

void text_add(struct text *text, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        text_add_list(text, format, arguments);
        va_end(arguments);
}
