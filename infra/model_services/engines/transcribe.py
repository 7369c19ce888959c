"""Speech to text with Amazon Transcribe, by jobs over a bucket.

A job takes some ten seconds at least, which is much for a conversation: it is for recordings.
TRANSCRIBE_BUCKET is the bucket that sound and transcript pass through; both are deleted at once.
Needs transcribe:StartTranscriptionJob, GetTranscriptionJob and DeleteTranscriptionJob, and on the
bucket s3:PutObject, GetObject and DeleteObject.
"""

import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from assistant.domain.ports import BadInput, TooLate, Transcript, Unreachable
from model_services import aws
from model_services.audio import read_wav
from model_services.options import Options
from model_services.workers import Stopped, Workers
from recado import ids

_PREFIX = "recado-assistant/"
_LOOK_S = 1.0
_LANGUAGES = {"en": "en-US", "pt": "pt-BR", "es": "es-US"}


class Transcribe:
    """Jobs, each with a name of its own."""

    def __init__(
        self,
        transcribe: Any,
        s3: Any,
        bucket: str,
        threads: int,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._transcribe = transcribe
        self._s3 = s3
        self._bucket = bucket
        self._workers = Workers(threads)
        self._pause = pause

    async def transcribe(self, audio: bytes, language: str, timeout: float) -> Transcript:
        """The words of a WAV file.

        Raises:
            BadInput: Transcribe cannot make anything of it.
        """
        sound = read_wav(audio).wav()
        return await self._workers.run(lambda stopped: self._heard(sound, language, stopped))

    def _heard(self, sound: bytes, language: str, stopped: Stopped) -> Transcript:
        name = ids.new("stt", datetime.now(UTC))
        with aws.faults_of("Transcribe"):
            self._s3.put_object(Bucket=self._bucket, Key=_key(name, "wav"), Body=sound)
            try:
                self._begin(name, language)
                self._wait(name, stopped)
                return self._transcript(name, language)
            finally:
                self._forget(name)

    def _begin(self, name: str, language: str) -> None:
        self._transcribe.start_transcription_job(
            TranscriptionJobName=name,
            LanguageCode=_LANGUAGES.get(language.lower(), language),
            MediaFormat="wav",
            Media={"MediaFileUri": f"s3://{self._bucket}/{_key(name, 'wav')}"},
            OutputBucketName=self._bucket,
            OutputKey=_key(name, "json"),
        )

    def _wait(self, name: str, stopped: Stopped) -> None:
        while not stopped():
            job = self._transcribe.get_transcription_job(TranscriptionJobName=name)
            match job["TranscriptionJob"]["TranscriptionJobStatus"]:
                case "COMPLETED":
                    return
                case "FAILED":
                    raise BadInput("Transcribe made nothing of the audio: see the job's reason")
            self._pause(_LOOK_S)
        raise TooLate("nobody waits for the transcript any more")

    def _transcript(self, name: str, language: str) -> Transcript:
        answer = self._s3.get_object(Bucket=self._bucket, Key=_key(name, "json"))
        try:
            results = json.loads(answer["Body"].read())["results"]
            text = str(results["transcripts"][0]["transcript"])
            heard = [item["alternatives"][0] for item in results.get("items", ())]
            sure = [float(one["confidence"]) for one in heard if float(one["confidence"]) > 0]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise Unreachable("Transcribe's answer has another form than it says") from error
        confidence = sum(sure) / len(sure) if sure else None
        return Transcript(text=text, language=language, confidence=confidence)

    def _forget(self, name: str) -> None:
        """Nothing of what was said stays; what was never made cannot be deleted."""
        for ending in ("wav", "json"):
            with suppress(ClientError):
                self._s3.delete_object(Bucket=self._bucket, Key=_key(name, ending))
        with suppress(ClientError):
            self._transcribe.delete_transcription_job(TranscriptionJobName=name)


def _key(name: str, ending: str) -> str:
    return f"{_PREFIX}{name}.{ending}"


def engine(options: Options) -> Transcribe:
    """One over the bucket of TRANSCRIBE_BUCKET."""
    bucket = options.text("TRANSCRIBE_BUCKET")
    return Transcribe(aws.client("transcribe"), aws.client("s3"), bucket, options.pool)
