# The store as dom0 sees it: which bytes of which disk a file, a partition or a volume is; the verb store.
dom0-store-srcs := $(addprefix dom0/store/,content.c creation.c devicelayer.c fetching.c filelayer.c \
	holding.c inputs.c keeping.c layer.c marking.c placing.c record.c removal.c store.c view.c)
