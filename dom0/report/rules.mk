# report and compare: runs side by side.
dom0-report-srcs := $(addprefix dom0/report/,chart.c closeness.c compare.c comparison.c html.c numbers.c \
	outputs.c page.c pagejobs.c pageparts.c pagerates.c pagetable.c pagetimes.c report.c runs.c)
