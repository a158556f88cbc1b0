/* The module level: version, target, variables, functions, and what all levels need. */
#include "rehearsal/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearsal/builder.h"
#include "rehearsal/execute/builtins.h"

__attribute__((format(printf, 3, 0))) static void keep_error(
        struct parser *parser, uint32_t line, const char *format, va_list arguments)
{
        if (parser->failed)
                return;
        parser->failed = true;
        parser->error->line = line;
        vsnprintf(parser->error->message, sizeof(parser->error->message), format, arguments);
        /* from here on there are only end tokens, so every loop over tokens ends */
        parser->token.kind = parser->ahead.kind = TOKEN_END;
}

void fail(struct parser *parser, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        keep_error(parser, parser->token.line, format, arguments);
        va_end(arguments);
}

void fail_at(struct parser *parser, uint32_t line, const char *format, ...)
{
        va_list arguments;

        va_start(arguments, format);
        keep_error(parser, line, format, arguments);
        va_end(arguments);
}

void no_memory(struct parser *parser)
{
        fail_at(parser, 0, "out of memory");
}

void advance(struct parser *parser)
{
        parser->token = parser->ahead;
        parser->ahead = lexer_next(&parser->lexer);
        if (parser->token.kind == TOKEN_BAD)
                fail(parser, "'%.*s' is no PTX", token_width(&parser->token), parser->token.text);
        if (parser->failed)
                parser->token.kind = parser->ahead.kind = TOKEN_END;
}

bool accept_char(struct parser *parser, char character)
{
        if (!token_is_char(&parser->token, character))
                return false;
        advance(parser);
        return true;
}

bool accept_dot(struct parser *parser, const char *text)
{
        if (!token_is_dot(&parser->token, text))
                return false;
        advance(parser);
        return true;
}

const char *token_text(const struct token *token)
{
        return token->kind == TOKEN_END ? "the end" : token->text;
}

int token_width(const struct token *token)
{
        if (token->kind == TOKEN_END)
                return (int)strlen("the end");
        return token->length > 60 ? 60 : (int)token->length;
}

bool expect_char(struct parser *parser, char character)
{
        if (accept_char(parser, character))
                return true;
        fail(parser, "expected '%c' before '%.*s'", character, token_width(&parser->token),
                token_text(&parser->token));
        return false;
}

bool expect_name(struct parser *parser, struct token *ret_name)
{
        if (parser->token.kind != TOKEN_WORD) {
                fail(parser, "expected a name before '%.*s'", token_width(&parser->token),
                        token_text(&parser->token));
                return false;
        }
        *ret_name = parser->token;
        advance(parser);
        return true;
}

/* .loc and .file end where their line ends; they have no semicolon. */
void skip_line_of(struct parser *parser, uint32_t line)
{
        while (parser->token.kind != TOKEN_END && parser->token.line == line)
                advance(parser);
}

/* --- names --- */

struct symbol *find_symbol(const struct parser *parser, const struct token *name)
{
        return symbols_find(&parser->symbols, name->text, name->length);
}

struct symbol *declare(
        struct parser *parser, uint32_t depth, const struct token *name, enum symbol_kind kind)
{
        struct symbol *symbol =
                symbols_add(&parser->symbols, depth, name->text, name->length, kind);

        if (!symbol)
                no_memory(parser);
        return symbol;
}

struct relocation *add_relocation(struct parser *parser)
{
        struct relocation *relocation = arena_alloc(&parser->program->arena, sizeof(*relocation));

        if (!relocation) {
                no_memory(parser);
                return NULL;
        }
        relocation->next = parser->program->relocations;
        parser->program->relocations = relocation;
        return relocation;
}

/* --- module directives --- */

/* "8.5" reads as one floating-point number; its text is what counts. */
static void parse_version(struct parser *parser)
{
        unsigned major = 0, minor = 0;
        char text[16] = "";

        if (parser->token.kind == TOKEN_F64 && parser->token.length < sizeof(text))
                memcpy(text, parser->token.text, parser->token.length);
        if (sscanf(text, "%2u.%1u", &major, &minor) != 2 || major < 1) {
                fail(parser, "expected .version MAJOR.MINOR");
                return;
        }
        parser->program->version = major * 10 + minor;
        if (parser->program->version > PARSER_MAX_VERSION)
                fail(parser, "PTX %u.%u is newer than %u.%u", major, minor, PARSER_MAX_VERSION / 10,
                        PARSER_MAX_VERSION % 10);
        advance(parser);
}

static void parse_target(struct parser *parser)
{
        uint32_t line = parser->token.line;
        unsigned number = 0;
        char text[16] = "";

        if (parser->token.kind == TOKEN_WORD && parser->token.length < sizeof(text))
                memcpy(text, parser->token.text, parser->token.length);
        if (sscanf(text, "sm_%3u", &number) != 1) {
                fail(parser, "expected .target sm_NN");
                return;
        }
        parser->program->target = number;
        skip_line_of(parser, line);
}

static void parse_address_size(struct parser *parser)
{
        if (parser->token.kind != TOKEN_INTEGER || parser->token.value != 64)
                fail(parser, "only .address_size 64 is supported");
        advance(parser);
}

/* .section NAME { … }: debugging information. */
static void skip_section(struct parser *parser)
{
        while (parser->token.kind != TOKEN_END && !token_is_char(&parser->token, '{'))
                advance(parser);
        while (parser->token.kind != TOKEN_END && !token_is_char(&parser->token, '}'))
                advance(parser);
        expect_char(parser, '}');
}

static void skip_statement(struct parser *parser)
{
        while (parser->token.kind != TOKEN_END && !token_is_char(&parser->token, ';'))
                advance(parser);
        expect_char(parser, ';');
}

/* .visible, .extern, .weak and .common in any order; says whether .extern was there. */
static bool parse_linkage(struct parser *parser)
{
        bool is_external = false;

        for (;;) {
                if (accept_dot(parser, "extern"))
                        is_external = true;
                else if (!accept_dot(parser, "visible") && !accept_dot(parser, "weak") &&
                         !accept_dot(parser, "common"))
                        return is_external;
        }
}

static bool parse_linked_item(struct parser *parser)
{
        bool is_external = parse_linkage(parser);

        if (accept_dot(parser, "entry"))
                parse_function(parser, true);
        else if (accept_dot(parser, "func"))
                parse_function(parser, false);
        else if (accept_dot(parser, "global"))
                parse_variables(parser, SPACE_GLOBAL, is_external);
        else if (accept_dot(parser, "const"))
                parse_variables(parser, SPACE_CONST, is_external);
        else if (accept_dot(parser, "shared"))
                parse_variables(parser, SPACE_SHARED, is_external);
        else
                return false;
        return true;
}

static void parse_item(struct parser *parser)
{
        uint32_t line = parser->token.line;

        if (parse_linked_item(parser))
                return;
        if (accept_dot(parser, "version"))
                parse_version(parser);
        else if (accept_dot(parser, "target"))
                parse_target(parser);
        else if (accept_dot(parser, "address_size"))
                parse_address_size(parser);
        else if (accept_dot(parser, "file") || accept_dot(parser, "loc"))
                skip_line_of(parser, line);
        else if (accept_dot(parser, "section"))
                skip_section(parser);
        else if (accept_dot(parser, "pragma"))
                skip_statement(parser);
        else if (!accept_char(parser, ';'))
                fail(parser, "unknown directive '%s%.*s'",
                        parser->token.kind == TOKEN_DOT ? "." : "", token_width(&parser->token),
                        token_text(&parser->token));
}

static void check_header(struct parser *parser)
{
        if (!token_is_dot(&parser->token, "version"))
                fail(parser, "a module starts with .version");
}

/* There is no linker here that could bring what another module defines. */
static void check_functions(struct parser *parser)
{
        for (struct function *f = parser->program->functions; f; f = f->next) {
                if (f->is_entry && !f->is_defined)
                        fail_at(parser, f->line, "kernel '%s' has no body", f->name);
                if (!f->is_defined)
                        f->builtin = builtin_find(f);
                if (f->called_line && !f->is_defined && !f->builtin)
                        fail_at(parser, f->called_line, "function '%s' is defined nowhere",
                                f->name);
        }
}

static void check_variables(struct parser *parser)
{
        for (struct variable *v = parser->program->variables; v; v = v->next) {
                if (v->is_external && v->space != SPACE_SHARED)
                        fail_at(parser, 0, "variable '%s' is defined in no module", v->name);
        }
}

static void parse_module(struct parser *parser)
{
        const struct function *too_large = NULL;

        advance(parser);
        advance(parser);
        check_header(parser);
        while (parser->token.kind != TOKEN_END)
                parse_item(parser);
        check_functions(parser);
        check_variables(parser);
        if (!parser->failed && !program_layout(parser->program, &too_large))
                fail_at(parser, too_large->line, "'%s' uses %llu bytes of shared memory, of %u",
                        too_large->name, (unsigned long long)too_large->shared_size,
                        MAX_STATIC_SHARED);
}

bool program_parse(
        struct program *program, const char *source, size_t length, struct parse_error *ret_error)
{
        static struct parser parser; /* large; the driver API holds one lock over all calls */

        memset(&parser, 0, sizeof(parser));
        parser.program = program;
        parser.symbols.arena = &program->arena;
        parser.error = ret_error;
        if (length > PARSER_MAX_SOURCE) {
                fail_at(&parser, 0, "the module is larger than %zu bytes", PARSER_MAX_SOURCE);
                return false;
        }
        lexer_start(&parser.lexer, source, length);
        parse_module(&parser);
        free(parser.insns);
        free(parser.initial);
        return !parser.failed;
}
