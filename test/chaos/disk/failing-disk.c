// Loaded before libc into a node (LD_PRELOAD): makes its disk fail as the file named by
// CHAOS_DISK_CONTROL says at that moment. No such file: the disk is well.
//   eio       fsync, fdatasync and writes through O_DSYNC fail with EIO, and nothing is flushed
//   enospc    writes to files fail with ENOSPC
//   slow N    fsync, fdatasync and writes through O_DSYNC take N milliseconds more
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static int read_order(char *order, size_t size) {
  const char *path = getenv("CHAOS_DISK_CONTROL");
  if (path == NULL) return 0;
  int saved = errno;
  int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  long length = 0;
  if (file >= 0) {
    length = syscall(SYS_read, file, order, size - 1);
    syscall(SYS_close, file);
  }
  errno = saved;
  if (length <= 0) return 0;
  order[length] = 0;
  return 1;
}

/* 0, or -1 with errno. */
static int before_sync(void) {
  char order[32];
  if (!read_order(order, sizeof order)) return 0;
  if (strncmp(order, "eio", 3) == 0) {
    errno = EIO;
    return -1;
  }
  if (strncmp(order, "slow ", 5) == 0) {
    long milliseconds = atol(order + 5);
    struct timespec pause = {milliseconds / 1000, (milliseconds % 1000) * 1000000L};
    nanosleep(&pause, NULL);
  }
  return 0;
}

static int before_write(int fd) {
  char order[32];
  struct stat status;
  if (!read_order(order, sizeof order)) return 0;
  if (strncmp(order, "enospc", 6) != 0) {
    int flags = (int)syscall(SYS_fcntl, fd, F_GETFL);
    return flags != -1 && (flags & O_DSYNC) ? before_sync() : 0;
  }
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  errno = ENOSPC;
  return -1;
}

int fsync(int fd) { return before_sync() ? -1 : (int)syscall(SYS_fsync, fd); }

int fdatasync(int fd) { return before_sync() ? -1 : (int)syscall(SYS_fdatasync, fd); }

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  static ssize_t (*real)(int, const void *, size_t, off_t);
  if (real == NULL) real = (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite");
  return before_write(fd) ? -1 : real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (real == NULL) real = (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
  return before_write(fd) ? -1 : real(fd, bytes, count, at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  static ssize_t (*real)(int, const struct iovec *, int, off_t);
  if (real == NULL) real = (ssize_t(*)(int, const struct iovec *, int, off_t))dlsym(RTLD_NEXT, "pwritev");
  return before_write(fd) ? -1 : real(fd, parts, count, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  static ssize_t (*real)(int, const struct iovec *, int);
  if (real == NULL) real = (ssize_t(*)(int, const struct iovec *, int))dlsym(RTLD_NEXT, "writev");
  return before_write(fd) ? -1 : real(fd, parts, count);
}
