# Plain C that several rooms share: no devices; files by their descriptors alone, in io.c. What is pure needs no C
# library: forestage.efi has it too.
lib-pure-srcs := $(addprefix lib/,crc32c.c sha256.c sha256_x86.c uuid.c)
lib-srcs := $(lib-pure-srcs) $(addprefix lib/,elf.c escape.c io.c number.c option.c path.c quantity.c text.c utf8.c \
	why.c words.c)

# What --help prints, made of a program's man page.
$(BUILD)/%/help.txt: scripts/help.awk
	$(call say,HELP)
	@mkdir -p $(@D)
	awk -f scripts/help.awk $(filter docs/man/%,$^) >$@

$(eval $(call unit-test,lib/hash,$(lib-pure-srcs)))
$(eval $(call unit-test,lib/standard))
