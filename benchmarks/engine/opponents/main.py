"""One row by one opponent in a process of its own: `main.py ROW` (JSON), or `main.py versions`.

Says that it is ready, then does the work as often as each line `turn N` on its input asks for, and answers with milliseconds and peak memory."""

import importlib.metadata
import json
import platform
import resource
import sys
import time


def versions():
    found = {"python": platform.python_version()}
    for name in ("torch", "onnxruntime", "onnx", "ctranslate2"):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
    return found


def peak_memory():
    """MB of 2^20 bytes. What getrusage says outlives exec, so the kernel's own figure is taken where there is one."""
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def say(**answer):
    print(json.dumps(answer), flush=True)


def work_of(row):
    """(what it says of itself, the work)"""
    if row["opponent"] == "onnxruntime":
        import onnxruntime_vision

        return onnxruntime_vision.work_of(row)
    if row["opponent"] == "ctranslate2":
        import ctranslate2_translation

        return ctranslate2_translation.work_of(row)
    import torch_work

    return torch_work.work_of(row)


def serve(row):
    try:
        detail, work = work_of(row)
        say(ready=detail)
        for line in sys.stdin:
            ms = []
            for _ in range(int(line.split()[1])):
                started = time.perf_counter()
                work()
                ms.append(1e3 * (time.perf_counter() - started))
            say(ms=ms, memory=peak_memory())
    except Exception as error:
        say(failed=f"{type(error).__name__}: {error}")


if sys.argv[1] == "versions":
    print(json.dumps(versions()))
else:
    serve(json.loads(sys.argv[1]))
