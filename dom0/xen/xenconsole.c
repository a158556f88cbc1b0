#include "dom0/xen/xenconsole.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "lib/hex.h"
#include "lib/number.h"

#define BLANKS    " \t"
#define PORTS     2u
#define BASE_BAUD 115200u /* of a PC's UART; Linux divides from that */

/* What stands behind com1= or com2=, or Xen's defaults. */
struct uart {
        uint64_t place; /* I/O port */
        uint64_t baud;  /* 0: as it is set already */
        uint64_t bits;
        char parity;
        bool plain; /* where it is and how it counts can be told */
};

/* A part of a text: `length` bytes. */
struct part {
        const char *text;
        size_t length;
};

static bool is(struct part part, const char *word)
{
        return part.length == strlen(word) && strncmp(part.text, word, part.length) == 0;
}

/* The part up to the next of `dividers`; `*rest` is moved behind that. */
static struct part take(const char **rest, const char *end, const char *dividers)
{
        struct part part = { *rest, strcspn(*rest, dividers) };

        if (part.length > (size_t)(end - *rest))
                part.length = (size_t)(end - *rest);
        *rest += part.length + (*rest + part.length < end);
        return part;
}

static void set_number(struct uart *uart, struct part part, uint64_t *ret_number)
{
        uart->plain = number_parse(part.text, part.length, ret_number) && uart->plain;
}

/* "auto", or a number; behind a slash how fast it can be. */
static void set_speed(struct uart *uart, struct part part)
{
        const char *rest = part.text, *end = part.text + part.length;
        struct part baud = take(&rest, end, "/");
        uint64_t base = BASE_BAUD;

        if (is(baud, "auto"))
                uart->baud = 0;
        else
                set_number(uart, baud, &uart->baud);
        /* Xen takes 1200 to 115200, and has no console at another. */
        if (!is(baud, "auto") && (uart->baud < 1200 || uart->baud > BASE_BAUD))
                uart->plain = false;
        if (rest < end)
                set_number(uart, (struct part){ rest, (size_t)(end - rest) }, &base);
        uart->plain = uart->plain && base == BASE_BAUD;
}

static void set_bits(struct uart *uart, struct part part)
{
        set_number(uart, part, &uart->bits);
        uart->plain = uart->plain && (uart->bits == 7 || uart->bits == 8); /* Linux has no other */
}

static void set_parity(struct uart *uart, struct part part)
{
        uart->parity = part.length > 0 ? *part.text : '\0';
        uart->plain = uart->plain && uart->parity && strchr("noe", uart->parity);
}

/* Bits, parity, and stop bits, which Linux knows by the speed. */
static void set_frame(struct uart *uart, struct part part)
{
        if (part.length != 3) {
                uart->plain = false;
                return;
        }
        set_bits(uart, (struct part){ part.text, 1 });
        set_parity(uart, (struct part){ part.text + 1, 1 });
}

static void set_place(struct uart *uart, struct part part)
{
        set_number(uart, part, &uart->place);
        uart->plain = uart->plain && uart->place > 0 && uart->place <= UINT16_MAX;
}

static void set_clock(struct uart *uart, struct part part)
{
        uint64_t clock = 0;

        set_number(uart, part, &clock);
        uart->plain = uart->plain && clock == BASE_BAUD; /* Xen takes it times 16 */
}

static void set_elsewhere(struct uart *uart, struct part part)
{
        (void)part;
        uart->plain = false;
}

static void set_nothing(struct uart *uart, struct part part)
{
        (void)uart;
        (void)part;
}

static void (*const by_position[])(struct uart *uart, struct part part) = {
        set_speed, set_frame, set_place, set_nothing, /* the interrupt */
        set_elsewhere, set_elsewhere,                 /* where it and its bridge are on PCI */
};

static const struct {
        const char *name;
        void (*set)(struct uart *uart, struct part part);
} by_name[] = {
        { "baud", set_speed },
        { "clock-hz", set_clock },
        { "data-bits", set_bits },
        { "parity", set_parity },
        { "stop-bits", set_nothing },
        { "io-base", set_place },
        { "irq", set_nothing },
};

/* A name that is not known: Xen complains of it, or the port is one on PCI or has wide registers.
 */
static void set_named(struct uart *uart, struct part name, struct part value)
{
        for (size_t i = 0; i < sizeof(by_name) / sizeof(by_name[0]); i++)
                if (is(name, by_name[i].name)) {
                        by_name[i].set(uart, value);
                        return;
                }
        uart->plain = false;
}

static void read_port(struct part value, struct uart *uart)
{
        const char *rest = value.text, *end = value.text + value.length;

        for (size_t i = 0; rest < end; i++) {
                struct part part = take(&rest, end, ",");
                const char *at = part.text, *stop = part.text + part.length;
                struct part name = take(&at, stop, "=");

                if (part.length == 0)
                        continue;
                if (name.length < part.length)
                        set_named(uart, name, (struct part){ at, (size_t)(stop - at) });
                else if (i < sizeof(by_position) / sizeof(by_position[0]))
                        by_position[i](uart, part);
                else
                        uart->plain = false;
        }
}

/* The first com1 or com2 of console=; behind it may stand H or L, for a port that is shared. */
static unsigned find_port(struct part consoles)
{
        const char *rest = consoles.text, *end = consoles.text + consoles.length;

        while (rest < end) {
                struct part part = take(&rest, end, ",");
                bool marked = part.length == 5 && strchr("HL", part.text[4]);

                if ((part.length == 4 || marked) && strncmp(part.text, "com", 3) == 0 &&
                        (part.text[3] == '1' || part.text[3] == '2'))
                        return (unsigned)(part.text[3] - '0');
        }
        return 0;
}

/* The words that count, each as it stands last; without text: it is not there. */
struct words_of_xen {
        struct part consoles, port[PORTS];
};

/* What stands behind "--" is dom0's. */
static struct words_of_xen find_words(const char *options)
{
        static const char *const starts[] = { "console=", "com1=", "com2=" };
        struct part found[1 + PORTS] = { { NULL, 0 } };
        const char *rest = options, *end = options + strlen(options);

        while (rest < end) {
                struct part word = take(&rest, end, BLANKS);

                if (is(word, "--"))
                        break;
                for (size_t i = 0; i < 1 + PORTS; i++) {
                        size_t start = strlen(starts[i]);

                        if (word.length >= start && strncmp(word.text, starts[i], start) == 0)
                                found[i] = (struct part){ word.text + start, word.length - start };
                }
        }
        return (struct words_of_xen){ found[0], { found[1], found[2] } };
}

/* Where Linux's ttyS0 to ttyS3 are on a PC. */
static const uint16_t places[] = { 0x3f8, 0x2f8, 0x3e8, 0x2e8 };

static void write_console(const struct uart *uart, char *text, size_t size)
{
        const unsigned count = sizeof(places) / sizeof(places[0]);
        unsigned place = (unsigned)uart->place, baud = (unsigned)uart->baud, tty = 0;
        unsigned bits = (unsigned)uart->bits;

        while (tty < count && places[tty] != place)
                tty++;
        if (baud == 0)
                snprintf(text, size, "uart8250,io,0x%x", place);
        else if (tty < count)
                snprintf(text, size, "ttyS%u,%u%c%u", tty, baud, uart->parity, bits);
        else
                snprintf(text, size, "uart8250,io,0x%x,%u%c%u", place, baud, uart->parity, bits);
}

void xenconsole_read(const char *xen_options, struct xenconsole *ret_console)
{
        static const struct part by_default = { "com1,vga", 8 };
        struct words_of_xen words = find_words(xen_options);
        struct xenconsole console = { .kind = XENCONSOLE_NONE };
        struct uart uart = { .bits = 8, .parity = 'n', .plain = true };

        /* That is Xen's own; who names neither has not asked for a serial line. */
        if (!words.consoles.text && words.port[0].text)
                words.consoles = by_default;
        if (words.consoles.text)
                console.port = find_port(words.consoles);
        if (console.port > 0) {
                uart.place = places[console.port - 1];
                if (words.port[console.port - 1].text)
                        read_port(words.port[console.port - 1], &uart);
                console.kind = uart.plain ? XENCONSOLE_KNOWN : XENCONSOLE_UNKNOWN;
        }
        if (console.kind == XENCONSOLE_KNOWN)
                write_console(&uart, console.console, sizeof(console.console));
        *ret_console = console;
}

/* Whether `value` starts with `start`, and what follows does not make another number of its end. */
static bool begins(struct part value, const char *start, size_t length)
{
        return value.length >= length && strncmp(value.text, start, length) == 0 &&
               (value.length == length || hex_value(value.text[length]) < 0 ||
                       hex_value(start[length - 1]) < 0);
}

/* A port whose speed is set already, by its other name: any speed may be the one. */
static bool is_same_place(const char *console, struct part value)
{
        char tty[64], name[8];

        for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
                snprintf(tty, sizeof(tty), "uart8250,io,0x%x", places[i]);
                snprintf(name, sizeof(name), "ttyS%u", i);
                if (strcmp(console, tty) == 0)
                        return begins(value, name, strlen(name));
        }
        return false;
}

bool xenconsole_is(const struct xenconsole *console, const char *value, size_t length)
{
        const struct part part = { value, length };
        size_t end = strlen(console->console);

        if (console->kind != XENCONSOLE_KNOWN)
                return false;
        if (is_same_place(console->console, part))
                return true;
        /* 8 bits without parity are what Linux takes where only a speed is said. */
        if (length < end && strcmp(console->console + end - 2, "n8") == 0)
                end -= 2;
        return begins(part, console->console, end);
}
