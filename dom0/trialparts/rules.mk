# What a trial in dom0 is made of: the driver's folder, the guard and its archive, units of systemd.
dom0-trialparts-srcs := $(addprefix dom0/trialparts/,driverfolder.c guardcpio.c guardparts.c modinfo.c ownedtree.c units.c)
