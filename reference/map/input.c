/* Decides how the command reads what it is given, and how a bad place in it is named. */
#include "reference/map/input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum base_status refuse(struct base_error *err, const char *path, const char *verb)
{
    return base_error_set(err, errno == ENOENT ? BASE_NOT_FOUND : BASE_IO, NULL, "cannot %s %s: %s",
                          verb, path, strerror(errno));
}

enum base_status map_lines_open(struct map_lines *lines, const char *path, struct base_error *err)
{
    lines->path = strcmp(path, "-") == 0 ? "<stdin>" : path;
    lines->number = 0;
    lines->live = strcmp(path, "-") == 0;
    lines->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    return lines->file ? BASE_OK : refuse(err, path, "open");
}

void map_lines_close(struct map_lines *lines)
{
    if (lines->file && lines->file != stdin)
        (void)fclose(lines->file);
    lines->file = NULL;
}

static bool is_blank(const struct base_buf *line)
{
    return !line->len || strspn(line->data, " \t\r") == line->len;
}

/* False when there was nothing left to read. */
static bool read_line(struct map_lines *lines, struct base_buf *line, struct base_error *err)
{
    int c;

    base_buf_clear(line);
    while ((c = getc_unlocked(lines->file)) != EOF && c != '\n') {
        if (line->len >= MAP_LINE_MAX) {
            base_ignore(base_error_set(err, BASE_TOO_LARGE, NULL,
                                       "%s:%zu: the line is longer than %u MiB", lines->path,
                                       lines->number + 1, MAP_LINE_MAX >> 20));
            return false;
        }
        base_buf_putc(line, (char)c);
    }
    lines->number++;
    if (c == EOF && ferror((FILE *)lines->file)) {
        base_ignore(refuse(err, lines->path, "read"));
        return false;
    }
    return c != EOF || line->len > 0;
}

bool map_lines_next(struct map_lines *lines, struct base_buf *line, struct base_error *err)
{
    while (read_line(lines, line, err))
        if (!is_blank(line))
            return true;
    return false;
}

enum base_status map_read_all(const char *path, struct base_buf *out, struct base_error *err)
{
    struct map_lines whole = {0};
    char block[65536];
    size_t got;
    enum base_status status = map_lines_open(&whole, path, err);

    while (status == BASE_OK && (got = fread(block, 1, sizeof block, whole.file)) > 0) {
        base_buf_append(out, block, got);
        if (out->len > MAP_LINE_MAX)
            status = base_error_set(err, BASE_TOO_LARGE, NULL, "%s is larger than %u MiB",
                                    whole.path, MAP_LINE_MAX >> 20);
    }
    if (status == BASE_OK && ferror((FILE *)whole.file))
        status = refuse(err, whole.path, "read");
    map_lines_close(&whole);
    return status;
}

bool map_take_place(char *message, int *line, int *column)
{
    char *tail = NULL;
    int end = 0;

    *line = *column = 0;
    for (char *at = message; (at = strstr(at, " Line ")) != NULL; at++)
        tail = at;
    if (!tail || sscanf(tail, " Line %d, position %d.%n", line, column, &end) != 2 || !end ||
        tail[end]) {
        *line = *column = 0;
        return false;
    }
    *tail = '\0';
    return true;
}

struct dp_token *map_read_json(struct base_arena *arena, const char *path, unsigned flags,
                               struct base_error *err)
{
    struct base_buf text = {0};
    struct base_error cause = {0};
    struct dp_token *token = NULL;
    int line, column;

    if (map_read_all(path, &text, err) != BASE_OK)
        goto done;
    token = dp_read(arena, text.len ? text.data : "", text.len, flags, &cause);
    if (token)
        goto done;
    if (map_take_place(cause.message, &line, &column))
        base_ignore(base_error_set(err, BASE_INVALID, NULL, "%s:%d:%d: %s", path, line, column,
                                   cause.message));
    else
        base_ignore(base_error_set(err, BASE_INVALID, NULL, "%s: %s", path, cause.message));
done:
    base_buf_release(&text);
    return token;
}
