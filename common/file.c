/* Decides how files are read and replaced whole. */
#include "common/file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum base_status os_error(struct base_error *err, const char *verb, const char *path)
{
    enum base_status status = errno == ENOENT   ? BASE_NOT_FOUND
                              : errno == EACCES ? BASE_DENIED
                                                : BASE_IO;
    return base_error_set(err, status, NULL, "cannot %s %s: %s", verb, path, strerror(errno));
}

enum base_status base_file_read(const char *path, struct base_buf *out, struct base_error *err)
{
    enum base_status status = BASE_OK;
    struct stat about;
    size_t total = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return os_error(err, "read", path);
    if (fstat(fd, &about) == 0 && S_ISDIR(about.st_mode)) {
        status = base_error_set(err, BASE_INVALID, NULL, "cannot read %s: it is a folder", path);
        goto done;
    }
    for (;;) {
        base_buf_reserve(out, 65536);
        ssize_t got = read(fd, out->data + out->len, 65536);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            status = os_error(err, "read", path);
            goto done;
        }
        out->len += (size_t)got;
        out->data[out->len] = '\0';
        total += (size_t)got;
        if (!got)
            break;
        if (total > BASE_FILE_MAX) {
            status = base_error_set(err, BASE_TOO_LARGE, NULL, "%s is larger than %u MiB", path,
                                    BASE_FILE_MAX >> 20);
            goto done;
        }
    }
done:
    close(fd);
    return status;
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t put = write(fd, data, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        data += put;
        len -= (size_t)put;
    }
    return true;
}

enum base_status base_file_write(const char *path, const void *data, size_t len, int mode,
                                 struct base_error *err)
{
    enum base_status status = BASE_OK;
    char *temporary = base_asprintf("%s.XXXXXX", path);
    int fd = mkostemp(temporary, O_CLOEXEC);

    if (fd < 0) {
        status = os_error(err, "write", path);
        free(temporary);
        return status;
    }
    if (fchmod(fd, (mode_t)mode) || !write_all(fd, data, len) || rename(temporary, path)) {
        status = os_error(err, "write", path);
        unlink(temporary);
    }
    close(fd);
    free(temporary);
    return status;
}

enum base_status base_dir_make(const char *path, struct base_error *err)
{
    enum base_status status = BASE_OK;
    struct stat about;
    char *copy = base_strdup(path);

    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0700) && errno != EEXIST) {
            status = os_error(err, "make the folder", copy);
            goto done;
        }
        *slash = '/';
    }
    if (mkdir(copy, 0700) && errno != EEXIST)
        status = os_error(err, "make the folder", path);
    else if (stat(path, &about) || !S_ISDIR(about.st_mode))
        status = base_error_set(err, BASE_INVALID, NULL, "%s is not a folder", path);
    else if (access(path, R_OK | W_OK | X_OK))
        status = os_error(err, "use the folder", path);
done:
    free(copy);
    return status;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    return remove(path);
}

enum base_status base_dir_remove(const char *path, struct base_error *err)
{
    if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) && errno != ENOENT)
        return os_error(err, "remove", path);
    return BASE_OK;
}

bool base_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
