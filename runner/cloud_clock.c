/* Decides what time it is in a cloud that is brought up: never earlier than it was in the same folder before. */
#include "runner/cloud.h"

#include "common/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define UNSEEN_MS 1000 /* real: after a kill -9 the last moments were not noted */

static char *clock_file(const struct run_cloud *cloud);
static int64_t last_shown(const char *path);

enum base_status run_cloud_set_clock(struct run_cloud *cloud, double rate, struct base_error *err)
{
    struct base_clock wall;
    char *path = clock_file(cloud);

    base_clock_init(&wall);
    int64_t now = base_clock_ms(&wall), last = last_shown(path),
            ahead = last > now ? last - now : 0;
    char *text = base_asprintf("%.10g@%lld+%lld", rate, (long long)now, (long long)ahead);
    if (rate == 1.0 && !ahead)
        unsetenv("IOMT_CLOCK"); /* a shell that was pointed at another cloud */
    else
        setenv("IOMT_CLOCK", text, 1);
    enum base_status status = base_file_write(path, text, strlen(text), 0600, err);
    free(text);
    free(path);
    return status;
}

void run_cloud_note_time(const struct run_cloud *cloud)
{
    char *path = clock_file(cloud);

    utimensat(AT_FDCWD, path, NULL, 0);
    free(path);
}

/* Its content is the IOMT_CLOCK of the last start, its time of change is when the cloud was last seen up. */
static char *clock_file(const struct run_cloud *cloud)
{
    return base_asprintf("%s/clock", cloud->state_dir);
}

static int64_t last_shown(const char *path)
{
    struct base_buf text = {0};
    struct base_clock clock;
    struct stat about;
    int64_t shown = 0;

    if (!stat(path, &about) && base_file_read(path, &text, NULL) == BASE_OK && text.len &&
        base_clock_parse(&clock, text.data, NULL) == BASE_OK)
        shown = base_clock_at(&clock, (int64_t)about.st_mtim.tv_sec * 1000 +
                                          about.st_mtim.tv_nsec / 1000000 + UNSEEN_MS);
    base_buf_release(&text);
    return shown;
}
