# Files and folders where others may write too: by descriptors. For forestage and forestage-run.
files-srcs := files/beneath.c files/owner.c
