/* SPDX-License-Identifier: Apache-2.0
 *
 * The queue's file. One transaction a turn of the loop, opened by its first change: so thousands of
 * events a second cost hundreds of commits. Nothing is read but at the start.
 */
#include <sqlite3.h>

#include "base/mem.h"
#include "standin/relay_inner.h"

struct relay_store {
    sqlite3 *db;
    sqlite3_stmt *begin;
    sqlite3_stmt *put;
    sqlite3_stmt *remove;
    sqlite3_stmt *commit;
    sqlite3_stmt *rollback;
    bool is_open; /* a transaction */
    bool failed;  /* … in which something went wrong */
};

static enum br_err relay_store_told(struct relay_store *store, const char *path, struct diag *diag)
{
    return diag_set(diag, BR_ERR_IO, "cannot use %s as a queue: %s", path,
                    sqlite3_errmsg(store->db));
}

static bool relay_store_prepare(struct relay_store *store, const char *sql, sqlite3_stmt **out)
{
    return sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL) ==
           SQLITE_OK;
}

static const char relay_store_schema[] =
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
    "PRAGMA cache_size=-16384; BEGIN IMMEDIATE;"
    "CREATE TABLE IF NOT EXISTS relay_event(number INTEGER PRIMARY KEY, taken_ns INTEGER NOT NULL,"
    " body BLOB NOT NULL) STRICT; COMMIT;";

enum br_err relay_store_open(const char *path, struct relay_store **out_store, struct diag *diag)
{
    struct relay_store *store = MEM_NEW(struct relay_store);
    bool opened =
        sqlite3_open_v2(path, &store->db,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) == SQLITE_OK &&
        sqlite3_exec(store->db, relay_store_schema, NULL, NULL, NULL) == SQLITE_OK &&
        relay_store_prepare(store, "BEGIN IMMEDIATE", &store->begin) &&
        relay_store_prepare(store, "INSERT INTO relay_event VALUES(?,?,?)", &store->put) &&
        relay_store_prepare(store, "DELETE FROM relay_event WHERE number=?", &store->remove) &&
        relay_store_prepare(store, "COMMIT", &store->commit) &&
        relay_store_prepare(store, "ROLLBACK", &store->rollback);
    if (!opened) {
        enum br_err err = relay_store_told(store, path, diag);
        relay_store_close(&store);
        return err;
    }
    *out_store = store;
    return BR_ERR_NONE;
}

void relay_store_close(struct relay_store **store_place)
{
    struct relay_store *store = *store_place;
    sqlite3_stmt *const statements[] = {store->begin, store->put, store->remove, store->commit,
                                        store->rollback};
    for (size_t i = 0; i < BR_COUNT(statements); i++)
        (void)sqlite3_finalize(statements[i]);
    (void)sqlite3_close(store->db);
    mem_free(store);
    *store_place = NULL;
}

enum br_err relay_store_load(struct relay_store *store, relay_store_row_fn *each, void *context,
                             struct diag *diag)
{
    sqlite3_stmt *rows = NULL;
    int step = SQLITE_ERROR;
    if (relay_store_prepare(store, "SELECT number, taken_ns, body FROM relay_event ORDER BY number",
                            &rows)) {
        while ((step = sqlite3_step(rows)) == SQLITE_ROW) {
            const void *body = sqlite3_column_blob(rows, 2);
            struct bytes text = bytes_make(body, (size_t)sqlite3_column_bytes(rows, 2));
            each(context, (uint64_t)sqlite3_column_int64(rows, 0), sqlite3_column_int64(rows, 1),
                 text);
        }
    }
    (void)sqlite3_finalize(rows);
    return step == SQLITE_DONE
               ? BR_ERR_NONE
               : relay_store_told(store, sqlite3_db_filename(store->db, "main"), diag);
}

static void relay_store_step(struct relay_store *store, sqlite3_stmt *statement)
{
    if (sqlite3_step(statement) != SQLITE_DONE)
        store->failed = true;
    (void)sqlite3_reset(statement);
}

static void relay_store_begin(struct relay_store *store)
{
    if (store->is_open)
        return;
    store->is_open = true;
    store->failed = false;
    relay_store_step(store, store->begin);
}

void relay_store_put(struct relay_store *store, uint64_t number, int64_t taken_ns,
                     struct bytes text)
{
    relay_store_begin(store);
    (void)sqlite3_bind_int64(store->put, 1, (sqlite3_int64)number);
    (void)sqlite3_bind_int64(store->put, 2, taken_ns);
    (void)sqlite3_bind_blob64(store->put, 3, text.ptr, text.len, SQLITE_STATIC);
    relay_store_step(store, store->put);
    (void)sqlite3_clear_bindings(store->put);
}

void relay_store_remove(struct relay_store *store, uint64_t number)
{
    relay_store_begin(store);
    (void)sqlite3_bind_int64(store->remove, 1, (sqlite3_int64)number);
    relay_store_step(store, store->remove);
}

enum br_err relay_store_commit(struct relay_store *store)
{
    if (!store->is_open)
        return BR_ERR_NONE;
    store->is_open = false;
    if (!store->failed)
        relay_store_step(store, store->commit);
    if (!store->failed)
        return BR_ERR_NONE;
    if (sqlite3_get_autocommit(store->db) == 0)
        relay_store_step(store, store->rollback);
    return BR_ERR_IO;
}

const char *relay_store_error(const struct relay_store *store)
{
    return sqlite3_errmsg(store->db);
}
