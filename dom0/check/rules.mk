# check: the jobs of a folder before they run.
dom0-check-srcs := $(addprefix dom0/check/,check.c jobcheck.c joblist.c jobnames.c jobreview.c \
	ptxentry.c)
