# Plain C that several rooms share: no files, no devices, no allocation.
lib-srcs := lib/escape.c lib/number.c lib/path.c lib/text.c
