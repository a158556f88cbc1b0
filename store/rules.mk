# The store: where it lies on a disk, whose it is, and the only code that writes to a disk.
store-srcs := $(addprefix store/,disk.c gpt.c head.c map.c pen.c)

$(foreach test,disk map pen,$(eval $(call unit-test,store/$(test),$(store-srcs) $(lib-srcs))))
$(eval $(call fuzz-test,store,$(store-srcs) $(lib-srcs)))
