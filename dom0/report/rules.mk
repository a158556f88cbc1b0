# report and compare: runs side by side.
dom0-report-srcs := $(addprefix dom0/report/,closeness.c compare.c comparison.c \
	outputs.c page.c pagejobs.c pageparts.c pagerates.c pagetable.c pagetimes.c report.c runs.c)
