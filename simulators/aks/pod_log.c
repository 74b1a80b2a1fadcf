/* Decides where the output of containers goes, and how much of it is kept. */
#include "simulators/aks/pod_run.h"

#include "common/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MAX (16 << 20) /* bytes of one run; then its older half goes */

static void cut(const char *path);

char *aks_log_path(const struct aks *aks, const char *ns, const char *pod, const char *container,
                   bool previous)
{
    return base_asprintf("%s/%s_%s_%s%s.log", aks->log_dir, ns, pod, container,
                         previous ? ".previous" : "");
}

int aks_log_open(const struct aks_pod_run *run, const struct aks_container *container)
{
    char *path = aks_log_path(run->aks, run->ns, run->name, container->name, false);
    char *previous = aks_log_path(run->aks, run->ns, run->name, container->name, true);

    if (container->restarts > 0)
        (void)rename(path, previous);
    else
        (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    free(path);
    free(previous);
    return fd;
}

void aks_log_limit(const struct aks_pod_run *run, const struct aks_container *container)
{
    char *path = aks_log_path(run->aks, run->ns, run->name, container->name, false);
    struct stat state;

    if (!stat(path, &state) && state.st_size > LOG_MAX)
        cut(path);
    free(path);
}

void aks_log_forget_strangers(struct aks *aks)
{
    DIR *folder = opendir(aks->log_dir);

    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        bool known = !base_ends_nocase(entry->d_name, ".log");
        for (size_t c = 0; c < aks->cluster_count && !known; c++) {
            const struct aks_table *pods = &aks->clusters[c]->tables[AKS_POD];
            for (size_t i = 0; i < pods->count && !known; i++) {
                char *start =
                    base_asprintf("%s_%s_", pods->items[i]->namespace, pods->items[i]->name);
                known = strncmp(entry->d_name, start, strlen(start)) == 0;
                free(start);
            }
        }
        if (!known)
            (void)unlinkat(dirfd(folder), entry->d_name, 0);
    }
    if (folder)
        closedir(folder);
}

/* In place, because the process holds the file open for appending. */
static void cut(const char *path)
{
    static const char note[] = "[older lines were dropped here]\n";
    struct base_buf text = {0};
    struct base_error err = {0};

    if (base_file_read(path, &text, &err) == BASE_OK) {
        const char *half = memchr(text.data + text.len / 2, '\n', text.len - text.len / 2);
        int fd = open(path, O_WRONLY | O_TRUNC | O_APPEND | O_CLOEXEC);
        if (fd >= 0 && half) {
            (void)!write(fd, note, sizeof note - 1);
            (void)!write(fd, half + 1, text.len - (size_t)(half + 1 - text.data));
        }
        if (fd >= 0)
            close(fd);
    }
    base_buf_release(&text);
}
