/* Decides how deliveries are settled: telling the peer about its messages, and hearing about ours. */
#include "amqp/engine.h"

#include <stdlib.h>
#include <string.h>

/* -- messages that we received -- */

static void send_disposition(amqp_session_t *session, const struct amqp_settle_run *run,
                             const struct amqp_outcome *outcome, bool as_receiver)
{
    struct base_buf state = {0};
    struct amqp_disposition disposition = {
        .role = as_receiver,
        .first = run->first,
        .last = run->last == run->first ? -1 : (int64_t)run->last,
        .settled = true,
    };

    if (outcome->kind != AMQP_NO_OUTCOME)
        amqp_outcome_write(&state, outcome);
    disposition.state = amqp_raw(&state);
    amqp_send_frame(session->connection, session->channel, &amqp_shape_disposition, &disposition);
    base_buf_release(&state);
}

void amqp_settle_flush(amqp_connection_t *connection)
{
    struct amqp_settle_run run = connection->run;

    if (!run.session)
        return;
    connection->run.session = NULL;
    if (!run.session->end_sent)
        send_disposition(run.session, &run, &(struct amqp_outcome){.kind = run.kind}, true);
}

static bool is_plain(const struct amqp_outcome *outcome)
{
    return outcome->kind == AMQP_ACCEPTED || outcome->kind == AMQP_RELEASED ||
           outcome->kind == AMQP_NO_OUTCOME;
}

void amqp_link_settle(amqp_link_t *link, uint32_t id, const struct amqp_outcome *outcome)
{
    amqp_connection_t *connection = link->session->connection;
    struct amqp_settle_run *run = &connection->run;
    struct amqp_settle_run one = {
        .session = link->session, .first = id, .last = id, .kind = outcome->kind};

    if (link->session->end_sent || connection->close_sent || connection->finished)
        return;
    if (run->session == link->session && run->kind == outcome->kind && id == run->last + 1) {
        run->last = id;
        return;
    }
    amqp_settle_flush(connection);
    if (is_plain(outcome))
        *run = one;
    else
        send_disposition(link->session, &one, outcome, true);
}

void amqp_link_accept_delivery(amqp_link_t *link, uint32_t id)
{
    amqp_link_settle(link, id, &(struct amqp_outcome){.kind = AMQP_ACCEPTED});
}

void amqp_link_reject(amqp_link_t *link, uint32_t id, const char *condition,
                      const char *description)
{
    struct amqp_outcome outcome = {.kind = AMQP_REJECTED,
                                   .error = amqp_error_of(condition, description)};

    amqp_link_settle(link, id, &outcome);
}

/* -- messages that we sent -- */

bool amqp_unsettled_room(amqp_session_t *session)
{
    size_t most = session->connection->config.max_unsettled;
    bool room = session->unsettled_live < most &&
                session->unsettled_len - session->unsettled_head < 4 * most;

    if (!room)
        session->unsettled_full = true;
    return room;
}

void amqp_unsettled_add(amqp_session_t *session, uint32_t id, amqp_link_t *link, uint64_t cookie)
{
    if (session->unsettled_len == session->unsettled_cap) {
        session->unsettled_cap = session->unsettled_cap ? 2 * session->unsettled_cap : 64;
        session->unsettled =
            base_realloc(session->unsettled, session->unsettled_cap * sizeof *session->unsettled);
    }
    session->unsettled[session->unsettled_len++] = (struct amqp_unsettled){id, link, cookie};
    session->unsettled_live++;
}

/* Gives back the room of forgotten entries at the front. Not while somebody walks the entries. */
static void trim(amqp_session_t *session)
{
    size_t head = session->unsettled_head, len = session->unsettled_len;

    while (head < len && !session->unsettled[head].link)
        head++;
    if (head == len)
        head = len = 0;
    if (head > 256 && head > len / 2) {
        memmove(session->unsettled, session->unsettled + head,
                (len - head) * sizeof *session->unsettled);
        len -= head;
        head = 0;
    }
    session->unsettled_head = head;
    session->unsettled_len = len;
}

void amqp_unsettled_forget(amqp_link_t *link)
{
    amqp_session_t *session = link->session;

    for (size_t i = session->unsettled_head; i < session->unsettled_len; i++) {
        if (session->unsettled[i].link != link)
            continue;
        session->unsettled[i].link = NULL;
        session->unsettled_live--;
    }
    trim(session);
}

/* Index of the first entry that is not before `id` (ids are serial numbers: RFC 1982). */
static size_t lower_bound(const amqp_session_t *session, uint32_t id)
{
    size_t low = session->unsettled_head, high = session->unsettled_len;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((int32_t)(session->unsettled[middle].id - id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void settle_one(amqp_session_t *session, size_t index, const struct amqp_outcome *outcome)
{
    const amqp_connection_t *connection = session->connection;
    struct amqp_unsettled entry = session->unsettled[index];

    if (!entry.link)
        return;
    session->unsettled[index].link = NULL;
    session->unsettled_live--;
    if (connection->handlers->outcome && !entry.link->detach_sent)
        connection->handlers->outcome(connection->context, entry.link, entry.cookie, outcome);
}

/* Callbacks may send more, which appends entries: walk by index, look at the array anew each time. */
static void settle_range(amqp_session_t *session, uint32_t first, uint32_t last,
                         const struct amqp_outcome *outcome)
{
    for (size_t i = lower_bound(session, first);
         i < session->unsettled_len && (int32_t)(last - session->unsettled[i].id) >= 0; i++)
        settle_one(session, i, outcome);
    trim(session);
    if (!session->unsettled_full ||
        session->unsettled_live > session->connection->config.max_unsettled / 2)
        return;
    session->unsettled_full = false;
    if (!session->end_sent)
        amqp_session_kick(session);
}

void amqp_disposition_got(amqp_session_t *session, const struct amqp_value *list)
{
    amqp_connection_t *connection = session->connection;
    struct base_error *fault = &connection->fault;
    struct amqp_disposition disposition;
    struct amqp_outcome outcome;

    if (amqp_shape_read(&amqp_shape_disposition, list, &disposition, fault) ||
        amqp_outcome_read(&disposition.state, &outcome, fault)) {
        amqp_connection_fail(connection, fault->code, "%s", fault->message);
        return;
    }
    bool final = disposition.settled || outcome.kind >= AMQP_ACCEPTED;
    if (!disposition.role || !final)
        return; /* a sender about its own messages, which we keep no record of; or no verdict yet */
    struct amqp_settle_run run = {.first = disposition.first,
                                  .last = disposition.last < 0 ? disposition.first
                                                               : (uint32_t)disposition.last};
    settle_range(session, run.first, run.last, &outcome);
    if (!disposition.settled && !session->end_sent && outcome.kind != AMQP_UNKNOWN_OUTCOME)
        send_disposition(session, &run, &outcome, false);
}
