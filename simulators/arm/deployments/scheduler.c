/* Decides which resource of which deployment is worked on next, on the world's clock. */
#include "simulators/arm/deployments/record.h"
#include "simulators/arm/deployments/scheduler_private.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define IDLE_MS 60000 /* clock */

static void *work(void *deployments);

struct arm_deployments *arm_deployments_new(struct arm *arm)
{
    struct arm_deployments *all = base_alloc(sizeof *all);
    pthread_condattr_t attributes;

    all->arm = arm;
    all->secure = cJSON_CreateObject();
    all->records = arm_docs_new(arm->world, "arm.deployments");
    all->operations = arm_docs_new(arm->world, "arm.deployment-operations");
    pthread_mutex_init(&all->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&all->wake, &attributes);
    pthread_condattr_destroy(&attributes);
    return all;
}

void arm_deployments_free(struct arm_deployments *all)
{
    if (!all)
        return;
    pthread_mutex_lock(&all->lock);
    all->stopping = true;
    pthread_cond_broadcast(&all->wake);
    pthread_mutex_unlock(&all->lock);
    for (size_t i = 0; i < all->thread_count; i++)
        pthread_join(all->threads[i], NULL);
    while (all->running) {
        struct arm_deployment *deployment = all->running;
        all->running = deployment->next;
        arm_deployment_free(deployment);
    }
    arm_docs_free(all->records);
    arm_docs_free(all->operations);
    cJSON_Delete(all->secure);
    pthread_cond_destroy(&all->wake);
    pthread_mutex_destroy(&all->lock);
    free(all);
}

static struct arm_deployment *find_locked(struct arm_deployments *all, const char *id)
{
    struct arm_deployment *deployment = all->running;

    while (deployment && !base_equal_nocase(deployment->id, id))
        deployment = deployment->next;
    return deployment;
}

/* ---- begin ---- */

/* Those whose conditions are false are done before they begin, and so are those that exist: reference() looks at them when it is asked. */
static void init_nodes(struct arm_deployment *deployment)
{
    for (size_t i = 0; i < deployment->node_count; i++) {
        struct arm_node *node = &deployment->nodes[i];
        if (!node->condition || node->kind == ARM_NODE_READ)
            node->state = ARM_NODE_DONE;
    }
}

static void start_threads_locked(struct arm_deployments *all)
{
    while (all->thread_count < ARM_DEPLOYMENT_THREADS) {
        BUG_ON(pthread_create(&all->threads[all->thread_count], NULL, work, all));
        all->thread_count++;
    }
}

bool arm_deployments_start(struct arm_deployment *deployment)
{
    struct arm_deployments *all = deployment->arm->deployments;

    pthread_mutex_lock(&all->lock);
    bool free_name = !all->stopping && !find_locked(all, deployment->id);
    if (free_name) {
        deployment->next = all->running;
        deployment->finishing = true; /* nobody touches it yet */
        all->running = deployment;
    }
    pthread_mutex_unlock(&all->lock);
    if (!free_name)
        return false;
    if (!*deployment->operation)
        base_uuid(sim_world_random(deployment->arm->world), deployment->operation);
    if (!deployment->started_ms)
        deployment->started_ms = sim_now_ms(deployment->arm->world);
    init_nodes(deployment);
    deployment->state = "Running";
    arm_record_begin(deployment);
    pthread_mutex_lock(&all->lock);
    deployment->finishing = false;
    start_threads_locked(all);
    pthread_cond_broadcast(&all->wake);
    pthread_mutex_unlock(&all->lock);
    return true;
}

/* ---- what goes on ---- */

static void unblock_locked(struct arm_deployment *deployment)
{
    bool changed = true;

    while (changed) {
        changed = false;
        for (size_t i = 0; i < deployment->node_count; i++) {
            struct arm_node *node = &deployment->nodes[i];
            bool ready = true, never = deployment->canceled;
            if (node->state != ARM_NODE_WAITING)
                continue;
            for (size_t d = 0; d < node->depends_count; d++) {
                enum arm_node_state state = deployment->nodes[node->depends[d]].state;
                ready = ready && state == ARM_NODE_DONE;
                never = never || state == ARM_NODE_FAILED || state == ARM_NODE_SKIPPED;
            }
            if (!ready && !never)
                continue;
            node->state = never ? ARM_NODE_SKIPPED : ARM_NODE_READY;
            changed = changed || never;
        }
    }
}

struct task {
    struct arm_deployment *deployment;
    struct arm_node *node; /* NULL: finish the deployment */
};

/* The next thing to do; otherwise *due_ms is when to look again. */
static bool pick_locked(struct arm_deployments *all, int64_t now, struct task *task,
                        int64_t *due_ms)
{
    for (struct arm_deployment *d = all->running; d; d = d->next) {
        bool over = !d->busy;
        if (d->finishing)
            continue;
        unblock_locked(d);
        for (size_t i = 0; i < d->node_count; i++) {
            struct arm_node *node = &d->nodes[i];
            over = over && node->state >= ARM_NODE_DONE;
            if (node->state != ARM_NODE_READY)
                continue;
            if (node->due_ms <= now) {
                *task = (struct task){d, node};
                return true;
            }
            if (node->due_ms < *due_ms)
                *due_ms = node->due_ms;
        }
        if (over) {
            *task = (struct task){d, NULL};
            return true;
        }
    }
    return false;
}

static void wait_locked(struct arm_deployments *all, int64_t clock_ms)
{
    int64_t real = base_clock_real(sim_world_clock(all->arm->world), clock_ms);
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += real / 1000;
    until.tv_nsec += real % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&all->wake, &all->lock, &until);
}

static void apply_locked(struct arm_deployments *all, struct arm_deployment *deployment,
                         struct arm_node *node, struct arm_step_result *step)
{
    static const enum arm_node_state states[] = {
        [ARM_STEP_AGAIN] = ARM_NODE_READY,
        [ARM_STEP_DONE] = ARM_NODE_DONE,
        [ARM_STEP_FAILED] = ARM_NODE_FAILED,
    };

    node->state = states[step->step];
    node->due_ms = sim_now_ms(all->arm->world) + step->delay_ms;
    node->result = step->result;
    node->error = step->error;
    if (deployment->canceled && node->state == ARM_NODE_READY)
        node->state = ARM_NODE_SKIPPED;
}

static void work_on_node(struct arm_deployments *all, struct task *task)
{
    task->node->state = ARM_NODE_BUSY;
    task->deployment->busy++;
    pthread_mutex_unlock(&all->lock);
    struct arm_step_result step = arm_node_step(task->deployment, task->node);
    pthread_mutex_lock(&all->lock);
    apply_locked(all, task->deployment, task->node, &step);
    task->deployment->busy--;
    pthread_cond_broadcast(&all->wake);
}

static void unlink_locked(struct arm_deployments *all, struct arm_deployment *deployment)
{
    struct arm_deployment **link = &all->running;

    while (*link != deployment)
        link = &(*link)->next;
    *link = deployment->next;
}

static void finish_deployment(struct arm_deployments *all, struct arm_deployment *deployment)
{
    deployment->finishing = true;
    pthread_mutex_unlock(&all->lock);
    bool over = arm_deployment_finish(deployment);
    pthread_mutex_lock(&all->lock);
    deployment->finishing = false;
    if (over) {
        unlink_locked(all, deployment);
        arm_deployment_free(deployment);
    }
    pthread_cond_broadcast(&all->wake);
}

static void *work(void *context)
{
    struct arm_deployments *all = context;

    pthread_mutex_lock(&all->lock);
    while (!all->stopping) {
        int64_t now = sim_now_ms(all->arm->world), due_ms = now + IDLE_MS;
        struct task task;
        if (!pick_locked(all, now, &task, &due_ms))
            wait_locked(all, due_ms - now);
        else if (task.node)
            work_on_node(all, &task);
        else
            finish_deployment(all, task.deployment);
    }
    pthread_mutex_unlock(&all->lock);
    return NULL;
}

/* ---- asked from outside ---- */

/* Ids of deployments within `deployment`, in an array. */
static cJSON *nested_locked(const struct arm_deployment *deployment)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < deployment->node_count; i++)
        if (arm_node_nested(&deployment->nodes[i]))
            cJSON_AddItemToArray(list, cJSON_CreateString(deployment->nodes[i].id));
    return list;
}

bool arm_deployments_stop(struct arm *arm, const char *id)
{
    struct arm_deployments *all = arm->deployments;
    cJSON *nested = NULL, *item;

    pthread_mutex_lock(&all->lock);
    struct arm_deployment *deployment = find_locked(all, id);
    bool found = deployment && !deployment->canceled;
    if (found) {
        deployment->canceled = true;
        for (size_t i = 0; !deployment->finishing && i < deployment->node_count; i++) {
            struct arm_node *node = &deployment->nodes[i];
            if (node->state == ARM_NODE_WAITING || node->state == ARM_NODE_READY)
                node->state = ARM_NODE_SKIPPED;
        }
        nested = nested_locked(deployment);
        pthread_cond_broadcast(&all->wake);
    }
    pthread_mutex_unlock(&all->lock);
    cJSON_ArrayForEach(item, nested) arm_deployments_stop(arm, item->valuestring);
    cJSON_Delete(nested);
    return found;
}

bool arm_deployments_running(struct arm *arm, const char *id)
{
    struct arm_deployments *all = arm->deployments;

    pthread_mutex_lock(&all->lock);
    bool found = find_locked(all, id) != NULL;
    pthread_mutex_unlock(&all->lock);
    return found;
}

cJSON *arm_scheduler_result(const struct arm_deployment *deployment, const struct arm_node *node)
{
    struct arm_deployments *all = deployment->arm->deployments;

    pthread_mutex_lock(&all->lock);
    cJSON *copy = node->state == ARM_NODE_DONE ? base_json_copy(node->result) : NULL;
    pthread_mutex_unlock(&all->lock);
    return copy;
}

void arm_deployments_gone(struct arm *arm, const char *scope)
{
    cJSON *records = arm_docs_list(arm->deployments->records, scope), *record;

    cJSON_ArrayForEach(record, records)
    {
        const char *id = base_json_text(record, "shown.id");
        arm_deployments_stop(arm, id);
        arm_record_remove(arm, id);
    }
    cJSON_Delete(records);
}
