/* The module level: version, target, variables, functions. */
#include "rehearsal/ptx/ptx.h"

#include <stdio.h>
#include <string.h>

#include "rehearsal/execute/builtins.h"
#include "rehearsal/ptx/function.h"
#include "rehearsal/ptx/variable.h"

/* "8.5" reads as one floating-point number; its text is what counts. */
static void parse_version(struct parser *parser)
{
        unsigned major = 0, minor = 0;
        char text[16] = "";

        if (parser->token.kind == TOKEN_F64 && parser->token.length < sizeof(text))
                memcpy(text, parser->token.text, parser->token.length);
        if (sscanf(text, "%2u.%1u", &major, &minor) != 2 || major < 1) {
                parser_fail(parser, "expected .version MAJOR.MINOR");
                return;
        }
        parser->builder.program->version = major * 10 + minor;
        if (parser->builder.program->version > PTX_MAX_VERSION)
                parser_fail(parser, "PTX %u.%u is newer than %u.%u", major, minor,
                        PTX_MAX_VERSION / 10, PTX_MAX_VERSION % 10);
        parser_advance(parser);
}

static void parse_target(struct parser *parser)
{
        uint32_t line = parser->token.line;
        unsigned number = 0;
        char text[16] = "";

        if (parser->token.kind == TOKEN_WORD && parser->token.length < sizeof(text))
                memcpy(text, parser->token.text, parser->token.length);
        if (sscanf(text, "sm_%3u", &number) != 1) {
                parser_fail(parser, "expected .target sm_NN");
                return;
        }
        parser->builder.program->target = number;
        parser_skip_line(parser, line);
}

static void parse_address_size(struct parser *parser)
{
        if (parser->token.kind != TOKEN_INTEGER || parser->token.value != 64)
                parser_fail(parser, "only .address_size 64 is supported");
        parser_advance(parser);
}

/* .section NAME { … }: debugging information. */
static void skip_section(struct parser *parser)
{
        while (parser->token.kind != TOKEN_END && !token_is_char(&parser->token, '{'))
                parser_advance(parser);
        while (parser->token.kind != TOKEN_END && !token_is_char(&parser->token, '}'))
                parser_advance(parser);
        parser_expect(parser, '}');
}

/* .visible, .extern, .weak and .common in any order; says whether .extern was there. */
static bool parse_linkage(struct parser *parser)
{
        bool is_external = false;

        for (;;) {
                if (parser_accept_dot(parser, "extern"))
                        is_external = true;
                else if (!parser_accept_dot(parser, "visible") &&
                         !parser_accept_dot(parser, "weak") && !parser_accept_dot(parser, "common"))
                        return is_external;
        }
}

static bool parse_linked_item(struct parser *parser)
{
        bool is_external = parse_linkage(parser);

        if (parser_accept_dot(parser, "entry"))
                parse_function(parser, true);
        else if (parser_accept_dot(parser, "func"))
                parse_function(parser, false);
        else if (parser_accept_dot(parser, "global"))
                parse_variables(parser, SPACE_GLOBAL, is_external);
        else if (parser_accept_dot(parser, "const"))
                parse_variables(parser, SPACE_CONST, is_external);
        else if (parser_accept_dot(parser, "shared"))
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
        if (parser_accept_dot(parser, "version"))
                parse_version(parser);
        else if (parser_accept_dot(parser, "target"))
                parse_target(parser);
        else if (parser_accept_dot(parser, "address_size"))
                parse_address_size(parser);
        else if (parser_accept_dot(parser, "file") || parser_accept_dot(parser, "loc"))
                parser_skip_line(parser, line);
        else if (parser_accept_dot(parser, "section"))
                skip_section(parser);
        else if (parser_accept_dot(parser, "pragma"))
                parser_skip_statement(parser);
        else if (!parser_accept(parser, ';'))
                parser_fail(parser, "unknown directive '%s%.*s'",
                        parser->token.kind == TOKEN_DOT ? "." : "", token_width(&parser->token),
                        token_text(&parser->token));
}

static void check_header(struct parser *parser)
{
        if (!token_is_dot(&parser->token, "version"))
                parser_fail(parser, "a module starts with .version");
}

/* There is no linker here that could bring what another module defines. */
static void check_functions(struct parser *parser)
{
        for (struct function *f = parser->builder.program->functions; f; f = f->next) {
                if (f->is_entry && !f->is_defined)
                        parser_fail_at(parser, f->line, "kernel '%s' has no body", f->name);
                if (!f->is_defined)
                        f->builtin = builtin_find(f);
                if (f->called_line && !f->is_defined && !f->builtin)
                        parser_fail_at(parser, f->called_line, "function '%s' is defined nowhere",
                                f->name);
        }
}

static void check_variables(struct parser *parser)
{
        for (struct variable *v = parser->builder.program->variables; v; v = v->next) {
                if (v->is_external && v->space != SPACE_SHARED)
                        parser_fail_at(parser, 0, "variable '%s' is defined in no module", v->name);
        }
}

static void parse_module(struct parser *parser)
{
        const struct function *too_large = NULL;

        parser_advance(parser);
        parser_advance(parser);
        check_header(parser);
        while (parser->token.kind != TOKEN_END)
                parse_item(parser);
        check_functions(parser);
        check_variables(parser);
        if (!parser->builder.failed && !program_layout(parser->builder.program, &too_large))
                parser_fail_at(parser, too_large->line,
                        "'%s' uses %llu bytes of shared memory, of %u", too_large->name,
                        (unsigned long long)too_large->shared_size, MAX_STATIC_SHARED);
}

bool ptx_parse(
        struct program *program, const char *source, size_t length, struct parse_error *ret_error)
{
        static struct parser parser; /* large; the driver API holds one lock over all calls */

        memset(&parser, 0, sizeof(parser));
        parser.builder.program = program;
        parser.builder.symbols.arena = &program->arena;
        parser.builder.error = ret_error;
        if (length > PTX_MAX_SOURCE) {
                parser_fail_at(&parser, 0, "the module is larger than %zu bytes", PTX_MAX_SOURCE);
                return false;
        }
        lexer_start(&parser.lexer, source, length);
        parse_module(&parser);
        builder_free(&parser.builder);
        return !parser.builder.failed;
}
