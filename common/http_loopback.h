/* common/http_loopback.h: for http_client.c only: a call that goes to a handler of this process,
 * without a socket. */
#ifndef COMMON_HTTP_LOOPBACK_H
#define COMMON_HTTP_LOOPBACK_H

#include "common/http_client.h"

#include <stdatomic.h>

/* As base_http_send. A streamed body runs on the caller's thread, into call->on_data or
 * answer->body. */
BASE_MUST_USE enum base_status base_http_loopback(base_http_handler handler, void *context,
                                                  const struct base_http_call *call,
                                                  const atomic_bool *canceled,
                                                  struct base_http_answer *answer,
                                                  struct base_error *err);

#endif
