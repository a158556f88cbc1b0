# The store: where it lies on a disk, whose it is, and the only code that writes to a disk.
store-srcs := $(addprefix store/,checkpoint.c disk.c feeder.c gpt.c head.c kept.c map.c mapper.c pen.c shelf.c verity.c)
store-needs := $(lib-srcs) efi/parse/keyvalue.c efi/parse/text.c

$(foreach test,disk kept map pen shelf verity,$(eval $(call unit-test,store/$(test),$(store-srcs) $(store-needs) $(region-srcs))))
# The power goes at each of their writes.
store-comma := ,
$(eval $(call unit-test,store/cuts,$(store-srcs) $(store-needs) $(region-srcs),-Wl$(store-comma)--wrap=pwrite))
$(eval $(call unit-test,store/checkpoint,$(store-srcs) $(store-needs) $(region-srcs),-Wl$(store-comma)--wrap=pwrite))
$(eval $(call unit-test,store/mapper,$(store-srcs) $(store-needs) $(region-srcs),-Wl$(store-comma)--wrap=ioctl))
$(eval $(call fuzz-test,store,$(store-srcs) $(store-needs) $(region-srcs)))
