/* The limit beside which `make bench` prints our dispatch rate: a bare ROUTER with CURVE that hands out empty tasks
 * and takes their results, one SQLite transaction (WAL, synchronous=FULL) per wake-up, nothing else.
 *
 * cc -O2 dispatch.c -lzmq -lsqlite3 -o dispatch && ./dispatch DIR WORKERS SLOTS TASKS
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <sys/wait.h>
#include <zmq.h>

#define ASSIGN_BYTES 260
#define REPORT_BYTES 130

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void workers(const char *address, const char *server, int count, int slots, int tasks) {
    void *context = zmq_ctx_new();
    zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 8192);
    zmq_pollitem_t *items = calloc((size_t)count, sizeof *items);
    char public_key[41], secret_key[41], report[REPORT_BYTES] = {0}, buffer[4096];
    for (int i = 0; i < count; i++) {
        void *s = zmq_socket(context, ZMQ_DEALER);
        char name[16];
        snprintf(name, sizeof name, "w%d", i);
        zmq_curve_keypair(public_key, secret_key);
        zmq_setsockopt(s, ZMQ_ROUTING_ID, name, strlen(name));
        zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, server, 40);
        zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, public_key, 40);
        zmq_setsockopt(s, ZMQ_CURVE_SECRETKEY, secret_key, 40);
        zmq_connect(s, address);
        items[i] = (zmq_pollitem_t){s, 0, ZMQ_POLLIN, 0};
        memset(report, 0xFF, 4);
        for (int k = 0; k < slots; k++) {
            zmq_send(s, "h", 1, ZMQ_SNDMORE);
            zmq_send(s, report, REPORT_BYTES, 0);
        }
    }
    for (int left = tasks; left > 0;) {
        zmq_poll(items, count, -1);
        for (int i = 0; i < count; i++) {
            if (!items[i].revents) continue;
            while (zmq_recv(items[i].socket, buffer, sizeof buffer, ZMQ_DONTWAIT) >= 0) {
                zmq_recv(items[i].socket, buffer, sizeof buffer, 0);
                memcpy(report, buffer, 4);
                zmq_send(items[i].socket, "h", 1, ZMQ_SNDMORE);
                zmq_send(items[i].socket, report, REPORT_BYTES, 0);
                left--;
            }
        }
    }
    sleep(1);
    exit(0);
}

int main(int argc, char **argv) {
    if (argc != 5) return 2;
    int count = atoi(argv[2]), slots = atoi(argv[3]), tasks = atoi(argv[4]);
    char path[1024], endpoint[256], public_key[41], secret_key[41];
    snprintf(path, sizeof path, "%s/dispatch.sqlite", argv[1]);
    sqlite3 *db;
    sqlite3_open(path, &db);
    sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE task (id INTEGER PRIMARY KEY, "
                     "phase INTEGER, worker TEXT, attempt INTEGER, digest BLOB); BEGIN", 0, 0, 0);
    sqlite3_stmt *insert, *lease, *finish;
    sqlite3_prepare_v2(db, "INSERT INTO task VALUES (?, 0, NULL, 0, NULL)", -1, &insert, 0);
    sqlite3_prepare_v2(db, "UPDATE task SET phase=1, worker=?, attempt=attempt+1 WHERE id=?", -1, &lease, 0);
    sqlite3_prepare_v2(db, "UPDATE task SET phase=2, digest=? WHERE id=? AND phase=1", -1, &finish, 0);
    for (int i = 0; i < tasks; i++) {
        sqlite3_bind_int(insert, 1, i);
        sqlite3_step(insert);
        sqlite3_reset(insert);
    }
    sqlite3_exec(db, "COMMIT", 0, 0, 0);
    zmq_curve_keypair(public_key, secret_key);
    int ready[2];
    if (pipe(ready)) return 1;
    pid_t child = fork();
    if (child == 0) {
        if (read(ready[0], endpoint, sizeof endpoint) <= 0) return 1;
        workers(endpoint, public_key, count, slots, tasks);
    }
    void *context = zmq_ctx_new(), *router = zmq_socket(context, ZMQ_ROUTER);
    int on = 1, big = 20000;
    zmq_setsockopt(router, ZMQ_CURVE_SERVER, &on, sizeof on);
    zmq_setsockopt(router, ZMQ_CURVE_SECRETKEY, secret_key, 40);
    zmq_setsockopt(router, ZMQ_SNDHWM, &big, sizeof big);
    zmq_setsockopt(router, ZMQ_RCVHWM, &big, sizeof big);
    zmq_bind(router, "tcp://127.0.0.1:*");
    size_t size = sizeof endpoint;
    zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &size);
    if (write(ready[1], endpoint, sizeof endpoint) < 0) return 1;

    char names[512][16], body[4096], assign[ASSIGN_BYTES] = {0};
    int given[512], next = 0, done = 0;
    double start = 0, end = 0;
    zmq_pollitem_t item = {router, 0, ZMQ_POLLIN, 0};
    while (done < tasks) {
        zmq_poll(&item, 1, -1);
        int batch = 0;
        sqlite3_exec(db, "BEGIN IMMEDIATE", 0, 0, 0);
        while (batch < 512) {
            int length = zmq_recv(router, names[batch], 15, ZMQ_DONTWAIT);
            if (length < 0) break;
            names[batch][length] = 0;
            zmq_recv(router, body, sizeof body, 0);
            zmq_recv(router, body, sizeof body, 0);
            int32_t id;
            memcpy(&id, body, 4);
            if (id >= 0) {
                sqlite3_bind_blob(finish, 1, body, 32, SQLITE_TRANSIENT);
                sqlite3_bind_int(finish, 2, id);
                sqlite3_step(finish);
                sqlite3_reset(finish);
                done++;
            }
            given[batch] = -1;
            if (next < tasks) {
                if (!start) start = now();
                given[batch] = next;
                sqlite3_bind_text(lease, 1, names[batch], -1, SQLITE_TRANSIENT);
                sqlite3_bind_int(lease, 2, next++);
                sqlite3_step(lease);
                sqlite3_reset(lease);
            }
            batch++;
        }
        sqlite3_exec(db, "COMMIT", 0, 0, 0);
        for (int i = 0; i < batch; i++) {
            if (given[i] < 0) continue;
            memcpy(assign, &given[i], 4);
            zmq_send(router, names[i], strlen(names[i]), ZMQ_SNDMORE);
            zmq_send(router, "h", 1, ZMQ_SNDMORE);
            zmq_send(router, assign, ASSIGN_BYTES, 0);
        }
        end = now();
    }
    printf("{\"tasks\": %d, \"per_second\": %.0f}\n", tasks, tasks / (end - start));
    fflush(stdout);
    waitpid(child, 0, 0);
    return 0;
}
