/*
 * The initrd for Linux's EFI stub: EFI_LOAD_FILE2 on a handle whose device path is
 * LINUX_EFI_INITRD_MEDIA_GUID (Linux 5.8 and newer). It is written straight into the kernel's
 * buffer when the stub asks for it.
 */
#pragma once

#include "efi/layout/archive.h"

/*
 * Offers `image` followed by `archive`; both are borrowed until initrd_withdraw. One initrd at a
 * time.
 */
bool initrd_offer(struct slice image, const struct archive *archive, struct text *reason);

/* Takes the offer back; does nothing when there is none. */
void initrd_withdraw(void);
