/* reference/map/input.h: files and standard input of the command ("-"), read whole or line by line. Blocking. */
#ifndef REFERENCE_MAP_INPUT_H
#define REFERENCE_MAP_INPUT_H

#include "common/mem.h"
#include "reference/dataplane/reader.h"

#define MAP_LINE_MAX (64u << 20) /* bytes of one line or one whole input */

struct map_lines { /* zero-initialise; close after use */
    void *file;    /* FILE * */
    const char *path;
    size_t number; /* of the line read last, from 1 */
    bool live;     /* not a file: answers are wanted line by line */
};
/* `path` "-" is standard input; borrowed. The sentence of a failure names the path. */
BASE_MUST_USE enum base_status map_lines_open(struct map_lines *lines, const char *path,
                                              struct base_error *err);
/* The next line that is not blank, without its end, into `line`. False at the end and after a failure (then err is set). */
BASE_MUST_USE bool map_lines_next(struct map_lines *lines, struct base_buf *line,
                                  struct base_error *err);
void map_lines_close(struct map_lines *lines);

/* Appends the whole input. */
BASE_MUST_USE enum base_status map_read_all(const char *path, struct base_buf *out,
                                            struct base_error *err);
/* Reads the whole input as one JSON value with the engine's reader; NULL after a failure: "path:line:column: what". */
BASE_MUST_USE struct dp_token *map_read_json(struct base_arena *arena, const char *path,
                                             unsigned flags, struct base_error *err);
/* Takes "Line 3, position 7." off the end of a reader's sentence; false (0, 0) when it does not end so. */
bool map_take_place(char *message, int *line, int *column);

#endif
