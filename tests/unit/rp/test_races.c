/* WS-02 in every interleaving: connectors of one workspace that are made and removed at the same time never leave a connector without a
 * namespace, nor a namespace without a connector; also when a worker dies at any point, or falls asleep there and wakes up too late.
 *
 * Each operation is done by a worker thread of its own with a database handle of its own; one baton says whose turn it is. A worker stops before
 * each call to Event Hubs and before each transaction and look at the intents: between two stops nobody else moves. From the same start, runs
 * follow all choices of who goes on, depth first; a state seen before (database, world, and where each worker stands with what answers) is
 * not followed again, and where a worker's next stretch touched nothing that is shared (holdings, the namespace's intent, Event Hubs), the order
 * of that stretch and the others' does not matter: only one is followed. The commands are the worker's own, cut to the steps that share the namespace: all others of a connector touch only what
 * is its own. */
#include "rp_test.h"

#include "reference/rp/provisioning/provisioning.h"
#include "reference/rp/worker/command.h"
#include "common/crypto.h"
#include "common/file.h"

#include <pthread.h>

#define WORKSPACE "{\"location\":\"westus2\",\"properties\":{}}"
#define ACTORS_MAX 3
#define DEPTH_MAX 400
#define STATES_MAX (1u << 20)
#define LOCAL_MAX (1u << 16)
#define CRASH 8 /* added to an actor's number: it dies where it stands */

static const struct rp_step MAKE[] = {{"namespace", "the namespace", rp_namespace_ensure},
                                      {"hub", "the hub", rp_hub_ensure}};
static const struct rp_step REMOVE[] = {{"teardown", "all", rp_teardown}};
static const struct rp_command CUT[] = {{"connector.create", MAKE, 2},
                                        {"connector.delete", REMOVE, 1, .removes = true}};

struct actor { /* one worker, bound to one operation */
    pthread_t thread;
    struct rp_world world;
    char operation[BASE_UUID_TEXT];
    bool done, crashed, quiet; /* quiet: it stops nowhere any more in this turn */
    bool shared;               /* since it went on it touched what others touch */
    char at[160];              /* where it stands */
    int stops;                 /* in this turn */
    uint64_t heard;            /* hash of the statements and answers of this turn */
};
static struct race {
    struct test_world *w;
    base_db_t *control;
    cJSON *start; /* things of the made-up Azure */
    struct actor actors[ACTORS_MAX];
    int count;
    bool crashes, draining;
    /* the baton */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    int turn; /* actor that runs; -1: the driver */
    /* the search */
    uint64_t *seen;
    uint64_t
        local[LOCAL_MAX]; /* where a worker stood before a stretch that touched nothing shared */
    size_t states, runs, ends, depth;
    int path[DEPTH_MAX], left[DEPTH_MAX][2 * ACTORS_MAX], left_count[DEPTH_MAX];
} race = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};
static _Thread_local struct actor *self;

static const struct rp_command *find_cut(const char *kind)
{
    for (size_t i = 0; i < sizeof CUT / sizeof *CUT; i++)
        if (!strcmp(CUT[i].kind, kind))
            return &CUT[i];
    return rp_command_find(kind);
}

static uint64_t mix(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return (hash ^ 255) * 1099511628211u;
}

/* --- the baton --- */

static void pass_locked(int to)
{
    race.turn = to;
    pthread_cond_broadcast(&race.moved);
}

static void await_locked(int number)
{
    while (race.turn != number)
        pthread_cond_wait(&race.moved, &race.lock);
}

static int number_of(const struct actor *actor)
{
    return (int)(actor - race.actors);
}

/* A worker stops, until it is chosen again. */
static void stop(const char *where)
{
    if (!self || self->quiet)
        return;
    pthread_mutex_lock(&race.lock);
    snprintf(self->at, sizeof self->at, "%s", where);
    pass_locked(-1);
    await_locked(number_of(self));
    self->stops++;
    pthread_mutex_unlock(&race.lock);
}

static void give_baton(int number)
{
    pthread_mutex_lock(&race.lock);
    pass_locked(number);
    await_locked(-1);
    pthread_mutex_unlock(&race.lock);
}

/* --- where workers stop --- */

static bool is_shared(sqlite3_stmt *statement, const char *sql)
{
    if (strstr(sql, "holding") || !strncmp(sql, "UPDATE intent", 13))
        return true;
    if (!strstr(sql, "intent"))
        return false;
    char *text = sqlite3_expanded_sql(statement);
    bool shared = strstr(text, "'eventhub.namespace'") != NULL;
    sqlite3_free(text);
    return shared;
}

static int on_statement(unsigned kind, void *context, void *statement, void *sql)
{
    bool inside = !sqlite3_get_autocommit(sqlite3_db_handle(statement));

    (void)kind, (void)context;
    if (!strncmp(sql, "BEGIN", 5) || (!inside && strstr(sql, "FROM intent")))
        stop(sql);
    if (!self)
        return 0;
    self->heard = mix(self->heard, sql);
    self->shared |= is_shared(statement, sql);
    return 0;
}

static int on_open(sqlite3 *db, char **message, const struct sqlite3_api_routines *api)
{
    (void)message, (void)api;
    sqlite3_exec(db, "PRAGMA synchronous=OFF", NULL, NULL, NULL);
    sqlite3_trace_v2(db, SQLITE_TRACE_STMT, on_statement, NULL);
    return SQLITE_OK;
}

/* The dead do nothing: their calls never arrive. */
static void on_call(void *context, const struct base_http_request *request,
                    struct base_http_response *response)
{
    struct actor *actor = context;
    char label[160], status[16];

    snprintf(label, sizeof label, "%s %.140s", request->method, request->path);
    stop(label);
    actor->shared |= strstr(request->path, "Microsoft.EventHub") != NULL;
    if (actor->crashed) {
        response->drop = true;
        return;
    }
    fake_handle(&race.w->fake, request, response);
    free(race.w->fake.trace[--race.w->fake.traced]);
    snprintf(status, sizeof status, "%d", response->status);
    actor->heard = mix(mix(actor->heard, status), response->body.data);
}

static void *run_actor(void *context)
{
    struct rp_kubeconfigs kubeconfigs = {0};

    self = context;
    const struct rp_turn turn_of = {.world = &self->world,
                                    .owner = self->operation,
                                    .kubeconfigs = &kubeconfigs,
                                    .find = find_cut};
    pthread_mutex_lock(&race.lock);
    await_locked(number_of(self));
    pthread_mutex_unlock(&race.lock);
    do {
        self->stops = 0;
        self->heard = 0;
        self->crashed = false;
        self->quiet = race.draining;
    } while (rp_worker_turn(&turn_of));
    pthread_mutex_lock(&race.lock);
    self->done = true;
    snprintf(self->at, sizeof self->at, "done");
    pass_locked(-1);
    pthread_mutex_unlock(&race.lock);
    return NULL;
}

/* --- one run --- */

static void sql(const char *text, const char *argument)
{
    struct base_error err = {0};

    if (base_db_run(race.control, NULL, &err, text, argument ? "t" : "", argument) != BASE_OK)
        fail_msg("%s: %s", text, err.message);
}

static const char *const TABLES[] = {"operation", "intent", "holding", "resource"};

static void keep_start(void)
{
    char text[128];

    sql("ATTACH ':memory:' AS start", NULL);
    for (size_t i = 0; i < 4; i++) {
        snprintf(text, sizeof text, "CREATE TABLE start.%s AS SELECT * FROM main.%s", TABLES[i],
                 TABLES[i]);
        sql(text, NULL);
    }
    race.start = cJSON_Duplicate(race.w->fake.things, true);
}

static void back_to_start(void)
{
    char text[128];

    assert_int_equal(base_db_begin(race.control, NULL), BASE_OK);
    sql("PRAGMA defer_foreign_keys=ON", NULL);
    for (size_t i = 0; i < 4; i++) {
        snprintf(text, sizeof text, "DELETE FROM main.%s", TABLES[i]);
        sql(text, NULL);
        snprintf(text, sizeof text, "INSERT INTO main.%s SELECT * FROM start.%s", TABLES[i],
                 TABLES[i]);
        sql(text, NULL);
    }
    assert_int_equal(base_db_commit(race.control, NULL), BASE_OK);
    cJSON_Delete(race.w->fake.things);
    race.w->fake.things = cJSON_Duplicate(race.start, true);
}

/* The chosen one's operation is due, no other: so each worker keeps to its own. */
static void go_on(int choice)
{
    struct actor *actor = &race.actors[choice % CRASH];

    actor->shared = false;
    sql("UPDATE operation SET due_ms=CASE id WHEN ? THEN 0 ELSE 9e15 END", actor->operation);
    if (choice >= CRASH) { /* it wakes up in a world where its lease is another's */
        sql("UPDATE operation SET epoch=epoch+1, lease_until_ms=0, lease_owner=NULL WHERE id=?",
            actor->operation);
        actor->crashed = actor->quiet = true;
    }
    give_baton(number_of(actor));
}

static uint64_t hash_rows(uint64_t hash, const char *query)
{
    struct base_db_statement row;

    assert_int_equal(base_db_query(race.control, &row, NULL, query, ""), BASE_OK);
    while (base_db_next(&row, NULL))
        for (int i = 0; i < sqlite3_column_count(row.stmt); i++)
            hash = mix(hash, base_db_text(&row, i));
    base_db_done(&row);
    return hash;
}

static uint64_t fingerprint(bool crashed)
{
    const cJSON *thing;
    char stops[32];
    uint64_t hash = crashed ? 3 : 7;

    hash = hash_rows(hash, "SELECT id, status, step, attempts FROM operation ORDER BY seq");
    hash = hash_rows(hash, "SELECT key, state, operation, metadata FROM resource ORDER BY key");
    hash = hash_rows(hash, "SELECT owner, kind, slot, target, pending, state FROM intent ORDER BY "
                           "owner, seq");
    hash = hash_rows(hash, "SELECT thing, holder FROM holding ORDER BY thing, holder");
    cJSON_ArrayForEach(thing, race.w->fake.things) if (strstr(thing->string, "microsoft.eventhub"))
        hash = mix(hash, thing->string);
    for (int i = 0; i < race.count; i++) {
        const struct actor *actor = &race.actors[i];
        snprintf(stops, sizeof stops, "%d %llx", actor->stops, (unsigned long long)actor->heard);
        hash = mix(mix(hash, actor->at), stops);
    }
    return hash ? hash : 1;
}

/* True when it is new. */
static bool note(uint64_t state)
{
    size_t at = state % STATES_MAX;

    while (race.seen[at] && race.seen[at] != state)
        at = (at + 1) % STATES_MAX;
    if (race.seen[at])
        return false;
    race.seen[at] = state;
    race.states++;
    assert_true(race.states < STATES_MAX / 2);
    return true;
}

static int64_t number(const char *query)
{
    struct base_db_statement row;
    int64_t found = -1;

    assert_int_equal(base_db_query(race.control, &row, NULL, query, ""), BASE_OK);
    if (base_db_next(&row, NULL))
        found = base_db_int(&row, 0);
    base_db_done(&row);
    return found;
}

static int things(const char *match, bool inside)
{
    const cJSON *thing;
    int count = 0;

    cJSON_ArrayForEach(thing, race.w->fake.things)
    {
        const char *at = strstr(thing->string, match);
        count += at && (strchr(at + strlen(match), '/') != NULL) == inside;
    }
    return count;
}

static void print_path(void)
{
    for (size_t i = 0; i < race.depth; i++)
        fprintf(stderr, "%d ", race.path[i]);
    fprintf(stderr, "\n");
}

/* What must be true when all has ended. */
static void judge(void)
{
    int64_t live = number("SELECT count(*) FROM resource WHERE type=1"),
            good = number("SELECT count(*) FROM resource WHERE type=1 AND state='Succeeded'"),
            running = number("SELECT count(*) FROM operation WHERE status='InProgress'"),
            held = number("SELECT count(*) FROM holding");
    int namespaces = things("microsoft.eventhub/namespaces/", false),
        hubs = things("/eventhubs/", false);

    race.ends++;
    bool right =
        !running && live == good && held == live && namespaces == (live > 0) && hubs == live;
    struct base_db_statement row;
    assert_int_equal(base_db_query(race.control, &row, NULL,
                                   "SELECT json_extract(metadata, '$.eventHubNamespace.id') FROM "
                                   "resource WHERE type=1",
                                   ""),
                     BASE_OK);
    while (base_db_next(&row, NULL)) {
        char *key = base_asprintf("management.azure.com%s", base_db_text(&row, 0));
        base_lower(key);
        right = right && cJSON_GetObjectItemCaseSensitive(race.w->fake.things, key);
        free(key);
    }
    base_db_done(&row);
    if (right)
        return;
    print_path();
    fail_msg("%lld connectors, %lld Succeeded, %lld operations run, %lld hold, %d namespaces, %d "
             "hubs",
             (long long)live, (long long)good, (long long)running, (long long)held, namespaces,
             hubs);
}

/* Where a worker stands, and what it will do from there as long as nobody else does anything that it reads. */
static uint64_t stretch_of(const struct actor *actor)
{
    char stops[40];

    snprintf(stops, sizeof stops, "%d %d %llx", number_of(actor), actor->stops,
             (unsigned long long)actor->heard);
    return mix(mix(7, actor->at), stops);
}

/* A local stretch first; then nobody else needs to be tried here. */
static int local_actor(void)
{
    for (int i = 0; i < race.count; i++) {
        uint64_t stretch = stretch_of(&race.actors[i]);
        if (!race.actors[i].done && race.local[stretch % LOCAL_MAX] == stretch)
            return i;
    }
    return -1;
}

/* Who may go on, or die, here. */
static int choices(bool crashed, int out[2 * ACTORS_MAX])
{
    int count = 0;

    for (int i = race.count - 1; i >= 0; i--) {
        const struct actor *actor = &race.actors[i];
        if (!actor->done && race.crashes && !crashed && actor->stops > 0)
            out[count++] = i + CRASH;
    }
    int local = local_actor();
    for (int i = race.count - 1; i >= 0; i--)
        if (!race.actors[i].done && (local < 0 || i == local))
            out[count++] = i;
    return count;
}

static void start_actors(void)
{
    race.turn = -1;
    race.draining = false;
    for (int i = 0; i < race.count; i++) {
        struct actor *actor = &race.actors[i];
        actor->done = actor->crashed = actor->quiet = false;
        actor->stops = 0;
        actor->heard = 0;
        snprintf(actor->at, sizeof actor->at, "start");
        assert_int_equal(pthread_create(&actor->thread, NULL, run_actor, actor), 0);
    }
}

/* Those that are left go to their end without stopping: nobody looks any more. */
static void drain(void)
{
    race.draining = true;
    for (int i = 0; i < race.count; i++) {
        race.actors[i].quiet = true;
        if (!race.actors[i].done) {
            sql("UPDATE operation SET due_ms=CASE id WHEN ? THEN 0 ELSE 9e15 END",
                race.actors[i].operation);
            sql("UPDATE operation SET status='Failed', epoch=epoch+1 WHERE id=?",
                race.actors[i].operation);
            give_baton(i);
        }
        pthread_join(race.actors[i].thread, NULL);
    }
}

static bool any_left(void)
{
    for (int i = 0; i < race.count; i++)
        if (!race.actors[i].done)
            return true;
    return false;
}

/* What was chosen was local: of the alternatives only deaths are worth trying. */
static void keep_deaths(size_t at)
{
    int kept = 0;

    for (int i = 0; i < race.left_count[at]; i++)
        if (race.left[at][i] >= CRASH)
            race.left[at][kept++] = race.left[at][i];
    race.left_count[at] = kept;
}

/* Follows race.path for `prefix` choices, then the first choice each, until a known state or the end. */
static void run(size_t prefix)
{
    bool crashed = false, known = false;

    back_to_start();
    start_actors();
    for (race.depth = 0; any_left() && !known;) {
        assert_true(race.depth < DEPTH_MAX);
        size_t at = race.depth;
        if (at >= prefix) {
            known = !note(fingerprint(crashed));
            if (known)
                break;
            race.left_count[at] = choices(crashed, race.left[at]);
            race.path[at] = race.left[at][--race.left_count[at]];
        }
        crashed |= race.path[at] >= CRASH;
        uint64_t stretch = stretch_of(&race.actors[race.path[at] % CRASH]);
        go_on(race.path[at]);
        if (race.path[at] < CRASH && !race.actors[race.path[at]].shared) {
            race.local[stretch % LOCAL_MAX] = stretch;
            keep_deaths(at);
        }
        race.depth++;
    }
    if (!known)
        judge();
    drain();
    race.runs++;
}

static void search(const char *title)
{
    memset(race.seen, 0, STATES_MAX * sizeof *race.seen);
    memset(race.local, 0, sizeof race.local);
    race.states = race.runs = race.ends = 0;
    run(0);
    for (;;) {
        while (race.depth > 0 && !race.left_count[race.depth - 1])
            race.depth--;
        if (!race.depth)
            break;
        size_t at = race.depth - 1;
        race.path[at] = race.left[at][--race.left_count[at]];
        run(race.depth);
    }
    print_message("%s%s: %zu states, %zu runs, %zu of them to an end\n", title,
                  race.crashes ? ", one worker dies" : "", race.states, race.runs, race.ends);
}

/* --- the starts --- */

static void settle_cut(void)
{
    const struct rp_turn cut = {.world = &race.w->rp,
                                .owner = "tester",
                                .kubeconfigs = &race.w->kubeconfigs,
                                .find = find_cut};
    int64_t due = 0;

    while (due != INT64_MAX) {
        if (!rp_worker_turn(&cut))
            base_clock_sleep(&race.w->clock, 100);
        assert_int_equal(rp_operation_next_due(race.w->rp.db, &due, NULL), BASE_OK);
    }
}

static void bind_actor(const char *operation, const char *path)
{
    struct actor *actor = &race.actors[race.count++];
    struct base_error err = {0};

    snprintf(actor->operation, sizeof actor->operation, "%s", operation);
    actor->world = race.w->rp;
    actor->world.db = rp_store_open(path, &err);
    actor->world.http = base_http_client_new_loopback(on_call, actor);
    assert_non_null(actor->world.db);
}

static void bind_actors(const char *path)
{
    struct base_db_statement row;

    race.count = 0;
    assert_int_equal(
        base_db_query(race.control, &row, NULL,
                      "SELECT id FROM operation WHERE status='InProgress' ORDER BY seq", ""),
        BASE_OK);
    while (base_db_next(&row, NULL))
        bind_actor(base_db_text(&row, 0), path);
    base_db_done(&row);
}

/* `there`, `deleted`, `made`: letters of connectors. */
static void race_of(const char *there, const char *deleted, const char *made, bool crashes)
{
    char folder[] = "/dev/shm/rp-races-XXXXXX", fallback[] = "/tmp/rp-races-XXXXXX", path[64],
         id[256], title[80];
    char *at = mkdtemp(folder) ? folder : mkdtemp(fallback);

    assert_non_null(at);
    snprintf(path, sizeof path, "%s/rp.db", at);
    race.w = world_new("{\"worker\":{\"leaseSeconds\":3600,\"operationTimeoutSeconds\":86400}}");
    race.w->config.lease_s = race.w->config.operation_timeout_s = 1000000000;
    base_db_close(race.w->rp.db);
    world_open_db(race.w, path);
    make(race.w, WS, WORKSPACE);
    for (; *there; there++) {
        snprintf(id, sizeof id, WS "/iotconnectors/conn-%c", *there);
        assert_int_equal(status_of(race.w, "PUT", id, CONNECTOR), 201);
        settle_cut();
        assert_state(race.w, id, "Succeeded");
    }
    snprintf(title, sizeof title, "delete [%s] and create [%s]", deleted, made);
    for (; *deleted; deleted++) {
        snprintf(id, sizeof id, WS "/iotconnectors/conn-%c", *deleted);
        assert_int_equal(status_of(race.w, "DELETE", id, NULL), 202);
    }
    for (; *made; made++) {
        snprintf(id, sizeof id, WS "/iotconnectors/conn-%c", *made);
        assert_int_equal(status_of(race.w, "PUT", id, CONNECTOR), 201);
    }
    race.control = race.w->rp.db;
    race.crashes = crashes;
    keep_start();
    bind_actors(path);
    search(title);
    for (int i = 0; i < race.count; i++) {
        base_db_close(race.actors[i].world.db);
        base_http_client_free(race.actors[i].world.http);
    }
    cJSON_Delete(race.start);
    world_free(race.w);
    assert_int_equal(base_dir_remove(at, NULL), BASE_OK);
}

static void two_operations(void **state)
{
    (void)state;
    race_of("", "", "ab", false);
    race_of("a", "a", "b", false);
    race_of("ab", "ab", "", false);
    race_of("ab", "a", "c", false);
}

static void two_operations_and_a_death(void **state)
{
    (void)state;
    race_of("a", "a", "b", true);
    race_of("ab", "ab", "", true);
    if (getenv("IOMT_RACES_ALL"))
        race_of("", "", "ab", true);
}

/* The larger ones take minutes: on request. */
static void three_operations(void **state)
{
    (void)state;
    race_of("ab", "ab", "c", false);
    if (getenv("IOMT_RACES_ALL"))
        race_of("a", "a", "bc", false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_operations),
        cmocka_unit_test(two_operations_and_a_death),
        cmocka_unit_test(three_operations),
    };
    use_all();
    sqlite3_auto_extension((void (*)(void))on_open);
    race.seen = base_alloc(STATES_MAX * sizeof *race.seen);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(race.seen);
    return failed;
}
