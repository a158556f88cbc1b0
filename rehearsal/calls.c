/*
 * call (PTX ISA, 9.7.12.5):
 *      call{.uni} (results), function, (arguments);       both lists may be missing
 *      call{.uni} (results), %address, (arguments), prototype;
 */
#include <string.h>

#include "rehearsal/builder.h"
#include "rehearsal/execute/call.h"

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
                operand.slot = constant_slot(parser, element->value);
        } else {
                fail(parser, is_result ? "the result of a call is a register or a .param"
                                       : "an argument is a register, a .param or a number");
        }
        return operand;
}

/* ( a, b, … ); the parenthesis is open already. */
static struct call_operand *parse_list(struct parser *parser, bool is_result, uint32_t *ret_count)
{
        struct call_operand list[MAX_ARGUMENTS], *copy;
        uint32_t count = 0;

        if (!accept_char(parser, ')')) {
                do {
                        struct operand_element element;

                        if (count == MAX_ARGUMENTS) {
                                fail(parser, "more than %u arguments", MAX_ARGUMENTS);
                                return NULL;
                        }
                        parse_operand_element(parser, &element);
                        list[count++] = operand_of(parser, &element, is_result);
                } while (accept_char(parser, ','));
                expect_char(parser, ')');
        }
        copy = arena_array(&parser->program->arena, count + 1u, sizeof(*copy));
        if (!copy) {
                no_memory(parser);
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
                        callee.function->called_line = parser->line;
                return 0;
        }
        if (callee.kind == OPERAND_REGISTER && type_size(callee.type) == 8)
                return callee.slot;
        fail(parser, "this is no function that can be called");
        return 0;
}

static void check_signature(struct parser *parser, const struct call *call)
{
        const struct function *callee = call->callee;

        if (callee && (callee->param_count != call->argument_count ||
                              callee->result_count != call->result_count))
                fail_at(parser, parser->line,
                        "'%.60s' has %u parameters and %u results, not %u and %u", callee->name,
                        callee->param_count, callee->result_count, call->argument_count,
                        call->result_count);
}

void parse_call(struct parser *parser, struct statement *statement)
{
        struct call *call = arena_alloc(&parser->program->arena, sizeof(*call));
        struct insn *insn;
        uint32_t slot;

        if (!call) {
                no_memory(parser);
                return;
        }
        take(statement, "uni");
        if (accept_char(parser, '(')) {
                call->results = parse_list(parser, true, &call->result_count);
                expect_char(parser, ',');
        }
        slot = parse_callee(parser, call);
        if (accept_char(parser, ',') && accept_char(parser, '(')) {
                call->arguments = parse_list(parser, false, &call->argument_count);
                if (accept_char(parser, ','))
                        advance(parser); /* the prototype or list of targets */
        } else if (!token_is_char(&parser->token, ';')) {
                advance(parser); /* likewise, when there are no arguments */
        }
        expect_char(parser, ';');
        if (parser->failed)
                return;
        check_signature(parser, call);
        insn = emit(parser, statement, execute_call);
        insn->a = slot;
        insn->call = call;
}
