# The region format: compiled into everything that reads or writes one.
region-srcs := region/bootline.c region/crc32c.c region/names.c region/reader.c region/sha256.c \
	region/sha256_x86.c region/uuid.c region/writer.c

$(eval $(call unit-test,region/hash,$(region-srcs)))
$(eval $(call unit-test,region/log,$(region-srcs)))
$(eval $(call unit-test,region/bootline,$(region-srcs)))
