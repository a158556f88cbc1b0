# GRUB's configuration, and our entry in it.
dom0-grub-srcs := $(addprefix dom0/grub/,grubcommand.c grubentry.c grubhook.c grubmenu.c \
	grubparameters.c grubscript.c grubsearch.c grubtest.c grubvariables.c grubwords.c)
