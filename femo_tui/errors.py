"""Every error that femo raises on purpose.

FemoError                 one sentence for the operator: which thing, what is wrong, what to do
├── UsageError            the request itself is wrong                     exit status 2
│   ├── UnknownName         no such participant, protocol, run
│   ├── ProtocolError       a protocol or study file has mistakes (all of them, with lines)
│   └── ConsentError        the participant did not consent to what was asked
├── StoreError            the store cannot be opened, read or written     exit status 1
│   ├── DiskFull            no room left
│   └── CatalogAway         the catalog's database does not answer; what is recorded can wait for it
├── DeviceError           a device is absent, busy, or stopped working
│   └── DeviceInUse         another recorder holds it
├── RecorderError         the recorder refused or could not be reached
│   ├── RecorderBusy        another run is being recorded on this store
│   └── IllegalCommand      the run's state does not allow the command
├── TrainingError         a model cannot be trained, found or used as asked
│   └── TrainerBusy         another training runs on this store
├── BundleError           a bundle cannot be made, opened or believed
├── MalformedRecord       a stored line is not what the format says
└── Cancelled             whoever asked for long work wants it no more
"""

from __future__ import annotations


class FemoError(Exception):
    """Base of all: its text is one sentence that names the thing and the next action."""

    exit_status = 1


class UsageError(FemoError):
    """The request itself is wrong."""

    exit_status = 2


class UnknownName(UsageError):
    """No participant, protocol, run or device of that name."""


class ProtocolError(UsageError):
    """A protocol or study file has mistakes."""


class ConsentError(UsageError):
    """The participant's consent does not cover what was asked."""


class StoreError(FemoError):
    """The store cannot be opened, read or written."""


class DiskFull(StoreError):
    """No room is left where the run is written."""


class CatalogAway(StoreError):
    """The catalog's database does not answer now; run folders do not need it."""


class DeviceError(FemoError):
    """A device is absent, busy, or stopped working."""


class DeviceInUse(DeviceError):
    """Another recorder holds the device."""


class RecorderError(FemoError):
    """The recorder refused, or could not be reached."""


class RecorderBusy(RecorderError):
    """Another run is being recorded on this store."""


class IllegalCommand(RecorderError):
    """The run's state does not allow the command."""


class TrainingError(FemoError):
    """A model cannot be trained, found or used as asked."""


class TrainerBusy(TrainingError):
    """Another training runs on this store."""


class BundleError(FemoError):
    """A bundle cannot be made, opened or believed."""


class MalformedRecord(FemoError):
    """A stored line is not what the format says."""


class Cancelled(FemoError):
    """Whoever asked for long work wants it no more; what it had begun is left as it was."""
