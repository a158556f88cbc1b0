# What is to run, and what is recorded of it.
runner-record-srcs := $(addprefix runner/record/,journal.c outcome.c output.c plan.c record.c seal.c)
