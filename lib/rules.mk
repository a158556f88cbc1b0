# Plain C that several rooms share; only io.c reads and writes.
lib-srcs := $(addprefix lib/,escape.c io.c number.c option.c path.c quantity.c text.c why.c words.c)

# What --help prints, made of a program's man page.
$(BUILD)/%/help.txt: scripts/help.awk
	$(call say,HELP)
	@mkdir -p $(@D)
	awk -f scripts/help.awk $(filter docs/man/%,$^) >$@
