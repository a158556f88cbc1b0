#include "efi/firmware/helpers.h"

#include "efi/firmware/firmware.h"

#define PROCESSOR_IS_BSP  1u
#define PROCESSOR_ENABLED 2u
#define PROCESSOR_HEALTHY 4u

/* EFI_PROCESSOR_INFORMATION; later specifications add to its end. */
struct processor {
        UINT64 id;
        UINT32 status;
        UINT32 place[9];
        UINT64 more[8];
};

struct mp_services {
        EFI_STATUS(EFIAPI *count)(struct mp_services *this, UINTN *all, UINTN *enabled);
        EFI_STATUS(EFIAPI *describe)
        (struct mp_services *this, UINTN number, struct processor *ret_processor);
        void *start_all;
        EFI_STATUS(EFIAPI *start)
        (struct mp_services *this, void(EFIAPI *main)(void *context), UINTN number, EFI_EVENT ended,
                UINTN microseconds, void *context, BOOLEAN *finished);
        void *switch_bsp, *enable, *who_am_i;
};

static struct mp_services *find_services(void)
{
        static EFI_GUID id = { 0x3fdda605, 0xa76e, 0x4f46,
                { 0xad, 0x29, 0x12, 0xf4, 0x53, 0x1b, 0x3d, 0x08 } };
        void *services;

        if (EFI_ERROR(firmware.boot->LocateProtocol(&id, NULL, &services)))
                return NULL;
        return services;
}

static bool is_free(struct mp_services *services, UINTN number)
{
        const UINT32 wanted = PROCESSOR_ENABLED | PROCESSOR_HEALTHY;
        struct processor processor = { 0 };

        return !EFI_ERROR(services->describe(services, number, &processor)) &&
               (processor.status & (wanted | PROCESSOR_IS_BSP)) == wanted;
}

static bool start(struct mp_services *services, UINTN number, void(EFIAPI *main)(void *context),
        void *context, EFI_EVENT *ret_ended)
{
        EFI_EVENT ended;

        if (EFI_ERROR(firmware.boot->CreateEvent(0, 0, NULL, NULL, &ended)))
                return false;
        /* No time limit: what the firmware would do then is to reset a processor that works. */
        if (!EFI_ERROR(services->start(services, main, number, ended, 0, context, NULL))) {
                *ret_ended = ended;
                return true;
        }
        firmware.boot->CloseEvent(ended);
        return false;
}

void helpers_start(struct helpers *ret_helpers, void(EFIAPI *main)(void *context), void *context)
{
        struct mp_services *services = find_services();
        struct helpers helpers = { .count = 0 };
        UINTN all = 0, enabled;

        if (services && EFI_ERROR(services->count(services, &all, &enabled)))
                all = 0;
        for (UINTN i = 0; i < all && helpers.count < HELPERS_MAX; i++)
                if (is_free(services, i) &&
                        start(services, i, main, context, &helpers.ended[helpers.count]))
                        helpers.count++;
        *ret_helpers = helpers;
}

/* The firmware looks from time to time, and must not find that the event is gone. */
static bool wait_for(EFI_EVENT ended, unsigned int *milliseconds)
{
        while (firmware.boot->CheckEvent(ended) == EFI_NOT_READY) {
                if (*milliseconds == 0)
                        return false;
                firmware.boot->Stall(1000);
                --*milliseconds;
        }
        firmware.boot->CloseEvent(ended);
        return true;
}

bool helpers_end(struct helpers *helpers, unsigned int milliseconds)
{
        bool all = true;

        for (size_t i = 0; i < helpers->count; i++)
                all = wait_for(helpers->ended[i], &milliseconds) && all;
        helpers->count = 0;
        return all;
}
