# report --fleet: any number of run folders, and which GPUs stand apart.
dom0-fleet-srcs := $(addprefix dom0/fleet/,apart.c fleet.c fleetdata.c fleetpage.c gather.c lexicon.c robust.c sample.c strip.c \
	versions.c)
