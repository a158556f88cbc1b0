#include "runner/machine/telemetry_watch.h"

#include <math.h>
#include <time.h>

#include "lib/clock.h"

static double known(const struct health *health, enum health_item item, double scale)
{
        return health_knows(health, item) ? (double)health->value[item] * scale : NAN;
}

static struct telemetry_point read_point(const struct telemetry_watch *watch)
{
        struct health health = health_read_fast(watch->health);
        uint64_t memory;
        bool hot = nvml_field(&watch->health->nvml, NVML_FIELD_MEMORY_TEMPERATURE, &memory);

        return (struct telemetry_point){
                .time_s = clock_seconds() - watch->start,
                .value = {
                        [TELEMETRY_POWER_W] = known(&health, HEALTH_POWER_MW, 1e-3),
                        [TELEMETRY_TEMPERATURE_C] = known(&health, HEALTH_TEMPERATURE, 1),
                        [TELEMETRY_MEMORY_TEMPERATURE_C] = hot ? (double)memory : NAN,
                        [TELEMETRY_CLOCK_MHZ] = known(&health, HEALTH_CLOCK_SM, 1),
                        [TELEMETRY_MEMORY_CLOCK_MHZ] = known(&health, HEALTH_CLOCK_MEMORY, 1),
                        [TELEMETRY_THROTTLE] = known(&health, HEALTH_THROTTLE, 1),
                        [TELEMETRY_PCIE_GENERATION] = known(&health, HEALTH_PCIE_GENERATION, 1),
                        [TELEMETRY_PCIE_WIDTH] = known(&health, HEALTH_PCIE_WIDTH, 1),
                },
        };
}

static void *watch_main(void *context)
{
        struct telemetry_watch *watch = context;
        struct timespec next;

        clock_gettime(CLOCK_REALTIME, &next); /* that of a condition's time */
        pthread_mutex_lock(&watch->lock);
        while (!watch->ending) {
                struct telemetry_point point;

                next.tv_nsec += (long)(TELEMETRY_INTERVAL_S * 1e9);
                next.tv_sec += next.tv_nsec / 1000000000;
                next.tv_nsec %= 1000000000;
                pthread_cond_timedwait(&watch->end, &watch->lock, &next);
                if (watch->ending)
                        break;
                pthread_mutex_unlock(&watch->lock);
                point = read_point(watch);
                pthread_mutex_lock(&watch->lock);
                telemetry_take(&watch->telemetry, &point);
        }
        pthread_mutex_unlock(&watch->lock);
        return NULL;
}

void telemetry_watch_start(struct telemetry_watch *watch, const struct health_watch *health)
{
        watch->health = health;
        watch->start = clock_seconds();
        watch->telemetry.power_limit_w =
                health_knows(&health->before, HEALTH_POWER_LIMIT_MW)
                        ? (double)health->before.value[HEALTH_POWER_LIMIT_MW] / 1e3
                        : 0;
        pthread_mutex_init(&watch->lock, NULL);
        pthread_cond_init(&watch->end, NULL);
        watch->running = false;
        if (!health->nvml.library)
                return;

        /* The first at once: a test that begins now asks what can be read. */
        struct telemetry_point first = read_point(watch);

        telemetry_take(&watch->telemetry, &first);
        watch->running = pthread_create(&watch->thread, NULL, watch_main, watch) == 0;
}

void telemetry_watch_end(struct telemetry_watch *watch)
{
        if (!watch->running)
                return;
        pthread_mutex_lock(&watch->lock);
        watch->ending = true;
        pthread_cond_signal(&watch->end);
        pthread_mutex_unlock(&watch->lock);
        pthread_join(watch->thread, NULL);
        watch->running = false;
}

void telemetry_watch_counts(struct telemetry_watch *watch, unsigned long *ret_samples,
        unsigned long *ret_throttled, unsigned long *ret_starved)
{
        pthread_mutex_lock(&watch->lock);
        *ret_samples = watch->telemetry.samples;
        *ret_throttled = watch->telemetry.throttled;
        *ret_starved = watch->telemetry.starved;
        pthread_mutex_unlock(&watch->lock);
}

unsigned long telemetry_watch_last(struct telemetry_watch *watch, struct telemetry_point *ret_point)
{
        unsigned long samples;

        pthread_mutex_lock(&watch->lock);
        samples = watch->telemetry.samples;
        if (samples > 0)
                *ret_point = watch->telemetry.last;
        pthread_mutex_unlock(&watch->lock);
        return samples;
}
