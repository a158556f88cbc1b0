# Plain C that several rooms share: no devices; files by their descriptors alone, in io.c.
lib-srcs := $(addprefix lib/,elf.c escape.c io.c number.c path.c text.c utf8.c words.c)
