/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * xenstore over its ring (xen/io/xs_wire.h, Xen's docs/misc/xenstore.txt): a
 * header, then a payload of strings.  One request at a time, one transaction
 * at a time, and one watch, of which it only matters that it fired.
 */

#include "hypercall.h"
#include "platform.h"

#include <xen/event_channel.h>
#include <xen/io/xs_wire.h>
#include <xen/sched.h>

enum {
    PAYLOAD_MAX = 256,
    NUMBER_MAX = 12, /* digits of a transaction's number, and a NUL */
    WAIT_NS = 10000000,
};

static volatile struct xenstore_domain_interface *ring;
static bool fired;
static uint32_t last_id;
static uint32_t transaction; /* 0: none */

void store_start(void)
{
    ring = platform.store_ring;
}

/* In a new domain: what was under way belongs to another connection. */
void store_restart(void)
{
    store_start();
    ring->rsp_cons = ring->rsp_prod;
    fired = false;
}

static void notify(void)
{
    struct evtchn_send send = { .port = platform.store_port };

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
        while (ring->req_prod - ring->req_cons == XENSTORE_RING_SIZE) {
            notify();
            wait();
        }
        ring->req[MASK_XENSTORE_IDX(ring->req_prod)] = *p++;
        __asm__ volatile("" ::: "memory");
        ring->req_prod++;
    }
}

static void get(void *bytes, size_t n)
{
    char *p = bytes;

    while (n--) {
        while (ring->rsp_prod == ring->rsp_cons)
            wait();
        __asm__ volatile("" ::: "memory");
        *p++ = ring->rsp[MASK_XENSTORE_IDX(ring->rsp_cons)];
        __asm__ volatile("" ::: "memory");
        ring->rsp_cons++;
    }
}

/* One message; what is longer than room is read and dropped. */
static struct xsd_sockmsg receive(char *payload, size_t room)
{
    struct xsd_sockmsg m;
    char rest;
    uint32_t i;

    get(&m, sizeof(m));
    for (i = 0; i < m.len; i++)
        get(i < room ? payload + i : &rest, 1);
    if (m.type == XS_WATCH_EVENT)
        fired = true;
    return m;
}

/* Sends what is a list of strings, the last one perhaps without its NUL. */
static struct xsd_sockmsg request(uint32_t type, const char *a, const char *b,
                                  size_t b_length, char *payload, size_t room)
{
    struct xsd_sockmsg m = {
        .type = type,
        .req_id = ++last_id,
        .tx_id = transaction,
        .len = (uint32_t)(strlen(a) + 1 + b_length),
    };
    struct xsd_sockmsg reply;

    put(&m, sizeof(m));
    put(a, strlen(a) + 1);
    put(b, b_length);
    notify();
    do
        reply = receive(payload, room);
    while (reply.type == XS_WATCH_EVENT || reply.req_id != m.req_id);
    notify();
    return reply;
}

void store_watch(const char *path)
{
    char payload[PAYLOAD_MAX];

    request(XS_WATCH, path, "w", 2, payload, sizeof(payload));
}

bool store_poll(void)
{
    char payload[PAYLOAD_MAX];
    bool was;

    while (ring->rsp_prod != ring->rsp_cons)
        receive(payload, sizeof(payload));
    was = fired;
    fired = false;
    return was;
}

/* Length of the value, 0 if there is none; cut to room, NUL behind it. */
size_t store_read(const char *path, char *out, size_t room)
{
    struct xsd_sockmsg reply = request(XS_READ, path, "", 0, out, room - 1);
    size_t n = reply.len < room - 1 ? reply.len : room - 1;

    if (reply.type == XS_ERROR)
        n = 0;
    out[n] = '\0';
    return n;
}

void store_write_bytes(const char *path, const char *value, size_t n)
{
    char payload[PAYLOAD_MAX];

    request(XS_WRITE, path, value, n, payload, sizeof(payload));
}

void store_write(const char *path, const char *value)
{
    store_write_bytes(path, value, strlen(value));
}

/* Where xenstore refuses to begin one, what follows is done without. */
void store_begin(void)
{
    char number[NUMBER_MAX] = "";
    const char *p = number;
    struct xsd_sockmsg reply = request(XS_TRANSACTION_START, "", "", 0, number,
                                       sizeof(number) - 1);

    if (reply.type == XS_ERROR)
        return;
    while (*p >= '0' && *p <= '9')
        transaction = transaction * 10 + (uint32_t)(*p++ - '0');
}

bool store_commit(void)
{
    char payload[PAYLOAD_MAX];
    struct xsd_sockmsg reply;

    if (!transaction)
        return true;
    reply = request(XS_TRANSACTION_END, "T", "", 0, payload, sizeof(payload));
    transaction = 0;
    return reply.type != XS_ERROR;
}
