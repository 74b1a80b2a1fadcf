/* common/file.h: whole files and folders. All calls block on disk. */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include "common/mem.h"

#define BASE_FILE_MAX (64u << 20) /* bytes; larger files are refused: BASE_TOO_LARGE */

/* Appends the whole file to `out`. Fails: BASE_NOT_FOUND, BASE_DENIED, BASE_TOO_LARGE, BASE_IO; the
 * sentence names the path. */
BASE_MUST_USE enum base_status base_file_read(const char *path, struct base_buf *out,
                                              struct base_error *err);
/* Writes through a temporary name and rename, so a reader sees the old or the new text, never a
 * part. */
BASE_MUST_USE enum base_status base_file_write(const char *path, const void *data, size_t len,
                                               int mode, struct base_error *err);
/* Makes the folder and its parents (mode 0700). BASE_OK when it is there already. */
BASE_MUST_USE enum base_status base_dir_make(const char *path, struct base_error *err);
/* Removes a folder with all it holds; never follows a link out of it. BASE_OK when it is gone. */
BASE_MUST_USE enum base_status base_dir_remove(const char *path, struct base_error *err);
bool base_file_exists(const char *path);

#endif
