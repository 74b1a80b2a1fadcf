/* Decides what is said of the machine beside a figure. */
#include "tests/bench/machine.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void cpu_model(char *out, size_t size)
{
    FILE *info = fopen("/proc/cpuinfo", "re");
    char line[256];

    snprintf(out, size, "unknown CPU");
    while (info && fgets(line, sizeof line, info))
        if (!strncmp(line, "model name", 10) && strchr(line, ':')) {
            snprintf(out, size, "%s", strchr(line, ':') + 2);
            out[strcspn(out, "\n")] = '\0';
            break;
        }
    if (info)
        fclose(info);
}

void bench_machine_print(void)
{
    struct utsname os = {0};
    char model[128];

    (void)uname(&os);
    cpu_model(model, sizeof model);
    printf("machine: %s, %ld cores, %ld MiB, %s %s; gcc %s; %s\n", model,
           sysconf(_SC_NPROCESSORS_ONLN),
           (long)((double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE) / 1048576),
           os.sysname, os.release, __VERSION__, BENCH_BUILD);
}
