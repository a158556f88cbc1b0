# Plain C that several rooms share; only io.c reads and writes.
lib-srcs := $(addprefix lib/,escape.c io.c number.c option.c path.c quantity.c text.c why.c words.c)
