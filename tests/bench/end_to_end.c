/* Prints how fast the whole path is on this machine: hub, normalization pod, normalized hub, destination pod, FHIR service, as real
 * processes over TLS. Exit code 1 when a sample is lost, doubled or wrong. Not a test of ctest. */
#include "tests/bench/end_to_end.h"

#include "common/process.h"
#include "tests/bench/machine.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 250    /* real */
#define LINE_MS 5000   /* a line of figures this often */
#define STALL_MS 60000 /* nothing new for so long: it will not come any more */

static struct bench_settings set = {.seconds = 60,
                                    .rate = 23000,
                                    .devices = 1000,
                                    .partitions = 4,
                                    .normalize_s = 2,
                                    .normalize_max = 10000,
                                    .save_s = 4,
                                    .save_max = 8000};

static const struct base_option options[] = {
    {"seconds", BASE_OPTION_INT, &set.seconds, NULL, "N", "send for so long", 1, 86400},
    {"rate", BASE_OPTION_INT, &set.rate, NULL, "N", "events a second", 1, 1000000},
    {"devices", BASE_OPTION_INT, &set.devices, NULL, "N", "how many send", 1, 100000},
    {"partitions", BASE_OPTION_INT, &set.partitions, NULL, "N", "of both hubs", 1, 32},
    {"normalize-seconds", BASE_OPTION_INT, &set.normalize_s, NULL, "N",
     "EventBatching__FlushTimespan of the normalization pod", 1, 3600},
    {"normalize-events", BASE_OPTION_INT, &set.normalize_max, NULL, "N",
     "its EventBatching__MaxEvents, for each partition", 1, 100000},
    {"save-seconds", BASE_OPTION_INT, &set.save_s, NULL, "N",
     "EventBatching__FlushTimespan of the destination pod", 1, 3600},
    {"save-events", BASE_OPTION_INT, &set.save_max, NULL, "N",
     "its EventBatching__MaxEvents, for each partition", 1, 100000},
    {"compress", BASE_OPTION_FLAG, &set.compress, NULL, NULL,
     "CollectorOptions__UseCompressionOnSend: measurements travel in groups; --save-events counts "
     "groups then",
     0, 0},
    {"keep", BASE_OPTION_TEXT, &set.keep, NULL, "DIR", "keep the cloud's state and logs here", 0,
     0},
};
static const struct base_program program = {
    .name = "bench-end-to-end",
    .summary = "prints how many events a second go from the hub into FHIR",
    .usage = "[options]",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .more = "Brings up a cloud of its own beside iomt, and takes it down. Run it alone on a quiet "
            "machine.\nExit code: 0 all samples arrived once, 1 not, 2 wrong use, 130 interrupted.",
};

struct pace {
    int64_t at_ms;
    long long saved;
};
struct figures {
    struct bench_usage first[BENCH_PROCESSES], last[BENCH_PROCESSES];
    long long sent, normalized, saved;
    int64_t took_ms;      /* from the first event to the last sample saved */
    struct pace from, to; /* while it was sent: the first samples seen in FHIR, the last */
    bool complete;
};

static int measure(struct run_cloud *cloud, struct base_error *err);
static void watch_flow(struct bench_sender *sender, const struct bench_watch *watch,
                       struct figures *f);
static void print_settings(void);
static void print_end(const struct figures *f);

int main(int argc, char **argv)
{
    struct base_error err = {0};
    struct run_cloud cloud = {0};
    bool done = false;
    int code = 1;

    (void)base_stop_fd();
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (base_options_parse(&program, argc, argv, NULL, &done, &err) != BASE_OK)
        return base_usage_exit(program.name, &err);
    if (done)
        return 0;
    bench_machine_print();
    print_settings();
    if (bench_cloud_make(&cloud, &set, &err) == BASE_OK)
        code = measure(&cloud, &err);
    if (base_stopping())
        code = 130;
    else if (err.status != BASE_OK)
        fprintf(stderr, "%s: %s\n", program.name, err.message);
    run_cloud_stop(&cloud);
    return code;
}

static int judge(struct run_cloud *cloud, const struct figures *f, struct base_error *err)
{
    struct bench_found found;

    fprintf(stderr, "bench: reading the Observations\n");
    if (bench_check(cloud, &set, f->sent / set.devices, &found, err) != BASE_OK)
        return 1;
    printf("samples sent %lld, found once %lld, missing %lld, in two places %lld, wrong %lld; "
           "%lld Observations\n",
           f->sent, found.samples - found.doubled, f->sent - found.samples, found.doubled,
           found.wrong, found.observations);
    return found.samples == f->sent && found.wrong == 0 && found.doubled == 0 ? 0 : 1;
}

static int measure(struct run_cloud *cloud, struct base_error *err)
{
    struct bench_sender sender = {.cloud = cloud, .settings = &set};
    struct bench_watch watch;
    struct figures f = {0};
    pthread_t thread;

    if (bench_watch_open(&watch, cloud, err) != BASE_OK)
        return 1;
    for (int i = 0; i < BENCH_PROCESSES; i++)
        bench_usage_read(&watch, i, &f.first[i]);
    if (pthread_create(&thread, NULL, bench_send_main, &sender) != 0)
        BUG("no thread for the sender");
    watch_flow(&sender, &watch, &f);
    atomic_store(&sender.stop, true);
    (void)pthread_join(thread, NULL);
    if (base_stopping())
        return 130;
    print_end(&f);
    if (sender.err.status != BASE_OK)
        *err = sender.err;
    return judge(cloud, &f, err) == 0 && sender.err.status == BASE_OK ? 0 : 1;
}

static void read_usage(const struct bench_watch *watch, struct figures *f)
{
    for (int i = 0; i < BENCH_PROCESSES; i++)
        bench_usage_read(watch, i, &f->last[i]);
}

static void print_line(const struct figures *f, int64_t since_ms)
{
    printf("%5.1f s  sent %9lld  normalized %9lld  in Observations %9lld  RSS MiB: normalization "
           "%.0f  destination %.0f  azsim %.0f\n",
           (double)since_ms / 1000, f->sent, f->normalized, f->saved,
           (double)f->last[BENCH_NORMALIZE].rss_kb / 1024,
           (double)f->last[BENCH_SAVE].rss_kb / 1024, (double)f->last[BENCH_AZSIM].rss_kb / 1024);
}

static void note_pace(struct figures *f, int64_t now_ms)
{
    f->to.at_ms = now_ms;
    f->to.saved = f->saved;
    if (!f->from.saved)
        f->from = f->to;
}

/* Looks until all that was sent is saved, or nothing moves any more. */
static void watch_flow(struct bench_sender *sender, const struct bench_watch *watch,
                       struct figures *f)
{
    int64_t from_ms = base_monotonic_ms(), line_ms = from_ms + LINE_MS, moved_ms = from_ms;

    while (!f->complete && base_monotonic_ms() < moved_ms + STALL_MS && !base_stop_wait(LOOK_MS)) {
        bool ended = atomic_load(&sender->ended);
        long long saved = bench_counter(watch, BENCH_SAVE, "Measurement");
        int64_t now_ms = base_monotonic_ms();
        f->sent = atomic_load(&sender->sent);
        f->normalized = bench_counter(watch, BENCH_NORMALIZE, "NormalizedEvent");
        if (saved != f->saved || !ended)
            moved_ms = now_ms;
        f->saved = saved;
        f->took_ms = now_ms - (f->sent ? sender->started_ms : from_ms);
        f->complete = ended && saved >= f->sent;
        if (!ended)
            note_pace(f, now_ms);
        read_usage(watch, f);
        if (now_ms >= line_ms || f->complete)
            print_line(f, now_ms - from_ms);
        line_ms += now_ms >= line_ms ? LINE_MS : 0;
    }
}

static void print_usage_lines(const struct figures *f)
{
    double all = 0, events = f->sent > 0 ? (double)f->sent : 1;

    printf("%-20s %10s %14s %10s\n", "process", "CPU s", "CPU us/event", "max RSS MiB");
    for (int i = 0; i < BENCH_PROCESSES; i++) {
        double cpu = f->last[i].cpu_s - f->first[i].cpu_s;
        printf("%-20s %10.1f %14.1f %10.0f\n", bench_process_name(i), cpu, cpu * 1e6 / events,
               (double)f->last[i].peak_kb / 1024);
        all += cpu;
    }
    printf("%-20s %10.1f %14.1f\n", "all", all, all * 1e6 / events);
}

static void print_end(const struct figures *f)
{
    printf("%s: %lld events in %.1f s from the first event to the last sample in FHIR: %.0f "
           "events/s\n",
           f->complete ? "sustained" : "INCOMPLETE", f->saved, (double)f->took_ms / 1000,
           f->took_ms > 0 ? (double)f->saved * 1000 / (double)f->took_ms : 0);
    if (f->to.at_ms > f->from.at_ms)
        printf("while it was sent: %.0f events/s into FHIR\n",
               (double)(f->to.saved - f->from.saved) * 1000 /
                   (double)(f->to.at_ms - f->from.at_ms));
    print_usage_lines(f);
}

static void print_settings(void)
{
    printf(
        "settings: %lld events/s for %lld s, %lld devices, %lld partitions; batches: "
        "normalization %lld s or %lld events a partition, destination %lld s or %lld; measurements "
        "travel %s; a sample each %d s of event time\n",
        (long long)set.rate, (long long)set.seconds, (long long)set.devices,
        (long long)set.partitions, (long long)set.normalize_s, (long long)set.normalize_max,
        (long long)set.save_s, (long long)set.save_max,
        set.compress ? "in compressed groups" : "one by one", BENCH_STEP_MS / 1000);
}
