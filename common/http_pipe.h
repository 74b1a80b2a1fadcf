/* common/http_pipe.h: for http_server.c only: turns a handler's `stream` function, which pushes,
 * into the bounded pipe that libmicrohttpd pulls from. The function runs on a thread of its own,
 * started by the first read. */
#ifndef COMMON_HTTP_PIPE_H
#define COMMON_HTTP_PIPE_H

#include "common/http.h"

#include <stdatomic.h>

#define BASE_HTTP_PIPE_MAX (64u * 1024) /* bytes waiting; a writer blocks beyond */

typedef struct base_http_pipe base_http_pipe_t;

/* Takes stream, stream_context and stream_free over from `response`. `socket` is watched for a peer
 * that left; `stopping` is the server's. Both are borrowed and must outlive the pipe. */
base_http_pipe_t *base_http_pipe_new_take(struct base_http_response *response, int socket,
                                          const atomic_bool *stopping) BASE_MUST_USE;
/* Blocks until there are bytes. Returns the count; 0 at the end, when the peer is gone or the
 * server stops. One reader. */
size_t base_http_pipe_read(base_http_pipe_t *pipe, char *out, size_t most);
/* Makes writes fail and waits for the function to return. */
void base_http_pipe_free(base_http_pipe_t *pipe);

#endif
