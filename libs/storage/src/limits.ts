/** Version of everything under DATA_DIR; a folder of another version is refused. 2: the log has a
 *  write-ahead log, whose records a program of version 1 would not see. */
export const FORMAT_VERSION = 2;

/**
 * Address space of the log environment, bytes. Only what is written takes disk; a log is compacted
 * as the state is flushed, so 16 GiB is far above what 100 groups hold between two compactions.
 * LMDB would silently map more beyond it, which is why `STORAGE_FULL_RATIO` guards it.
 */
export const LOG_MAP_BYTES = 16 * 1024 ** 3;

/** Address space of the state environment, bytes: the limit of all state of one node. */
export const STATE_MAP_BYTES = 256 * 1024 ** 3;

/** Share of the map in live pages above which a leader takes no new commands. What is appended
 *  already, the entry that opens a term and what a leader with more room sends must still fit. */
export const STORAGE_FULL_RATIO = 0.9;

/** Share of the map in live pages above which every entry is refused, which stops the node. The
 *  rest is for truncation, compaction and deletes, which need pages before they free any. */
export const STORAGE_EXHAUSTED_RATIO = 0.97;

/** Share of the map that may be written before its live pages are counted again: counting takes
 *  some µs of every commit. From `STORAGE_FULL_RATIO` on they are counted after each. */
export const STORAGE_RECOUNT_RATIO = 0.001;

/** Zeros written behind the pages in use at a time, bytes: about 10 ms of disk, once in so much. */
export const PAGE_RESERVE_STEP_BYTES = 8 * 1024 ** 2;

/** Zeros left at which the next are written, bytes: more than most commits take at a time. */
export const PAGE_RESERVE_LOW_BYTES = 4 * 1024 ** 2;

/** What may be written before the zeros left are looked at again, bytes. */
export const PAGE_RESERVE_CHECK_BYTES = 1024 ** 2;

/** The disk has this many steps free, or no reserve is written: it must not fill a small disk. */
export const PAGE_RESERVE_FREE_RATIO_MIN = 16;

/** Free disk below which a failed commit is called a full disk, bytes: LMDB reports a write cut
 *  short by a full disk as EIO, and a commit of the largest batch needs about this much. */
export const DISK_FREE_BYTES_MIN = 16 * 1024 ** 2;

/** Files of the write-ahead log: while one is written, the other is absorbed and erased. */
export const WAL_FILES = 2;

/** Length of such a file, bytes. It bounds what a start replays and what waits in memory for LMDB; a
 *  larger record than fits goes into LMDB itself. 16 MiB is a second of a busy node. */
export const WAL_FILE_BYTES = 16 * 1024 ** 2;

/** Zeros of one write while a file is erased, bytes: a record that comes meanwhile waits for one. */
export const WAL_ERASE_BYTES = 256 * 1024;

/** Memory that records are put together in, bytes; longer ones get their own. */
export const WAL_BUFFER_BYTES = 256 * 1024;

/** Time from a record to the transaction that brings it into LMDB, milliseconds. Each transaction
 *  writes some ten pages however little it changes, and competes with the records for the disk. */
export const ABSORB_INTERVAL_MS = 250;

/** Bytes at which that transaction starts early. */
export const ABSORB_BYTES = 4 * 1024 ** 2;

/** Changed keys at which it starts early: handing them to LMDB takes below 5 ms of the event loop. */
export const ABSORB_CHANGES = 4_096;

/** What a change in the write-ahead log takes besides its key and value, bytes: in memory, and about
 *  as much in the pages of LMDB. */
export const UNABSORBED_CHANGE_OVERHEAD_BYTES = 128;

/** Groups of one node: 8 shards each of two families and the coordination group, with much room. */
export const GROUPS_MAX = 4_096;

/** Ordinals of one environment, 16 bits on disk: each group has one, and at most about one more
 *  that is staged or being removed. */
export const ORDINALS_MAX = 16_384;

/** Log writes accepted and not yet flushed, bytes, over all groups. Groups bound their own
 *  in-flight entries far below; this stops the process from growing when a disk hangs. */
export const LOG_PENDING_BYTES_MAX = 256 * 1024 ** 2;

/** Waiting writes taken into one commit, bytes: at about 300 MB/s it keeps the commit that a
 *  heartbeat's hard state waits for below 30 ms, and it fits into a file of the write-ahead log. One
 *  larger write still goes alone. */
export const LOG_COMMIT_BYTES_MAX = 8 * 1024 ** 2;

/** What `writeMeta` may keep, bytes over all keys, as base64: cluster id, formation, certificates, and the list
 *  of members, some 250 KiB with 64 members and 4096 shards of two families, seven replicas each. They
 *  share one record, so that a lost one cannot go unnoticed. */
export const META_BYTES_MAX = 512 * 1024;

/** Time from the first change to the commit of the state, milliseconds. It bounds what a crash
 *  replays, some thousand entries; each commit competes with the log for the disk's flushes. */
export const STATE_COMMIT_INTERVAL_MS = 500;

/** Changed records at which a commit starts early: handing them to LMDB is one piece of work, below
 *  15 ms of the event loop. More come together only while another commit runs. */
export const STATE_COMMIT_RECORDS = 16_384;

/** Changes of state in memory (not yet flushed), bytes. Above it `saturated` pauses applying; at
 *  half of it a commit starts early. 64 MiB is 0.2 s of what a slow disk writes. */
export const STATE_OVERLAY_BYTES_MAX = 64 * 1024 ** 2;

/** Memory that one change takes besides its key and value, bytes: map entry, string and order. */
export const STATE_CHANGE_OVERHEAD_BYTES = 128;

/** Changes encoded in one turn of the event loop while a commit is prepared: about 1 ms. */
export const STATE_CHANGES_PER_TURN = 512;

/** Bytes of table name and key together. LMDB takes keys of 1,978 bytes with 4 KiB pages; the
 *  prefix of the group and the separator take 3. */
export const STATE_KEY_BYTES_MAX = 1_970;

/** Records that a range reads from the disk at a time; no read transaction stays open between two
 *  such reads, since an open one stops LMDB from reusing pages. */
export const RANGE_READ_RECORDS = 64;

/** Bytes that a range reads from the disk at first, at least one record; then twice as many, and so on. */
export const RANGE_READ_BYTES_FIRST = 64 * 1024;

/** Bytes that a range reads from the disk at a time, at least one record. */
export const RANGE_READ_BYTES = 1024 ** 2;

/** Keys in one run of an ordered map: inserting moves at most that many pointers. */
export const ORDERED_RUN_KEYS_MAX = 512;

/** Keys of an ordered map that wait for their place: ordering all of them takes about 5 ms. */
export const ORDERED_PENDING_KEYS_MAX = 4_096;

/** Tries to take the lock file while other processes take or release it at the same time. */
export const LOCK_ATTEMPTS_MAX = 16;

/** Snapshots of one node that are read at the same time. Each may hold a reader's place, of which
 *  the environment has 126. */
export const SNAPSHOT_SOURCES_MAX = 64;

/** How long a snapshot may be read, milliseconds: as long, LMDB reuses no page that was freed since,
 *  and the file grows with every commit. */
export const SNAPSHOT_READ_MS_MAX = 60_000;

/** Records in one part of a snapshot: reading or staging one stays below about 5 ms. */
export const SNAPSHOT_PART_RECORDS_MAX = 1_000;

/** Records removed by one transaction after state was replaced or an install was given up: about
 *  2 ms of the event loop, and some hundred pages. */
export const SCRAP_RECORDS_PER_COMMIT = 1_000;
