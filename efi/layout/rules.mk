# Formats of others, byte by byte: cpio, PE, device paths, memory maps, ACPI; no firmware either.
efi-layout-srcs := $(addprefix efi/layout/,archive.c cpio.c devicepath.c event.c memorymap.c \
	payload.c pe.c rsdp.c)
