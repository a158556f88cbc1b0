# What all rooms of dom0/ use: memory, messages, paths, durable files, and what a verb and a host are.
dom0-base-srcs := $(addprefix dom0/base/,buffer.c durable.c escape.c failure.c fresh.c host.c lock.c memory.c \
	path.c print.c problems.c proposal.c tree.c verb.c)
