# The sheet that a person signs: the GPUs of one run, what was found of each, and how far to trust it.
dom0-sheet-srcs := $(addprefix dom0/sheet/,condition.c confidence.c coverage.c head.c series.c sheet.c untested.c)
# What coverage.c holds; the compiler does not see that it is there.
$(addprefix $(BUILD)/,$(addsuffix /dom0/sheet/coverage.o,obj asan)): docs/coverage.tsv
