# The region format: compiled into everything that reads or writes one.
region-srcs := $(addprefix region/,bootline.c names.c reader.c writer.c)

$(foreach test,log bootline,$(eval $(call unit-test,region/$(test),$(lib-pure-srcs) $(region-srcs))))
