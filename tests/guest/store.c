/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xenstore over its ring: one request at a time, and one watch, of which it
 * only matters that it fired.  The wire format is that of Xen's
 * docs/misc/xenstore.txt and xenstore-ring.txt: a header of four 32-bit words
 * (type, request, transaction, length), then the payload.
 */

#include "guest.h"
#include "hypercall.h"

#include <xen/event_channel.h>
#include <xen/sched.h>

enum {
    STORE_READ = 2,
    STORE_WATCH = 4,
    STORE_WRITE = 11,
    STORE_WATCH_EVENT = 15,
    STORE_ERROR = 16,
    RING_BYTES = 1024,
    PAYLOAD_MAX = 256,
    WAIT_NS = 10000000,
};

struct store_ring {
    char request[RING_BYTES];
    char reply[RING_BYTES];
    uint32_t request_cons, request_prod;
    uint32_t reply_cons, reply_prod;
};

struct message {
    uint32_t type, id, transaction, length;
};

static volatile struct store_ring *ring;
static bool fired;
static uint32_t last_id;

void store_start(void)
{
    ring = page_of_mfn(start_info->store_mfn);
}

/* In a new domain: what was under way belongs to another connection. */
void store_restart(void)
{
    store_start();
    ring->reply_cons = ring->reply_prod;
    fired = false;
}

static void notify(void)
{
    struct evtchn_send send = { .port = start_info->store_evtchn };

    hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uintptr_t)&send,
              0);
}

static void wait(void)
{
    sleep_until(now() + WAIT_NS);
}

static void put(const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n--) {
        while (ring->request_prod - ring->request_cons == RING_BYTES)
            wait();
        ring->request[ring->request_prod % RING_BYTES] = *p++;
        __asm__ volatile("" ::: "memory");
        ring->request_prod++;
    }
}

static void get(void *bytes, size_t n)
{
    char *p = bytes;

    while (n--) {
        while (ring->reply_prod == ring->reply_cons)
            wait();
        __asm__ volatile("" ::: "memory");
        *p++ = ring->reply[ring->reply_cons % RING_BYTES];
        ring->reply_cons++;
    }
}

/* One message; what is longer than room is read and dropped. */
static struct message receive(char *payload, size_t room)
{
    struct message m;
    char rest;
    uint32_t i;

    get(&m, sizeof(m));
    for (i = 0; i < m.length; i++)
        get(i < room ? payload + i : &rest, 1);
    if (m.type == STORE_WATCH_EVENT)
        fired = true;
    return m;
}

/* Sends what is a list of strings, the last one perhaps without its NUL. */
static struct message request(uint32_t type, const char *a, const char *b,
                              size_t b_length, char *payload, size_t room)
{
    struct message m = {
        .type = type,
        .id = ++last_id,
        .length = (uint32_t)(strlen(a) + 1 + b_length),
    };
    struct message reply;

    put(&m, sizeof(m));
    put(a, strlen(a) + 1);
    put(b, b_length);
    notify();
    do
        reply = receive(payload, room);
    while (reply.type == STORE_WATCH_EVENT || reply.id != m.id);
    notify();
    return reply;
}

void store_watch(const char *path)
{
    char payload[PAYLOAD_MAX];

    request(STORE_WATCH, path, "w", 2, payload, sizeof(payload));
}

bool store_poll(void)
{
    char payload[PAYLOAD_MAX];
    bool was;

    while (ring->reply_prod != ring->reply_cons)
        receive(payload, sizeof(payload));
    was = fired;
    fired = false;
    return was;
}

/* Length of the value, 0 if there is none; cut to room, NUL behind it. */
size_t store_read(const char *path, char *out, size_t room)
{
    struct message reply = request(STORE_READ, path, "", 0, out, room - 1);
    size_t n = reply.length < room - 1 ? reply.length : room - 1;

    if (reply.type == STORE_ERROR)
        n = 0;
    out[n] = '\0';
    return n;
}

void store_write(const char *path, const char *value)
{
    char payload[PAYLOAD_MAX];

    request(STORE_WRITE, path, value, strlen(value), payload,
            sizeof(payload));
}
