"""Starts the FusionAuth emulator that this package carries, and calls its control endpoints (`/emulator/*`)."""

from __future__ import annotations

import collections
import json
import math
import os
import subprocess
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Callable, Literal, Mapping, NamedTuple, Sequence

from . import built_in

__all__ = ["AnsweredRequest", "Emulator", "EmulatorError", "InjectedFault", "Message", "Topic", "built_in"]

PROGRAM = Path(__file__).parent / "bin" / ("fusionauth-emulator.exe" if os.name == "nt" else "fusionauth-emulator")

# The emulator is on this machine, so a proxy of the environment must not get these requests.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

Topic = Literal[
    "forgotPassword",
    "setPassword",
    "verifyEmail",
    "verifyRegistration",
    "twoFactorCode",
    "passwordless",
    "passwordResetSuccess",
    "passwordUpdate",
    "emailVerified",
    "twoFactorMethodAdd",
    "twoFactorMethodRemove",
    "chosen",
]


class EmulatorError(Exception):
    """The emulator did not start, refused a call, or sent no mail in time."""


@dataclass(frozen=True)
class Message:
    """An email or SMS that FusionAuth would have sent."""

    id: str
    instant: int
    """When the message was sent, in milliseconds since 1970, by the emulated clock."""
    topic: Topic
    user_id: str | None
    to: str
    """An email address or a phone number."""
    sender: str
    sender_name: str
    """Empty if the template has none."""
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    """Empty without a template."""
    values: Mapping[str, str] = field(repr=False)
    """The data that the recipient uses: `code`, `changePasswordId`, `verificationId` and the like."""


class AnsweredRequest(NamedTuple):
    """A request that the emulator has answered."""

    method: str
    route: str | None
    """The pattern of the path, such as `/api/user/{userId}`; `None` for a path that FusionAuth does not have."""
    status: int


class InjectedFault:
    """A fault that is in effect."""

    def __init__(self, emulator: Emulator, id: int) -> None:
        self._emulator, self._path = emulator, f"/faults/{id}"

    def held(self, count: int) -> int:
        """Waits until the fault holds this many requests at once. Returns how many it holds."""
        held: int = self._emulator._call("GET", f"{self._path}?held={count}")["fault"]["held"]
        return held

    def remove(self) -> None:
        """Ends the fault, and releases the requests that it holds."""
        self._emulator._call("DELETE", self._path)


class Emulator:
    """A running emulator. Several can run at the same time; they share nothing.

    `Emulator(url)` uses an emulator that another process has started; `stop` does not end it.
    """

    url: str
    """The URL of the emulator, without a trailing slash. Give it to your application as FusionAuth's URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._process: subprocess.Popen[str] | None = None
        self._readers: list[threading.Thread] = []
        self._seen: set[str] = set()

    @classmethod
    def start(
        cls,
        kickstart: str | os.PathLike[str] | None = None,
        *,
        args: Sequence[str] = (),
        env: Mapping[str, str] | None = None,
        log: Callable[[str], object] | None = None,
    ) -> Emulator:
        """Starts an emulator on a free port, and waits until it accepts requests.

        It ends with this process, even if the process is killed. Without a `kickstart` file, the built-in one sets up
        one application and one user (`built_in`). `args` are further flags of the program. `env` are variables for
        `#{ENV.…}` in the kickstart file, in addition to this process's environment. `log` is called with each line of
        the emulator's log, in a thread.
        """
        flags = ["--listen", "127.0.0.1:0", "--stop-with-stdin", *(["--kickstart", str(kickstart)] if kickstart else []), *args]
        try:
            process = subprocess.Popen(
                [str(PROGRAM), *flags],
                # The environment may name the kickstart file of another instance.
                env={**os.environ, "FUSIONAUTH_APP_KICKSTART_FILE": "", **(env or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        except OSError as error:
            raise EmulatorError(f"cannot start {PROGRAM}: {error}") from error
        assert process.stdout and process.stderr
        errors: collections.deque[str] = collections.deque(maxlen=100)

        # Threads read both pipes until the emulator ends, because a full pipe would block it.
        def read(lines: IO[str], each: Callable[[str], object]) -> threading.Thread:
            def run() -> None:
                with lines:
                    for line in lines:
                        each(line)

            thread = threading.Thread(target=run, daemon=True)
            thread.start()
            return thread

        def keep(line: str) -> None:
            errors.append(line)
            if log:
                log(line.rstrip("\n"))

        emulator = cls("")
        emulator._process, emulator._readers = process, [read(process.stderr, keep)]
        for line in process.stdout:
            if line.startswith("listening on "):
                emulator.url = line[len("listening on ") :].strip()
                emulator._readers.append(read(process.stdout, lambda line: None))
                return emulator
        process.stdout.close()
        emulator.stop()
        raise EmulatorError(f"the emulator ended with code {process.returncode}:\n{''.join(errors)}")

    def mail(self, *, to: str | None = None, topic: Topic | None = None, timeout: float = 10) -> Message:
        """Returns the oldest message that this object has not returned yet, and waits for it if it is not there."""
        deadline = time.monotonic() + timeout
        query = {name: value for name, value in (("to", to), ("topic", topic)) if value is not None}
        while True:
            query["waitSeconds"] = str(max(0, math.ceil(deadline - time.monotonic())))
            messages = self._call("GET", f"/mail?{urllib.parse.urlencode(query)}")["messages"]
            for it in messages:
                if it["id"] not in self._seen:
                    self._seen.add(it["id"])
                    it |= {"user_id": it["userId"], "sender": it["from"], "sender_name": it["fromName"]}
                    return Message(**{member.name: it[member.name] for member in fields(Message)})
            if not messages:
                wanted = (f" with the topic {topic}" if topic else "") + (f" to {to}" if to else "")
                raise EmulatorError(f"no new mail{wanted} within {timeout} s")
            query["after"] = messages[-1]["id"]

    def advance(self, seconds: int) -> None:
        """Advances the emulated clock, by which everything expires. Only `reset` sets it back.

        An application with a clock of its own still accepts old tokens, and refuses new ones as issued in the future;
        see `expired_token`.
        """
        self._call("POST", "/clock", {"advanceSeconds": seconds})

    def expired_token(self, application_id: str, login_id: str, *, seconds_ago: int = 60) -> str:
        """Returns an access token of this user that has expired by every clock, `seconds_ago`."""
        user = {"applicationId": application_id, "loginId": login_id, "secondsAgo": seconds_ago}
        token: str = self._call("POST", "/expired-token", user)["token"]
        return token

    def fault(
        self,
        path: str,
        *,
        method: str | None = None,
        times: int | None = None,
        for_milliseconds: int | None = None,
        hold: Literal["request", "answer"] | None = None,
        delay_request_milliseconds: int = 0,
        delay_answer_milliseconds: int = 0,
        status: int | None = None,
        html: str | None = None,
        retry_after_seconds: int | None = None,
        cut: Literal["headers", "body"] | None = None,
    ) -> InjectedFault:
        """Makes requests fail, wait, or get another answer. `path` may end with `*`.

        `times` is the number of requests to which the fault applies. `hold` holds requests before they are handled, or
        before they are answered, until the fault is removed. `status` replaces FusionAuth's answer, and the request is
        not handled. `cut` closes the connection before the first byte of the answer, or after half of the body.
        """
        fault = {
            "path": path,
            "method": method,
            "times": times,
            "forMilliseconds": for_milliseconds,
            "hold": hold,
            "delayRequestMilliseconds": delay_request_milliseconds,
            "delayAnswerMilliseconds": delay_answer_milliseconds,
            "status": status,
            "html": html,
            "retryAfterSeconds": retry_after_seconds,
            "cut": cut,
        }
        return InjectedFault(self, self._call("POST", "/faults", fault)["fault"]["id"])

    def requests(self) -> list[AnsweredRequest]:
        """The latest answered requests, at most 1,000, without those of the kickstart and of this object."""
        return [AnsweredRequest(**it) for it in self._call("GET", "/requests")["requests"]]

    def reset(self) -> None:
        """Sets everything up as a first start does: data, clock, faults, mail and requests. Signing keys are new."""
        self._call("POST", "/reset")

    def stop(self) -> None:
        """Ends the emulator, and waits until it has ended."""
        if self._process and self._process.stdin:
            self._process.stdin.close()
            self._process.wait()
            for reader in self._readers:
                reader.join()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json", "accept": "application/json"}
        request = urllib.request.Request(f"{self.url}/emulator{path}", data, headers, method=method)
        try:
            with _opener.open(request) as response:
                text = response.read()
        except urllib.error.HTTPError as error:
            with error:
                told = error.read().decode(errors="replace")
            route = path.split("?")[0]
            raise EmulatorError(f"{method} /emulator{route} was answered with {error.code}: {told}") from None
        return json.loads(text) if text else None
