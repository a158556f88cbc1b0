# Plain C that several rooms share: no files, no devices, no allocation.
lib-srcs := $(addprefix lib/,escape.c number.c path.c text.c words.c)
