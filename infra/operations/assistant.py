"""The assistant's model services on this machine: three processes on the loopback interface."""

import json
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from model_services import catalogue
from operations.engines import ENGINES, environment_of_engines
from operations.errors import Trouble
from operations.places import Places
from operations.ports import HOST, holder_of, is_free
from operations.processes import Started, start, stop, wait_until

SERVICES = {"stt": "STT_URL", "llm": "LLM_URL", "tts": "TTS_URL"}
SCHEMES = {"rest-raw": "http", "rest-json": "http", "grpc": "grpc", "thrift": "thrift"}
FIRST_PORT = 7101
_START_S = 120.0
"""A large model's weights take their time to load."""


@dataclass(frozen=True)
class Record:
    """What `assistant.json` holds."""

    protocol: str = ""
    first_port: int = FIRST_PORT
    started: Mapping[str, Started] = field(default_factory=dict)


class ModelServices:
    """Speech to text, the language model and text to speech of one local world."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._file = places.home / "assistant" / "assistant.json"

    @property
    def record(self) -> Record:
        """What was started, if anything was."""
        if not self._file.exists():
            return Record()
        stored = json.loads(self._file.read_text(encoding="utf-8"))
        started = {service: Started(**one) for service, one in stored["started"].items()}
        return Record(stored["protocol"], stored["first_port"], started)

    def running(self) -> dict[str, bool]:
        """Whether each service runs."""
        started = self.record.started
        return {
            service: service in started and started[service].process() is not None
            for service in SERVICES
        }

    def settings(self) -> dict[str, str]:
        """The settings by which the assistant finds these services."""
        record = self.record
        urls = {
            setting: f"{SCHEMES[record.protocol]}://{HOST}:{record.first_port + place}"
            for place, setting in enumerate(SERVICES.values())
        }
        return {"ASSISTANT_PROTOCOL": record.protocol} | urls

    def up(self, protocol: str, first_port: int, engines: Mapping[str, str]) -> bool:
        """Start the three; False when they run already, over that protocol.

        `engines` are by service; what is not in it is as the settings say (STT_ENGINE …).

        Raises:
            Trouble: the protocol is unknown, a port is taken, or a service does not come up.
        """
        if protocol not in SCHEMES:
            raise Trouble(f"{protocol!r} is no protocol", f"give {', '.join(SCHEMES)}", code=2)
        record = self.record
        same = (record.protocol, record.first_port) == (protocol, first_port)
        if same and all(self.running().values()):
            return False
        self.down()
        for place, service in enumerate(SERVICES):
            _require_free(first_port + place, service)
        started: dict[str, Started] = {}
        for place, service in enumerate(SERVICES):
            started[service] = self._start(service, protocol, first_port + place, engines)
            self._save(Record(protocol, first_port, started))
        for place, service in enumerate(SERVICES):
            self._wait(service, started[service], first_port + place)
        return True

    def down(self) -> bool:
        """Stop what `up` started; False when nothing ran."""
        stopped = [stop(one) for one in self.record.started.values()]
        self._file.unlink(missing_ok=True)
        return any(stopped)

    def _start(self, service: str, protocol: str, port: int, engines: Mapping[str, str]) -> Started:
        engine = (
            engines.get(service)
            or os.environ.get(f"{service.upper()}_ENGINE")
            or catalogue.DEFAULTS[service]
        )
        interpreter, environment = _interpreter_for(engine)
        command = [
            *(interpreter, "-m", "model_services", "--service", service, "--engine", engine),
            *("--protocol", protocol.partition("-")[0], "--port", str(port)),
        ]
        log = self._places.logs / f"{service}.log"
        return start(command, environment, log, self._places.root)

    def _wait(self, service: str, started: Started, port: int) -> None:
        log = self._places.logs / f"{service}.log"
        try:
            wait_until(lambda: _listens(port), started, f"the {service} service", log, _START_S)
        except Trouble:
            self.down()
            raise

    def _save(self, record: Record) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(json.dumps(asdict(record), indent=2), encoding="utf-8")


def _interpreter_for(engine: str) -> tuple[str, dict[str, str]]:
    """The Python that has an engine's packages, and its environment.

    Raises:
        Trouble: it is a large engine, and nobody has made their environment.
    """
    if engine not in catalogue.LARGE:
        return sys.executable, dict(os.environ)
    if not ENGINES.python.exists():
        raise Trouble(f"the engine {engine} needs an environment of its own", "make engines")
    return str(ENGINES.python), environment_of_engines()


def _require_free(port: int, service: str) -> None:
    if not is_free(port):
        holder = holder_of(port)
        by = f" by {holder}" if holder else ""
        raise Trouble(
            f"port {port}, needed for the {service} service, is in use{by}",
            f"stop it, or choose other ports: recado assistant up --port {port + 1000}",
        )


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True
