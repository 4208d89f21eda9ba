"""What the wire checks share: small checks that name what is wrong, and one exit status."""
import sys

failures = []


def check(what, value, expected):
    if value != expected:
        failures.append(f"{what}: {value!r}, not {expected!r}")


def expect_error(what, kind, call):
    """The call must raise exactly this class; returns the error."""
    try:
        call()
    except kind as error:
        check(f"{what}: class", type(error).__name__, kind.__name__)
        return error
    except Exception as error:  # noqa: BLE001: whatever else comes is the failure to report
        failures.append(f"{what}: {type(error).__name__} instead of {kind.__name__}: {error}")
        return None
    failures.append(f"{what}: no error")
    return None


def finish():
    for failure in failures:
        print(failure, file=sys.stderr)
    print("checks done")
    sys.exit(1 if failures else 0)
