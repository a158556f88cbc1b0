#include "rehearsal/execute/thread.h"

#include <stdarg.h>
#include <stdio.h>

bool thread_fault(
        struct thread *thread, const struct insn *insn, CUresult error, const char *format, ...)
{
        struct launch *launch = thread->block->launch;
        const uint32_t *block = thread->block->id, *tid = thread->tid;
        va_list arguments;

        if (launch->error != CUDA_SUCCESS)
                return true;
        launch->error = error;
        if (launch->is_quiet)
                return true;
        fprintf(stderr,
                "forestage rehearsal: kernel %s, PTX line %u, block (%u,%u,%u), thread "
                "(%u,%u,%u): ",
                launch->kernel->name, insn->line, block[0], block[1], block[2], tid[0], tid[1],
                tid[2]);
        va_start(arguments, format);
        vfprintf(stderr, format, arguments);
        va_end(arguments);
        fputc('\n', stderr);
        return true;
}
