# The store as dom0 sees it: which bytes of which disk a file, a partition or a volume is.
dom0-store-srcs := $(addprefix dom0/store/,devicelayer.c filelayer.c holding.c layer.c)
