#include "jobs/room.h"

#include <string.h>

#include "jobs/argument.h"

uint64_t room_of_job(const struct job *job, bool has_device)
{
        uint64_t bytes = ROOM_ENTRY_BYTES;

        /* No line of a job file has a control character: JSON makes two bytes of one at most. */
        if (job->description)
                bytes += 2 * strlen(job->description);
        if (job->sweep)
                bytes += job->sweep->json_bytes;
        if (job->type == JOB_CHECK && has_device)
                bytes += ROOM_CHECK_BYTES;
        for (size_t i = 0; i < job->kernel.arguments; i++) {
                if (argument_is_output(&job->kernel.argument[i]))
                        bytes += ROOM_OUTPUT_BYTES;
        }
        return bytes;
}
