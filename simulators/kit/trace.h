/* kit/trace.h: every exchange of the world: caller, time, request, answer, secrets masked. Kept in
 * memory (the newest 20,000) and, with a state folder, in trace.ndjson there. Thread-safe. */
#ifndef KIT_TRACE_H
#define KIT_TRACE_H

#include "simulators/kit/world.h"

struct sim_exchange {
    const char *service; /* "arm", "eventhub", ... */
    const char *caller;  /* name of the principal, of the simulator, or "anonymous" */
    const char *method;  /* HTTP method, or the AMQP verb: "attach", "put-token", "transfer" */
    const char *url;     /* scheme, host, path and query; secrets in queries are masked here */
    int status;          /* HTTP status; AMQP: 200, or the nearest status of the refusal */
    int64_t started_ms;  /* clock */
    double took_ms;
    const char *request, *answer; /* bodies; NULL for none; masked and cut to 4 KiB here */
    const char
        *correlation;  /* x-ms-correlation-request-id or x-ms-client-request-id; NULL for none */
    const char *call;  /* the service's name of it, "keyvault.SetSecret"; NULL for none */
    const char *fault; /* what struck it (kit/fault.h); NULL for nothing */
};
/* A handler that knows who asks better than the bearer token tells (a token request, a cluster's own credential) says so here; the
 * name goes into the trace and not to the client. */
void sim_trace_caller(struct base_http_response *response, const char *name);

void sim_trace_add(sim_world_t *world, const struct sim_exchange *exchange);
/* The exchanges after sequence number `after`, oldest first, at most `most`: an array of
 * {seq,time,service,caller,call?,method,url,status,tookMs,fault?,request?,answer?,correlationId?}. */
cJSON *sim_trace_after(sim_world_t *world, int64_t after, size_t most) BASE_MUST_USE;
/* Masks JSON members and form fields that hold secrets (tokens, keys, passwords, connection
 * strings, kubeconfigs, PFX); appends to `out`. */
void sim_mask(const char *body, struct base_buf *out);

#endif
