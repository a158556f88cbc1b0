# PID 1 of dom0's initrd for a moment, in a trial: static, for no library is there yet.
guard-srcs := guard/seconds.c guard/watchdog.c

build-targets += $(BUILD)/guard/forestage-guard
$(BUILD)/guard/forestage-guard: $(call objects,obj,guard/main.c $(guard-srcs) lib/number.c)
	$(call say,LD)
	@mkdir -p $(@D)
	$(CC) -static -o $@ $^

$(eval $(call unit-test,guard/seconds,guard/seconds.c lib/number.c))
