# What a host is in its pool and which guests run on it: xe and xl asked, and what a person should know of the answers.
dom0-pool-srcs := $(addprefix dom0/pool/,advice.c answer.c standing.c)
