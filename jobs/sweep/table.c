#include "jobs/sweep/table.h"

#include <string.h>

#include "jobs/sweep/values.h"
#include "lib/utf8.h"

#define NO_COLUMN SIZE_MAX

/* A line on its way through its cells. */
struct line {
        const char *at, *end;
        bool over; /* the last cell was taken */
};

struct cell {
        char text[VALUES_MAX_BYTES + 2]; /* one more byte than a value may have says that it has */
        size_t length;
};

static const char *line_complaint(const char *line, size_t length)
{
        if (utf8_valid(line, length) != length)
                return "the line is not UTF-8";
        for (size_t i = 0; i < length; i++)
                if (((unsigned char)line[i] < 0x20 && line[i] != '\t') || line[i] == 0x7f)
                        return "the line has a control character";
        return NULL;
}

static void put(struct cell *cell, char character)
{
        if (cell->length < sizeof(cell->text) - 1)
                cell->text[cell->length++] = character;
}

static bool is_blank(char character)
{
        return character == ' ' || character == '\t';
}

static void skip_blanks(struct line *line)
{
        while (line->at < line->end && is_blank(*line->at))
                line->at++;
}

/* Behind the first quote. */
static const char *take_quoted(struct line *line, struct cell *cell)
{
        for (; line->at < line->end; line->at++) {
                if (*line->at != '"') {
                        put(cell, *line->at);
                } else if (line->at + 1 < line->end && line->at[1] == '"') {
                        put(cell, *++line->at);
                } else {
                        line->at++;
                        skip_blanks(line);
                        return line->at == line->end || *line->at == ','
                                       ? NULL
                                       : "something stands behind the quote that ends a cell";
                }
        }
        return "a quote is not closed";
}

static void take_plain(struct line *line, struct cell *cell)
{
        for (; line->at < line->end && *line->at != ','; line->at++)
                put(cell, *line->at);
        while (cell->length > 0 && is_blank(cell->text[cell->length - 1]))
                cell->length--;
}

/* The next cell of the line; returns a complaint, or NULL. */
static const char *take_cell(struct line *line, struct cell *ret_cell)
{
        const char *complaint = NULL;

        ret_cell->length = 0;
        skip_blanks(line);
        if (line->at < line->end && *line->at == '"') {
                line->at++;
                complaint = take_quoted(line, ret_cell);
        } else {
                take_plain(line, ret_cell);
        }
        ret_cell->text[ret_cell->length] = '\0';
        line->over = line->at == line->end;
        line->at += !line->over;
        return complaint;
}

/* The number of the column, and how many there are. */
static const char *read_header(
        struct line line, const char *name, size_t *ret_column, size_t *ret_columns)
{
        struct cell cell;

        *ret_column = NO_COLUMN;
        for (*ret_columns = 0; !line.over; (*ret_columns)++) {
                const char *complaint = take_cell(&line, &cell);

                if (complaint)
                        return complaint;
                if (strcmp(cell.text, name) != 0)
                        continue;
                if (*ret_column != NO_COLUMN)
                        return "two columns have the same name";
                *ret_column = *ret_columns;
        }
        return NULL;
}

static bool read_row(
        struct line line, size_t column, size_t columns, struct sweep_values *values, char *why)
{
        struct cell cell;
        size_t count = 0;

        for (; !line.over; count++) {
                const char *complaint = take_cell(&line, &cell);

                if (complaint)
                        return why_not(why, "%s", complaint);
                if (count == column && !values_add(values, cell.text, cell.length, why))
                        return false;
        }
        return count == columns ||
               why_not(why, "the line has %zu cells, and the first one %zu", count, columns);
}

/* The next line that has something in it; false: there is none. */
static bool next_line(const char **at, const char *end, unsigned *number, struct line *ret_line)
{
        while (*at < end) {
                const char *line = *at, *stop = memchr(line, '\n', (size_t)(end - line));

                *at = stop ? stop + 1 : end;
                stop = stop ? stop : end;
                (*number)++;
                if (stop > line && stop[-1] == '\r')
                        stop--;
                *ret_line = (struct line){ .at = line, .end = stop };
                while (line < stop && is_blank(*line))
                        line++;
                if (line < stop)
                        return true;
        }
        return false;
}

bool table_column(const char *file, const char *text, size_t length, const char *name,
        struct sweep_values *values, char *why)
{
        static const char bom[] = "\xef\xbb\xbf";
        const char *at = text, *end = text + length;
        size_t column = NO_COLUMN, columns = 0, before = values->count;
        unsigned number = 0;
        char reason[WHY_SIZE];
        struct line line;

        if (length >= 3 && memcmp(text, bom, 3) == 0)
                at += 3;
        while (next_line(&at, end, &number, &line)) {
                const char *complaint = line_complaint(line.at, (size_t)(line.end - line.at));

                if (!complaint && columns == 0) {
                        complaint = read_header(line, name, &column, &columns);
                        if (!complaint && column == NO_COLUMN)
                                return why_not(
                                        why, "%s:%u: there is no column '%s'", file, number, name);
                } else if (!complaint && !read_row(line, column, columns, values, reason)) {
                        complaint = reason;
                }
                if (complaint)
                        return why_not(why, "%s:%u: %s", file, number, complaint);
        }
        return values->count > before || why_not(why, "%s: there is no line of values", file);
}
