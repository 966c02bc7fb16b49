"""What every program here shares: how a worker's `exec` backend speaks to it (docs/programs.md).

One object of JSON comes on standard input, lines of JSON go to standard output, files are in the current folder, and the exit
status says what a failure is.
"""

import json
import sys


class Failure(Exception):
    """Ends the program with a status the worker understands."""

    status = 1  # This machine's trouble: another one may do better.


class BadOrder(Failure):
    """Nobody could make this."""

    status = 65


class Away(Failure):
    """What this program asks is not reached; it may be later."""

    status = 69


class Busy(Failure):
    """No room now: no memory on the card, too many at once. No try is consumed."""

    status = 75

    def __init__(self, words, retry_after=30):
        super().__init__(words)
        self.retry_after = retry_after


class Refused(Failure):
    """A policy forbids it."""

    status = 77


_worker = sys.stdout


def tell(**facts):
    """A line for the worker: `progress` (0 to 1), `say` (for people), `output` (a file's name), `words`, `error`."""
    print(json.dumps(facts), file=_worker, flush=True)


def device(wanted):
    """`cuda`, `mps` or `cpu`, whichever is there, unless one is wanted."""
    import torch

    if wanted != "auto":
        return wanted
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def serve(check, make):
    """Reads the order and carries it out. `check()` raises what is missing; `make(order)` answers the name of its file, or that
    with more facts to tell."""
    sys.stdout = sys.stderr  # What packages print is not for the worker.
    try:
        try:
            order = json.load(sys.stdin)
        except ValueError as error:
            raise BadOrder(f"the order is no JSON: {error}") from error
        if order.get("version") != 1:
            raise BadOrder(f"the order has version {order.get('version')}; this program knows 1")
        if order.get("do") == "check":
            check()
            return 0
        made = make(order)
        facts = made if isinstance(made, dict) else {"output": made}
        tell(progress=1, **facts)
        return 0
    except Failure as failure:
        facts = {"error": str(failure)}
        if isinstance(failure, Busy):
            facts["retry_after"] = failure.retry_after
        tell(**facts)
        return failure.status
    except KeyError as error:
        tell(error=f"the order has no {error}")
        return BadOrder.status
    except ImportError as error:
        tell(error=f"a Python package is missing: {error}")
        return Failure.status
    except Exception as error:  # noqa: BLE001: whatever a library throws ends here, with words for people.
        # torch.cuda.OutOfMemoryError, torch.OutOfMemoryError: the name is all versions have in common.
        if "OutOfMemory" in type(error).__name__ or "out of memory" in str(error).lower():
            tell(error=f"no memory left on the card: {error}", retry_after=30)
            return Busy.status
        tell(error=f"{type(error).__name__}: {error}")
        return Failure.status
