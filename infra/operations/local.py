"""A world on this machine: an AWS emulator, the SES simulator, a mailbox, and the stack in them.

Which emulator is all that tells the embedded world from LocalStack's. `world.json` in the world's
state folder says what was started, on which ports, and what was deployed.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import boto3
import psutil
from botocore.config import Config

from operations import mailbox, simulator, stack
from operations.artifacts import Artifacts
from operations.emulator import Emulator
from operations.errors import Trouble
from operations.places import Places
from operations.ports import HOST, Ports, require_free
from operations.processes import Started, start, stop, wait_until
from operations.simulator import Pace

TIME_ZONE = "America/Sao_Paulo"
"""Decides what "today" is, for the deployed functions and for the sample."""

SENDER_DOMAIN = "operadora.example"
"""The verified identity that the simulator lets mail come from."""

FAKE_KEY = "test"
"""Both halves of the credentials: the emulators take any, and read the account out of none."""

REGION = "us-east-1"

CLIENT_CONFIG = Config(proxies={}, retries={"mode": "standard"})

_SIMULATOR_S = 30.0


@dataclass(frozen=True)
class Record:
    """What `world.json` holds."""

    ports: Ports
    emulator: Started | None = None
    simulator: Started | None = None
    mailbox: Started | None = None
    mailbox_password: str = ""
    deployed: str = ""
    outputs: dict[str, str] = field(default_factory=dict)


class LocalWorld:
    """A world on the loopback interface; `operations.world` says which there are."""

    local = True

    def __init__(
        self, name: str, emulator: Emulator, places: Places, ports: Ports | None = None
    ) -> None:
        self.name = name
        self.emulator = emulator
        self.places = places
        self.artifacts = Artifacts(places, emulator.python)
        self._wanted_ports = ports
        self._file = places.state / "world.json"

    # What runs where

    @property
    def record(self) -> Record:
        """What was started and deployed; the usual ports when nothing was."""
        if not self._file.exists():
            return Record(self._wanted_ports or Ports.from_env())
        stored = json.loads(self._file.read_text(encoding="utf-8"))
        return Record(
            ports=Ports(**stored["ports"]),
            emulator=Started(**stored["emulator"]) if stored["emulator"] else None,
            simulator=Started(**stored["simulator"]) if stored["simulator"] else None,
            mailbox=Started(**stored["mailbox"]) if stored["mailbox"] else None,
            mailbox_password=stored["mailbox_password"],
            deployed=stored["deployed"],
            outputs=stored["outputs"],
        )

    @property
    def endpoint(self) -> str:
        """The emulator's address, for every AWS service but SES."""
        return f"http://{HOST}:{self.record.ports.emulator}"

    @property
    def ses_url(self) -> str:
        """The SES simulator's address: SESv2, the inbox and `/_sim`."""
        return f"http://{self.emulator.ses_host}:{self.record.ports.ses}"

    @property
    def inbox_url(self) -> str:
        """The page with every mail that was sent."""
        return f"{self.ses_url}/"

    @property
    def api_url(self) -> str:
        """The REST API; its id changes with a stack, so it is read from the outputs."""
        return f"{self.endpoint}/_aws/execute-api/{self.outputs()['ApiId']}/v"

    @property
    def is_up(self) -> bool:
        """Whether all three processes run."""
        record = self.record
        started = (record.emulator, record.simulator, record.mailbox)
        return all(one is not None and one.process() is not None for one in started)

    def outputs(self) -> dict[str, str]:
        """What the last deployment answered.

        Raises:
            Trouble: nothing runs, or nothing is deployed.
        """
        if not self.is_up:
            raise Trouble(
                f"the {self.name} world is not running", "recado up --deploy   (or: make demo)"
            )
        outputs = self.record.outputs
        if not outputs:
            raise Trouble(f"nothing is deployed in the {self.name} world", "recado deploy")
        return outputs

    def workers(self) -> list[tuple[str, psutil.Process]]:
        """The processes that run functions now, each with its function's logical id."""
        started = self.record.emulator
        root = started.process() if started else None
        found: list[tuple[str, psutil.Process]] = []
        for process in root.children(recursive=True) if root else ():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                name = process.environ().get("AWS_LAMBDA_FUNCTION_NAME", "")
                if name.startswith(f"{stack.NAME}-"):
                    found.append((name.split("-")[1], process))
        return found

    def client(self, service: str) -> Any:
        """A client with fake credentials, whatever the user's shell says."""
        session = boto3.Session(
            aws_access_key_id=FAKE_KEY, aws_secret_access_key=FAKE_KEY, region_name=REGION
        )
        endpoint = self.ses_url if service == "sesv2" else self.endpoint
        return session.client(service, endpoint_url=endpoint, config=CLIENT_CONFIG)  # type: ignore[call-overload]

    # Starting and stopping

    def up(self, pace: Pace | None = None) -> bool:
        """Start what does not run; False when everything already did.

        Raises:
            Trouble: a port is in use, or a process does not come up.
        """
        if self.is_up:
            return False
        self.down()
        ports = self._wanted_ports or Ports.from_env()
        require_free(ports.emulator, "RECADO_PORT", "the AWS emulator")
        require_free(ports.ses, "RECADO_SES_PORT", "the SES simulator")
        require_free(ports.imap, "RECADO_IMAP_PORT", "the mailbox")
        self.places.temporary.mkdir(parents=True, exist_ok=True)
        self.places.state.mkdir(parents=True, exist_ok=True)
        self._save(Record(ports))
        self._start_emulator()
        self._start_simulator(pace or Pace())
        self._start_mailbox()
        return True

    def down(self) -> bool:
        """Stop what `up` started, if it is still that, and forget it; False when nothing ran."""
        record = self.record
        started = (record.mailbox, record.simulator, record.emulator)
        stopped = [stop(one) for one in started if one is not None]
        for folder in (self.places.state, self.places.temporary):
            shutil.rmtree(folder, ignore_errors=True)
        return any(stopped)

    def _start_emulator(self) -> None:
        port = self.record.ports.emulator
        log = self.places.logs / "emulator.log"
        settings = self.emulator.environment(port, self.places.temporary)
        command = self.emulator.command(self.places)
        started = start(command, settings, log, self.places.temporary)
        self._save(replace(self.record, emulator=started))
        wait_until(
            lambda: self.emulator.answers(self.endpoint),
            started,
            self.emulator.name,
            log,
            self.emulator.start_s,
        )

    def _start_simulator(self, pace: Pace) -> None:
        log = self.places.logs / "ses_simulator.log"
        listening = (self.emulator.ses_host, self.record.ports.ses)
        command = simulator.command(listening, self.places.state / "ses", self.endpoint, pace)
        settings = simulator.environment(self.places.temporary)
        started = start(command, settings, log, self.places.temporary)
        self._save(replace(self.record, simulator=started))
        wait_until(
            lambda: simulator.answers(self.ses_url), started, "the SES simulator", log, _SIMULATOR_S
        )

    def _start_mailbox(self) -> None:
        port, log = self.record.ports.imap, self.places.logs / "mailbox.log"
        folder, password = self.places.state / "mailbox", mailbox.new_password()
        mailbox.prepare(folder, password)
        settings = simulator.environment(self.places.temporary)
        started = start(mailbox.command(HOST, port, folder), settings, log, self.places.temporary)
        self._save(replace(self.record, mailbox=started, mailbox_password=password))
        wait_until(lambda: mailbox.answers(HOST, port), started, "the mailbox", log, _SIMULATOR_S)

    # The mailbox

    def drop(self, *mails: bytes) -> None:
        """Put mails into the mailbox that signup reads.

        Raises:
            Trouble: the mailbox is not there.
        """
        record = self.record
        mailbox.drop(HOST, record.ports.imap, record.mailbox_password, list(mails))

    def mails_in(self, folder: str) -> list[bytes]:
        """The mails of a folder of that mailbox."""
        record = self.record
        return mailbox.folder(HOST, record.ports.imap, record.mailbox_password, folder)

    def _mailbox_secret(self) -> str:
        """The secret by which functions reach the mailbox: they share this loopback interface."""
        if self.emulator.ses_host != HOST:
            return "none"
        record = self.record
        text = mailbox.secret(HOST, record.ports.imap, record.mailbox_password)
        return mailbox.keep_secret(self.client("secretsmanager"), text)

    # Deploying

    @property
    def is_deployed(self) -> bool:
        """Whether what is deployed was built from the present sources."""
        return bool(self.record.outputs) and self.record.deployed == self.artifacts.digest()

    def build(self) -> bool:
        """Build and package the template, unless no source changed; False then."""
        if self.artifacts.is_current():
            return False
        self.artifacts.build(self.client("s3"), self.endpoint)
        return True

    def deploy(
        self,
        changed: Mapping[str, str] | None = None,
        events: Sequence[str] = simulator.EVENT_TYPES,
    ) -> None:
        """Put the built template into the world, and tell the SES simulator about it.

        `changed` are template parameters with other than their defaults, `events` what SES reports.
        """
        digest = self.artifacts.digest()
        template_url = self.artifacts.upload(self.client("s3"), self.endpoint)
        cloudformation = self.client("cloudformation")
        parameters = {
            "ApiEndpoint": self.endpoint,
            "ApprovalAbove": "none",  # one person tries things out here, at any hour
            "FromAddress": f"Operadora Exemplo <recado@{SENDER_DOMAIN}>",
            "LambdaRuntime": self.artifacts.runtime,
            "QuietHours": "none",
            "SesEndpoint": self.ses_url,
            "SignupAddress": f"{mailbox.USER}@{SENDER_DOMAIN}",
            "SignupMailbox": self._mailbox_secret(),
            "TimeZone": TIME_ZONE,
            "WebSockets": "on" if self.emulator.websockets else "off",
        } | dict(changed or {})
        stack.deploy(cloudformation, template_url, parameters)
        outputs = stack.outputs(cloudformation)
        self._save(replace(self.record, outputs=outputs, deployed=digest))
        simulator.introduce(self.client("sesv2"), outputs, SENDER_DOMAIN, events)

    def _save(self, record: Record) -> None:
        self._file.write_text(json.dumps(asdict(record), indent=2), encoding="utf-8")
