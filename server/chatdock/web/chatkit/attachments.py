"""The operations on attachments that answer in JSON; the bytes travel through `web/rest/files`."""

from chatdock.types.attachment import Attachment
from chatdock.types.request import CreateAttachmentParams, DeleteAttachmentParams
from chatdock.web.chatkit.call import Call
from chatdock.web.rest.files import create_attachment, delete_attachment


async def create(call: Call, params: CreateAttachmentParams) -> Attachment:
    """Phase one of a two-phase upload: a place for the bytes."""
    return await create_attachment(
        call.parts,
        call.actor,
        call.session,
        base_url=call.base_url,
        name=params.name,
        size=params.size,
        mime_type=params.mime_type,
    )


async def delete(call: Call, params: DeleteAttachmentParams) -> dict[str, object]:
    """Takes back a file that no message carries yet."""
    await delete_attachment(
        call.parts, call.actor, params.attachment_id, call.audit("file.delete", params.attachment_id)
    )
    return {}
