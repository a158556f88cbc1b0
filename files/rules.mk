# Files and folders where others may write too: by descriptors. For forestage and forestage-run.
files-srcs := files/beneath.c files/owner.c files/place.c

$(eval $(call unit-test,files/files,$(files-srcs),-lpthread))
