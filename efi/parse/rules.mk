# The text that forestage.efi reads, and what it decides by it: no firmware, compiled for init, dom0 and tests, too.
efi-parse-srcs := $(addprefix efi/parse/,conf.c decision.c digests.c handoff.c keyvalue.c \
	loadoptions.c manifest.c modules.c options.c order.c path.c repeat.c stageline.c text.c)
