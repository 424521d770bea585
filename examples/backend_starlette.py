"""Your backend's session endpoint, in Starlette: it knows who is signed in and asks Chatdock for a client secret.

CHATDOCK_URL=http://127.0.0.1:8000 CHATDOCK_API_KEY=... uvicorn --app-dir examples backend_starlette:app --port 9000
"""

import os

from openai import AsyncOpenAI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

chatdock = AsyncOpenAI(base_url=f"{os.environ['CHATDOCK_URL']}/v1", api_key=os.environ["CHATDOCK_API_KEY"])


def signed_in_user(request: Request) -> str | None:
    """Stands for your own login: whom the request belongs to, or nobody."""
    return request.cookies.get("user")


async def chat_session(request: Request) -> JSONResponse:
    """The widget's `getClientSecret` calls this."""
    user = signed_in_user(request)
    if user is None:
        return JSONResponse({"error": "sign in first"}, status_code=401)
    session = await chatdock.beta.chatkit.sessions.create(
        user=user, workflow={"id": os.environ.get("CHATDOCK_WORKFLOW", "wf_demo")}
    )
    return JSONResponse({"client_secret": session.client_secret}, headers={"cache-control": "no-store"})


app = Starlette(routes=[Route("/chat-session", chat_session, methods=["POST"])])
