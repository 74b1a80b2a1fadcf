/* Decides what the binding and log subresources of pods do. */
#include "simulators/aks/api.h"

#include "simulators/aks/kubelet.h"
#include "simulators/aks/meta.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 16384
#define FOLLOW_MS 200 /* real; how often a followed log is looked at */

struct log_request {
    int64_t tail, limit; /* -1: all */
    bool follow, previous;
    const char *container;
    const char *run; /* the container's id: a restart is another run */
};

struct follow { /* a log that is sent as it grows */
    struct aks *aks;
    struct aks_cluster *cluster;
    char *ns, *pod;
    char *container; /* NULL: what there is, and no more */
    char *run;
    int fd;
    int64_t limit; /* bytes still allowed; -1: all */
    bool begun;
};

static bool read_log_request(struct aks_call *call, struct log_request *out);
static bool find_container(struct aks_call *call, const cJSON *pod, struct log_request *request);
static bool check_state(struct aks_call *call, const cJSON *pod, struct log_request *request);
static off_t tail_offset(int fd, int64_t lines);
static void answer_log(struct aks_call *call, int fd, const struct log_request *request);
static void follow_stream(void *context, base_http_write write, void *sink);
static size_t room_left(const struct follow *follow);
static bool wait_for_more(struct follow *follow);
static bool still_running(const struct follow *follow);
static void follow_free(void *context);

void aks_bind(struct aks_call *call)
{
    struct base_error err = {0};
    cJSON *body = base_json_parse(call->request->body, call->request->body_len, &err);
    const char *kind = base_json_text(body, "target.kind"),
               *node = base_json_text(body, "target.name");
    bool dry_run = false, bound = false;

    if (!body)
        aks_fail_plain(call->fail, "BadRequest", "json: %s", err.message);
    else if ((kind && *kind && !base_equal(kind, "Node")) || !node || !*node)
        aks_fail_plain(call->fail, "", "invalid binding: target must name a Node");
    else if (aks_query_dry_run(call, &dry_run)) {
        aks_lock(call->aks);
        bound = aks_pod_bind(call->cluster, call->ns, call->name, node, dry_run, call->fail);
        aks_unlock(call->aks);
    }
    if (bound) {
        cJSON *status = cJSON_CreateObject();
        base_json_set_text(status, "kind", "Status");
        base_json_set_text(status, "apiVersion", "v1");
        cJSON_AddObjectToObject(status, "metadata");
        base_json_set_text(status, "status", "Success");
        base_json_set_number(status, "code", 201);
        aks_answer_tree(call, 201, status);
    }
    cJSON_Delete(body);
}

bool aks_pod_bind(struct aks_cluster *cluster, const char *ns, const char *name, const char *node,
                  bool dry_run, struct aks_fail *fail)
{
    struct aks_condition scheduled = {.type = "PodScheduled", .status = "True", .probe_time = true};
    struct aks_write write = {.cluster = cluster,
                              .kind = aks_kind_at(AKS_POD),
                              .ns = ns,
                              .name = name,
                              .sub = "binding",
                              .dry_run = dry_run};
    const struct aks_object *pod = aks_store_get(cluster, write.kind, ns, name);

    if (!pod)
        return aks_fail_not_found(fail, write.kind, name);
    const char *old = base_json_text(pod->body, "spec.nodeName");
    if (aks_deleting(pod->body))
        return aks_fail_conflict(fail, "pods/binding", name,
                                 "pod %s is being deleted, cannot be assigned to a host", name);
    if (old && *old)
        return aks_fail_conflict(fail, "pods/binding", name,
                                 "pod %s is already assigned to node \"%s\"", name, old);
    cJSON *body = base_json_copy(pod->body);
    base_json_set_text(aks_member(body, "spec"), "nodeName", node);
    aks_condition_set(aks_member(body, "status"), &scheduled, aks_now(cluster->aks));
    struct aks_object *now = aks_update(&write, body, fail);
    aks_object_drop(now);
    return now != NULL;
}

void aks_log_get(struct aks_call *call)
{
    struct log_request request = {.tail = -1, .limit = -1};
    char *path = NULL;

    if (!read_log_request(call, &request))
        return;
    aks_lock(call->aks);
    const struct aks_object *pod = aks_store_get(call->cluster, call->kind, call->ns, call->name);
    if (!pod)
        aks_fail_not_found(call->fail, call->kind, call->name);
    else if (find_container(call, pod->body, &request) && check_state(call, pod->body, &request))
        path = aks_log_path(call->aks, call->ns, call->name, request.container, request.previous);
    aks_unlock(call->aks);
    if (!path)
        return;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && request.previous)
        aks_fail_plain(call->fail, "BadRequest",
                       "previous terminated container \"%s\" in pod \"%s\" not found",
                       request.container, call->name);
    else if (fd < 0)
        base_http_answer_text(call->response, 200, "text/plain", "");
    else
        answer_log(call, fd, &request);
    free(path);
}

static bool read_log_request(struct aks_call *call, struct log_request *out)
{
    static const char *const times[] = {"sinceSeconds", "sinceTime", "timestamps"};
    struct aks_causes causes = {0};
    int64_t since;
    cJSON *shown;

    if (!aks_query_number(call, "tailLines", -1, &out->tail) ||
        !aks_query_number(call, "limitBytes", -1, &out->limit) ||
        !aks_query_number(call, "sinceSeconds", 1, &since))
        return false;
    if (aks_query(call, "tailLines") && out->tail < 0) {
        shown = cJSON_CreateNumber((double)out->tail);
        aks_cause_invalid(&causes, "tailLines", shown, "must be greater than or equal to 0");
        cJSON_Delete(shown);
    }
    if (since < 1) {
        shown = cJSON_CreateNumber((double)since);
        aks_cause_invalid(&causes, "sinceSeconds", shown, "must be greater than 0");
        cJSON_Delete(shown);
    }
    bool good = aks_causes_check(&causes, "", "PodLogOptions", call->name, call->fail);
    aks_causes_release(&causes);
    for (size_t i = 0; good && i < sizeof times / sizeof *times; i++) {
        const char *text = aks_query(call, times[i]);
        if (text && (i < 2 || aks_query_bool(call, times[i])))
            return aks_fail_plain(call->fail, "BadRequest",
                                  "%s is not supported: this kubelet keeps no times of log lines",
                                  times[i]);
    }
    out->follow = aks_query_bool(call, "follow");
    out->previous = aks_query_bool(call, "previous");
    out->container = aks_query(call, "container");
    return good;
}

static bool find_container(struct aks_call *call, const cJSON *pod, struct log_request *request)
{
    const cJSON *container, *all = base_json_at(pod, "spec.containers");
    struct base_buf names = {0};

    cJSON_ArrayForEach(container, all)
    {
        const char *name = base_json_text(container, "name");
        base_buf_printf(&names, "%s%s", names.len ? " " : "", name);
        if (base_equal(name, request->container) || (!request->container && !all->child->next)) {
            request->container = base_arena_strdup(call->arena, name);
            base_buf_release(&names);
            return true;
        }
    }
    if (request->container)
        aks_fail_plain(call->fail, "BadRequest", "container %s is not valid for pod %s",
                       request->container, call->name);
    else
        aks_fail_plain(call->fail, "BadRequest",
                       "a container name must be specified for pod %s, choose one of: [%s]",
                       call->name, names.data);
    base_buf_release(&names);
    return false;
}

/* A container that never ran has no log. A pod that is bound nowhere answers 204. */
static bool check_state(struct aks_call *call, const cJSON *pod, struct log_request *request)
{
    const char *node = base_json_text(pod, "spec.nodeName");
    const cJSON *status;

    if (!node || !*node) {
        call->response->status = 204;
        return false;
    }
    cJSON_ArrayForEach(status, base_json_at(pod, "status.containerStatuses"))
    {
        const char *waiting = base_json_text(status, "state.waiting.reason");
        bool ran = base_json_at(status, "lastState.terminated") != NULL;
        if (!base_equal(base_json_text(status, "name"), request->container))
            continue;
        request->run = base_arena_strdup(call->arena, base_json_text(status, "containerID"));
        if (waiting && !ran)
            return aks_fail_plain(call->fail, "BadRequest",
                                  "container \"%s\" in pod \"%s\" is waiting to start: %s",
                                  request->container, call->name, waiting);
    }
    return true;
}

static void answer_log(struct aks_call *call, int fd, const struct log_request *request)
{
    struct follow *follow = base_alloc(sizeof *follow);
    off_t from = request->tail >= 0 ? tail_offset(fd, request->tail) : 0;

    lseek(fd, from, SEEK_SET);
    *follow = (struct follow){
        .aks = call->aks, .cluster = call->cluster, .fd = fd, .limit = request->limit};
    follow->ns = base_strdup(call->ns);
    follow->pod = base_strdup(call->name);
    follow->container =
        base_strdup(request->follow && !request->previous ? request->container : NULL);
    follow->run = base_strdup(request->run);
    call->response->status = 200;
    base_headers_add(&call->response->headers, "Content-Type", "text/plain");
    call->response->stream = follow_stream;
    call->response->stream_context = follow;
    call->response->stream_free = follow_free;
    aks_lock(call->aks);
    call->aks->streams++;
    aks_unlock(call->aks);
}

/* Where the last `lines` lines begin. */
static off_t tail_offset(int fd, int64_t lines)
{
    char chunk[CHUNK];
    off_t end = lseek(fd, 0, SEEK_END), at = end;

    if (lines == 0)
        return end;
    while (at > 0) {
        off_t from = at > CHUNK ? at - CHUNK : 0;
        ssize_t got = pread(fd, chunk, (size_t)(at - from), from);
        for (ssize_t i = got; i-- > 0;)
            if (chunk[i] == '\n' && from + i + 1 != end && lines-- == 1)
                return from + i + 1;
        if (got <= 0)
            break;
        at = from;
    }
    return 0;
}

static void follow_stream(void *context, base_http_write write, void *sink)
{
    struct follow *follow = context;
    char chunk[CHUNK];
    bool open = true;

    while (open && follow->limit != 0) {
        bool more = wait_for_more(
            follow); /* before the read: what was written until the end is read after it */
        ssize_t got;
        while (open && (got = read(follow->fd, chunk, room_left(follow))) > 0) {
            open = write(sink, chunk, (size_t)got);
            follow->limit -= follow->limit > 0 ? got : 0;
        }
        if (!more)
            break;
        open = open && write(sink, "", 0);
    }
}

static size_t room_left(const struct follow *follow)
{
    return follow->limit >= 0 && follow->limit < CHUNK ? (size_t)follow->limit : CHUNK;
}

/* False when the log has come to its end. The first time it does not wait. */
static bool wait_for_more(struct follow *follow)
{
    struct stat state;

    if (!follow->container)
        return false;
    if (!fstat(follow->fd, &state) && state.st_size < lseek(follow->fd, 0, SEEK_CUR))
        lseek(follow->fd, 0, SEEK_SET); /* was cut */
    aks_lock(follow->aks);
    bool more = !follow->aks->stopping && still_running(follow);
    if (more && follow->begun)
        aks_wait(follow->aks, FOLLOW_MS);
    aks_unlock(follow->aks);
    follow->begun = true;
    return more;
}

/* Lock held. */
static bool still_running(const struct follow *follow)
{
    const struct aks_object *pod =
        aks_store_get(follow->cluster, aks_kind_at(AKS_POD), follow->ns, follow->pod);
    const cJSON *status, *all = pod ? base_json_at(pod->body, "status.containerStatuses") : NULL;

    cJSON_ArrayForEach(status, all)
    {
        if (base_equal(base_json_text(status, "name"), follow->container))
            return base_json_at(status, "state.running") &&
                   base_equal(base_json_text(status, "containerID"), follow->run);
    }
    return false;
}

static void follow_free(void *context)
{
    struct follow *follow = context;
    struct aks *aks = follow->aks;

    close(follow->fd);
    free(follow->ns);
    free(follow->pod);
    free(follow->container);
    free(follow->run);
    free(follow);
    aks_lock(aks);
    aks->streams--;
    aks_changed(aks);
    aks_unlock(aks);
}
