# collect: the results out of the region, for people and for machines.
dom0-collect-srcs := $(addprefix dom0/collect/,choice.c collect.c csv.c ending.c gap.c junit.c ktap.c metrics.c once.c \
	outlet.c points.c room.c xml.c)
