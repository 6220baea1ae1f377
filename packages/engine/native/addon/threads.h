// Starting threads and taking memory from the system.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Starts a thread that runs pool_work(thread) until the process ends. Returns 0 where it did.
int start_thread(int thread);
// Keeps this library in the process: the threads work until the process ends, also after who started them is gone.
void stay_loaded(void);
// Zeroed memory in whole pages, on large ones where the system has them; null where there is none.
void *take_pages(size_t bytes);
