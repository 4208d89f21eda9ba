#ifndef MODELPLEX_CSQLITE_H
#define MODELPLEX_CSQLITE_H

#include <sqlite3.h>

// Variadic in C.
static inline int plex_sqlite_set(sqlite3 *database, int option, int value) {
  return sqlite3_db_config(database, option, value, (int *)0);
}

// Made by shifting another macro, which Swift does not evaluate.
static inline int plex_sqlite_lacks_room(int code) {
    // The index of a log is a file of its own, whose want of room has another code than the database's.
    return (code & 0xFF) == SQLITE_FULL || code == SQLITE_IOERR_SHMSIZE;
}

static inline int plex_sqlite_is_damage(int code) {
  return code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_CORRUPTFS;
}

// The destructors are casts of numbers to function pointers, which Swift cannot import: the library copies the bytes.
static inline int plex_sqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int count) {
  return sqlite3_bind_text(statement, index, text, count, SQLITE_TRANSIENT);
}

static inline int plex_sqlite_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count) {
  return count == 0 ? sqlite3_bind_zeroblob(statement, index, 0)
                    : sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}

#endif
