"""Dictation: audio in, text out, through the model provider."""

import base64
import binascii

from chatdock.errors import BadRequest
from chatdock.types.request import TranscribeParams
from chatdock.types.wire import Wire
from chatdock.web.chatkit.call import Call

MAX_AUDIO_BYTES = 25 * 1024 * 1024  # the providers' own limit
_TYPES = ("audio/webm", "audio/mp4", "audio/ogg", "audio/mpeg", "audio/wav", "audio/x-wav", "audio/m4a")


class Transcript(Wire):
    """What was said."""

    text: str


async def transcribe(call: Call, params: TranscribeParams) -> Transcript:
    """Raises: BadRequest where dictation is off, the audio is not audio, or too long."""
    hear = call.parts.transcribe
    if hear is None:
        raise BadRequest("Dictation is not configured on this server.", code="transcription_disabled")
    mime_type = params.mime_type.partition(";")[0].strip().lower()
    if mime_type not in _TYPES:
        raise BadRequest("This kind of audio is not supported.", param="params.mime_type")
    try:
        audio = base64.b64decode(params.audio_base64, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("audio_base64 is not base64.", param="params.audio_base64") from None
    if not audio or len(audio) > MAX_AUDIO_BYTES:
        raise BadRequest("The recording is empty or too long.", param="params.audio_base64")
    return Transcript(text=await hear(audio, mime_type))
