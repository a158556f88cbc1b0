# What people see of a run while it goes on.
runner-console-srcs := $(addprefix runner/console/,columns.c progress.c say.c tally.c)
