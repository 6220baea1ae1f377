// The N-API side of the kernels. Compiled for the plainest processor of the platform, so that it can look before anything else runs.
#include <node_api.h>
#include <string.h>
#include "commands.h"
#include "threads.h"

void pool_start(int threads, int floats);
void pool_scratch(int thread, float *scratch);

#define MOST_ARGUMENTS 32
#define MOST_THREADS 256  // as in pool.c

static double arguments[MOST_ARGUMENTS];
static int started = 1;  // threads at work, the caller's included
static int taken;        // whether an environment (the main thread, one worker) uses the kernels; their threads serve only one at a time

static napi_value fail(napi_env env, const char *message) {
  napi_throw_error(env, 0, message);
  return 0;
}

#if defined(__x86_64__)
static void cpuid(uint32_t leaf, uint32_t r[4]) { __asm__ volatile("cpuid" : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3]) : "a"(leaf), "c"(0)); }
static const char *missing(void) {
  uint32_t r[4], low, high;
  cpuid(0, r);
  uint32_t leaves = r[0];
  cpuid(1, r);
  if (leaves < 7 || !(r[2] & 1u << 12) || !(r[2] & 1u << 27) || !(r[2] & 1u << 28)) return "the processor has no AVX2 and FMA";
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if ((low & 6) != 6) return "the system does not save AVX registers";
  cpuid(7, r);
  if (!(r[1] & 1u << 5)) return "the processor has no AVX2";
#if defined(NEEDS_AVX512)
  const uint32_t needed = 1u << 16 | 1u << 17 | 1u << 28 | 1u << 30 | 1u << 31;  // F, DQ, CD, BW, VL
  if ((r[1] & needed) != needed) return "the processor has no AVX-512";
  if ((low & 0xe0) != 0xe0) return "the system does not save AVX-512 registers";
#endif
  return 0;
}
#else
static const char *missing(void) { return 0; }
#endif

// run(command): runs a command on the numbers in `arguments`.
static napi_value run(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value given, result = 0;
  int32_t id;
  napi_get_cb_info(env, info, &count, &given, 0, 0);
  napi_get_value_int32(env, given, &id);
  napi_create_double(env, commands[id].run(arguments), &result);
  return result;
}

// runAll(list): runs a list of commands, each its number, the count of its arguments, and these. Returns whether none of them complained: kernels
// whose answer depends on memory say -1 where there is nothing to say.
static napi_value run_all(napi_env env, napi_callback_info info) {
  size_t count = 1, length;
  napi_value given, result = 0;
  void *data;
  napi_get_cb_info(env, info, &count, &given, 0, 0);
  if (napi_get_typedarray_info(env, given, 0, &length, &data, 0, 0) != napi_ok) return fail(env, "a list of numbers is needed");
  const double *list = data;
  int well = 1;
  for (size_t i = 0; i < length; i += 2 + (size_t)list[i + 1]) {
    const command *one = commands + (int)list[i];
    const double answer = one->run(list + i + 2);
    if (one->answers == FROM_MEMORY && answer != -1) well = 0;
  }
  napi_get_boolean(env, well, &result);
  return result;
}

// take(bytes): an ArrayBuffer of fresh memory and its address, or undefined.
static napi_value take(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value given, buffer, address, result = 0;
  double bytes;
  napi_get_cb_info(env, info, &count, &given, 0, 0);
  napi_get_value_double(env, given, &bytes);
  void *p = take_pages((size_t)bytes);
  if (!p) return 0;
  if (napi_create_external_arraybuffer(env, p, (size_t)bytes, 0, 0, &buffer) != napi_ok) return fail(env, "this runtime allows no memory of an addon's own");
  napi_create_double(env, (double)(uintptr_t)p, &address);
  napi_create_object(env, &result);
  napi_set_named_property(env, result, "buffer", buffer);
  napi_set_named_property(env, result, "address", address);
  return result;
}

// start(threads, floats, addresses): so many threads, each with scratch of so many floats at its address. Returns how many there are.
static napi_value start(napi_env env, napi_callback_info info) {
  size_t count = 3;
  napi_value given[3], result;
  int32_t threads, floats;
  napi_get_cb_info(env, info, &count, given, 0, 0);
  napi_get_value_int32(env, given[0], &threads);
  napi_get_value_int32(env, given[1], &floats);
  if (threads > MOST_THREADS) threads = MOST_THREADS;
  for (int thread = 0; thread < threads; thread++) {
    napi_value item;
    double address;
    napi_get_element(env, given[2], thread, &item);
    napi_get_value_double(env, item, &address);
    pool_scratch(thread, (float *)(uintptr_t)address);
  }
  pool_start(threads < started ? threads : started, floats);
  while (started < threads && !start_thread(started)) started++;
  pool_start(threads < started ? threads : started, floats);
  napi_create_int32(env, threads < started ? threads : started, &result);
  return result;
}

static void leave(void *unused) {
  (void)unused;
  __atomic_store_n(&taken, 0, __ATOMIC_SEQ_CST);
}

static void define(napi_env env, napi_value exports, const char *name, napi_callback function) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, 0, &value);
  napi_set_named_property(env, exports, name, value);
}

NAPI_MODULE_INIT() {
  const char *lacking = missing();
  if (lacking) return fail(env, lacking);
  if (__atomic_exchange_n(&taken, 1, __ATOMIC_SEQ_CST)) return fail(env, "another thread of this process uses it");
  napi_add_env_cleanup_hook(env, leave, 0);
  stay_loaded();
  define(env, exports, "run", run);
  define(env, exports, "runAll", run_all);
  define(env, exports, "take", take);
  define(env, exports, "start", start);
  napi_value buffer, numbers, names, answers;
  napi_create_external_arraybuffer(env, arguments, sizeof arguments, 0, 0, &buffer);
  napi_create_typedarray(env, napi_float64_array, MOST_ARGUMENTS, buffer, 0, &numbers);
  napi_set_named_property(env, exports, "arguments", numbers);
  napi_create_array(env, &names);
  napi_create_array(env, &answers);
  for (int i = 0; commands[i].name; i++) {
    napi_value name, answer;
    napi_create_string_utf8(env, commands[i].name, NAPI_AUTO_LENGTH, &name);
    napi_create_int32(env, commands[i].answers, &answer);
    napi_set_element(env, names, i, name);
    napi_set_element(env, answers, i, answer);
  }
  napi_set_named_property(env, exports, "commands", names);
  napi_set_named_property(env, exports, "answers", answers);
  return exports;
}
