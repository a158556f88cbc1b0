# Plain C that several rooms share: no files, no devices, no allocation.
lib-srcs := $(addprefix lib/,escape.c number.c path.c text.c words.c)

# What --help prints, made of a program's man page.
$(BUILD)/%/help.txt: scripts/help.awk
	$(call say,HELP)
	@mkdir -p $(@D)
	awk -f scripts/help.awk $(filter docs/man/%,$^) >$@
