/*
 * call (PTX ISA, 9.7.12.5):
 *      call{.uni} (results), function, (arguments);       both lists may be missing
 *      call{.uni} (results), %address, (arguments), prototype;
 */
#include "rehearsal/ptx/call.h"

#include <string.h>

#include "rehearsal/build/slots.h"
#include "rehearsal/execute/call.h"
#include "rehearsal/ptx/operand.h"

#define MAX_ARGUMENTS 256u

static bool is_number(const struct operand_element *element)
{
        return element->kind == OPERAND_INTEGER || element->kind == OPERAND_F32 ||
               element->kind == OPERAND_F64;
}

static struct call_operand operand_of(
        struct parser *parser, const struct operand_element *element, bool is_result)
{
        struct call_operand operand = { .size = 8 };

        if (element->kind == OPERAND_VARIABLE && element->variable->space == SPACE_LOCAL) {
                operand.in_memory = true;
                operand.offset = element->variable->address;
                operand.size = element->variable->size;
        } else if (element->kind == OPERAND_REGISTER && !element->negated) {
                operand.slot = element->slot;
                operand.size = type_size(element->type);
        } else if (is_number(element) && !is_result) {
                operand.slot = slot_constant(&parser->builder, element->value);
        } else {
                parser_fail(parser, is_result ? "the result of a call is a register or a .param"
                                              : "an argument is a register, a .param or a number");
        }
        return operand;
}

/* ( a, b, … ); the parenthesis is open already. */
static struct call_operand *parse_list(struct parser *parser, bool is_result, uint32_t *ret_count)
{
        struct call_operand list[MAX_ARGUMENTS], *copy;
        uint32_t count = 0;

        if (!parser_accept(parser, ')')) {
                do {
                        struct operand_element element;

                        if (count == MAX_ARGUMENTS) {
                                parser_fail(parser, "more than %u arguments", MAX_ARGUMENTS);
                                return NULL;
                        }
                        parse_operand_element(parser, &element);
                        list[count++] = operand_of(parser, &element, is_result);
                } while (parser_accept(parser, ','));
                parser_expect(parser, ')');
        }
        copy = arena_array(&parser->builder.program->arena, count + 1u, sizeof(*copy));
        if (!copy) {
                parser_no_memory(parser);
                return NULL;
        }
        memcpy(copy, list, count * sizeof(*copy));
        *ret_count = count;
        return copy;
}

static uint32_t parse_callee(struct parser *parser, struct call *call)
{
        struct operand_element callee;

        parse_operand_element(parser, &callee);
        if (callee.kind == OPERAND_FUNCTION && !callee.function->is_entry) {
                call->callee = callee.function;
                if (!callee.function->called_line)
                        callee.function->called_line = parser->builder.line;
                return 0;
        }
        if (callee.kind == OPERAND_REGISTER && type_size(callee.type) == 8)
                return callee.slot;
        parser_fail(parser, "this is no function that can be called");
        return 0;
}

static void check_signature(struct parser *parser, const struct call *call)
{
        const struct function *callee = call->callee;

        if (callee && (callee->param_count != call->argument_count ||
                              callee->result_count != call->result_count))
                parser_fail_at(parser, parser->builder.line,
                        "'%.60s' has %u parameters and %u results, not %u and %u", callee->name,
                        callee->param_count, callee->result_count, call->argument_count,
                        call->result_count);
}

void parse_call(struct parser *parser, struct statement *statement)
{
        struct call *call = arena_alloc(&parser->builder.program->arena, sizeof(*call));
        struct insn *insn;
        uint32_t slot;

        if (!call) {
                parser_no_memory(parser);
                return;
        }
        statement_take(statement, "uni");
        if (parser_accept(parser, '(')) {
                call->results = parse_list(parser, true, &call->result_count);
                parser_expect(parser, ',');
        }
        slot = parse_callee(parser, call);
        if (parser_accept(parser, ',') && parser_accept(parser, '(')) {
                call->arguments = parse_list(parser, false, &call->argument_count);
                if (parser_accept(parser, ','))
                        parser_advance(parser); /* the prototype or list of targets */
        } else if (!token_is_char(&parser->token, ';')) {
                parser_advance(parser); /* likewise, when there are no arguments */
        }
        parser_expect(parser, ';');
        if (parser->builder.failed)
                return;
        check_signature(parser, call);
        insn = statement_emit(&parser->builder, statement, execute_call);
        insn->a = slot;
        insn->call = call;
}
