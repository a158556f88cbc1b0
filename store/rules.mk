# The store: where it lies on a disk, whose it is, and the only code that writes to a disk.
store-srcs := $(addprefix store/,disk.c gpt.c head.c kept.c map.c pen.c)
store-needs := $(lib-srcs) efi/parse/keyvalue.c efi/parse/text.c

$(foreach test,disk kept map pen,$(eval $(call unit-test,store/$(test),$(store-srcs) $(store-needs))))
$(eval $(call fuzz-test,store,$(store-srcs) $(store-needs)))
