# What calls the firmware.
efi-firmware-srcs := $(addprefix efi/firmware/,bundle.c console.c debug.c fallback.c firmware.c \
	folder.c helpers.c image.c initrd.c ledger.c pages.c reservation.c string.c variable.c)
