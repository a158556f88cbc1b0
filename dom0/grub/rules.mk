# GRUB's configuration, and our entry in it.
dom0-grub-srcs := $(addprefix dom0/grub/,grubhook.c grubmenu.c grubtest.c grubvariables.c \
	grubwords.c)
