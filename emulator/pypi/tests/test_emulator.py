"""What the package does beside its README's examples: it waits for mail, reports mistakes, and ends with its parent."""

import base64
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest
from fusionauth_emulator import Emulator, EmulatorError, built_in


def forget(emulator: Emulator) -> None:
    data = json.dumps({"loginId": built_in.EMAIL}).encode()
    request = urllib.request.Request(f"{emulator.url}/api/user/forgot-password", data, {"content-type": "application/json"})
    urllib.request.urlopen(request).close()


def test_each_message_is_returned_once_and_waited_for() -> None:
    with Emulator.start() as emulator:
        ids = set()
        for _ in range(2):
            sender = threading.Thread(target=forget, args=(emulator,))
            sender.start()
            message = emulator.mail(to=built_in.EMAIL)
            sender.join()
            assert message.values["changePasswordId"] not in repr(message)
            ids.add(message.id)
        assert len(ids) == 2
        with pytest.raises(EmulatorError, match="passwordless"):
            emulator.mail(topic="passwordless", timeout=0)


def test_a_held_request_is_waited_for_and_released() -> None:
    with Emulator.start() as emulator:
        fault = emulator.fault("/api/*", hold="answer")
        request = threading.Thread(target=forget, args=(emulator,))
        request.start()
        assert fault.held(1) == 1
        fault.remove()
        request.join()
        with pytest.raises(EmulatorError, match="400"):
            emulator.fault("api")


def test_an_expired_token_is_in_the_past_of_this_process_s_clock_too() -> None:
    with Emulator.start() as emulator:
        payload = emulator.expired_token(built_in.APPLICATION_ID, built_in.EMAIL).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        assert claims["iat"] < claims["exp"] < time.time()
        with pytest.raises(EmulatorError, match="400"):
            emulator.expired_token(built_in.APPLICATION_ID, "nobody")


def test_a_mistake_in_the_kickstart_file_is_named(tmp_path: Path) -> None:
    kickstart = tmp_path / "kickstart.json"
    kickstart.write_text('{"apiKeys": [{"key": "k"}], "requests": [{"method": "POST", "url": "/api/user", "body": {}}]}')
    with pytest.raises(EmulatorError, match="(?s)code 2.*/api/user"):
        Emulator.start(kickstart)


def test_the_emulator_ends_with_a_parent_that_is_killed() -> None:
    script = "from fusionauth_emulator import Emulator; print(Emulator.start().url, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        url = urllib.parse.urlsplit(parent.stdout.readline().strip())
        assert url.hostname and url.port
        with socket.create_connection((url.hostname, url.port)) as connection:
            parent.kill()
            assert connection.recv(1) == b"", "the connection is closed when the emulator ends"
    with pytest.raises(ConnectionError):
        while True:
            socket.create_connection((url.hostname, url.port)).close()
