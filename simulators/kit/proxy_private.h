/* kit/proxy_private.h: for the proxy's own files: reading a request, looking a name up. */
#ifndef KIT_PROXY_PRIVATE_H
#define KIT_PROXY_PRIVATE_H

#include "common/mem.h"

#include <sys/socket.h>

#define SIM_PROXY_HEAD_MAX 8192 /* bytes of a request line with its headers */
#define SIM_PROXY_HOST_MAX 256
#define SIM_PROXY_ADDRESSES 8 /* of a name that are tried, in turn */

struct sim_proxy_ask {
    char host[SIM_PROXY_HOST_MAX]; /* lower case, without brackets */
    int port;
    size_t head_len; /* what follows belongs to the tunnel */
};

enum sim_proxy_verdict { SIM_PROXY_MORE, SIM_PROXY_CONNECT, SIM_PROXY_REFUSED };
/* Looks at all that came so far. SIM_PROXY_CONNECT fills `ask`; SIM_PROXY_REFUSED appends the whole answer to
 * `answer`. */
enum sim_proxy_verdict sim_proxy_read(const char *data, size_t len, struct sim_proxy_ask *ask,
                                      struct base_buf *answer);
/* Appends an answer with one line of text. */
void sim_proxy_refuse(struct base_buf *answer, int status, const char *fmt, ...) BASE_PRINTF(3, 4);

/* Name resolution on a thread of its own, since it may block for long. `wake` (an eventfd; a copy is kept) is
 * written when it is done. */
typedef struct sim_proxy_lookup sim_proxy_lookup_t;
struct sim_proxy_address {
    struct sockaddr_storage name;
    socklen_t len;
};
sim_proxy_lookup_t *sim_proxy_lookup_start(const char *host, int port, int wake) BASE_MUST_USE;
/* False while it goes on. Then: the addresses, or none and a sentence in `why`. */
bool sim_proxy_lookup_done(sim_proxy_lookup_t *lookup, struct sim_proxy_address *out, size_t *count,
                           char *why, size_t why_size);
void sim_proxy_lookup_free(
    sim_proxy_lookup_t *lookup); /* at any time; NULL is fine; never blocks */

#endif
