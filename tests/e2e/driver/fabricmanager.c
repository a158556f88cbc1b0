/*
 * A stand-in for NVIDIA's nv-fabricmanager: it reads the settings that it is started with, opens
 * the nodes of the stand-in of the kernel module, says in its log what it does, and goes into the
 * background. STANDIN=hangs in the settings makes it wait in the foreground for ever. Two seconds
 * after it is ready it "registers the GPUs": until then the stand-in of libcuda says 802.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REGISTERED "/run/nvidia-fabricmanager/registered"

extern const char standin_version[];
const char standin_version[] = "1.2.3";

static char log_name[256] = "", daemonize[8] = "", standin[32] = "";
static FILE *record;

static void keep(const char *line, const char *key, char *value, size_t size)
{
        size_t length = strlen(key);

        if (strncmp(line, key, length) == 0 && line[length] == '=')
                snprintf(value, size, "%.*s", (int)strcspn(line + length + 1, "\n"),
                        line + length + 1);
}

static bool read_settings(const char *path)
{
        FILE *file = fopen(path, "re");
        char line[512];

        while (file && fgets(line, sizeof(line), file)) {
                keep(line, "LOG_FILE_NAME", log_name, sizeof(log_name));
                keep(line, "DAEMONIZE", daemonize, sizeof(daemonize));
                keep(line, "STANDIN", standin, sizeof(standin));
        }
        return file && strcmp(daemonize, "1") == 0;
}

static void leave(int signal)
{
        static const char words[] = "ended by SIGTERM\n";

        (void)signal;
        _exit(write(fileno(record), words, sizeof(words) - 1) < 0);
}

static int refuse(const char *what)
{
        fprintf(stderr, "%s: the stand-in of Fabric Manager refuses\n", what);
        return 1;
}

int main(int argc, char **argv)
{
        if (argc != 3 || strcmp(argv[1], "-c") != 0 || !read_settings(argv[2]))
                return refuse("settings");
        record = fopen(log_name, "ae");
        if (!record)
                return refuse(log_name);
        setvbuf(record, NULL, _IONBF, 0);
        if (open("/dev/nvidia-nvswitchctl", O_RDWR) < 0 ||
                open("/dev/nvidia-nvswitch0", O_RDWR) < 0)
                return refuse("/dev/nvidia-nvswitch*");
        fprintf(record, "stand-in %s: the NVSwitch is set up\n", standin_version);
        if (strcmp(standin, "hangs") == 0)
                pause();
        if (fork() != 0)
                return 0;
        setsid();
        signal(SIGTERM, leave);
        sleep(2);
        fclose(fopen(REGISTERED, "we"));
        for (;;)
                pause();
}
