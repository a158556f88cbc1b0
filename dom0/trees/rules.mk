# Trees of files that jobs read from the store: which ones a job folder names, and the images of them.
dom0-trees-srcs := $(addprefix dom0/trees/,treeimage.c trees.c)
