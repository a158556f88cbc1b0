# PTX text: from its characters to declarations and statements.
rehearsal-ptx-srcs := $(addprefix rehearsal/ptx/,call.c expression.c function.c initial.c lexer.c operand.c parser.c \
	ptx.c statement.c variable.c)
