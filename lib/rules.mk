# Plain C that several rooms share: no files, no devices, no allocation.
lib-srcs := $(addprefix lib/,escape.c io.c number.c option.c path.c quantity.c text.c why.c words.c)
