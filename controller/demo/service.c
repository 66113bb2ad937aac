// The service that the demo deploys: a small HTTP server that names its version and its health.
//
//   service NAME PORT      serves http://127.0.0.1:PORT/version and /health until SIGTERM; after SIGUSR1 its health
//                          says that it is draining, so that whoever sends it work goes elsewhere
//
// Built once for each version (-DVERSION="2.0"). A version may carry a bug (-DFAILS_IN="northeurope"): in that region,
// as WAVETRAIN_REGION names it, its queue is full two seconds after the start, and its health says so from then on.
// Another may take its time to start (-DWARM_UP_MS=1500).

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#ifndef FAILS_IN
#define FAILS_IN ""
#endif
#ifndef WARM_UP_MS
#define WARM_UP_MS 0
#endif

enum { QUEUE_FULL_AFTER_MS = 2000, REQUEST_BYTES_MAX = 2048, REQUEST_TIME_S_MAX = 2, BACKLOG = 64 };

static volatile sig_atomic_t is_draining = 0;

static void drain(int signal) {
    (void)signal;
    is_draining = 1;
}

static long long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);  // cannot fail: the clock exists on Linux and the address is ours
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static void fail(const char *what) {
    fprintf(stderr, "service: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int listen_on_loopback(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0) fail("socket");
    int yes = 1;
    if (setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0) fail("SO_REUSEADDR");
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
    if (listen(listener, BACKLOG) < 0) fail("listen");
    return listener;
}

// Reads up to the end of the header into `request`; false when the peer leaves, dawdles or says too much.
static int read_request(int peer, char request[REQUEST_BYTES_MAX + 1]) {
    size_t length = 0;
    while (length < REQUEST_BYTES_MAX) {
        ssize_t count = read(peer, request + length, REQUEST_BYTES_MAX - length);
        if (count <= 0) return 0;
        length += (size_t)count;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n")) return 1;
    }
    return 0;
}

static void answer(int peer, const char *status, const char *body) {
    char text[512];
    int length = snprintf(text, sizeof text,
                          "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                          "Connection: close\r\n\r\n%s",
                          status, strlen(body), body);
    // A peer that does not wait for its answer has lost it.
    (void)!write(peer, text, (size_t)length);
}

static void serve(int peer, const char *name, const char *health) {
    char request[REQUEST_BYTES_MAX + 1];
    if (!read_request(peer, request)) return;
    char body[256];
    if (strncmp(request, "GET /version ", 13) == 0) {
        snprintf(body, sizeof body, "{\"service\":\"%s\",\"version\":\"%s\"}\n", name, VERSION);
        answer(peer, "200 OK", body);
    } else if (strncmp(request, "GET /health ", 12) == 0) {
        snprintf(body, sizeof body, "{\"version\":\"%s\",\"health\":\"%s\"}\n", VERSION, health);
        answer(peer, strcmp(health, "ok") == 0 ? "200 OK" : "503 Service Unavailable", body);
    } else {
        answer(peer, "404 Not Found", "{\"error\":\"ask for /version or /health\"}\n");
    }
}

int main(int count, char **arguments) {
    int port = count == 3 ? atoi(arguments[2]) : 0;
    if (port < 1 || port > 65535) {
        fprintf(stderr, "usage: service NAME PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, drain);
    const char *region = getenv("WAVETRAIN_REGION");
    int has_bug = region && strcmp(region, FAILS_IN) == 0;
    struct timespec warm_up = {.tv_sec = WARM_UP_MS / 1000, .tv_nsec = WARM_UP_MS % 1000 * 1000000L};
    nanosleep(&warm_up, NULL);
    int listener = listen_on_loopback(port);
    long long started_ms = now_ms();
    for (;;) {
        int peer = accept(listener, NULL, NULL);
        if (peer < 0) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            fail("accept");
        }
        struct timeval patience = {.tv_sec = REQUEST_TIME_S_MAX};
        (void)setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        int is_queue_full = has_bug && now_ms() - started_ms > QUEUE_FULL_AFTER_MS;
        serve(peer, arguments[1], is_draining ? "draining" : is_queue_full ? "the queue is full" : "ok");
        close(peer);
    }
}
