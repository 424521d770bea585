"""openai-chatkit on FastAPI and uvicorn, the way its guide has one write it: the peer every ratio is taken against.

`ChatKitServer` with an in-memory store, an agent of openai-agents run streamed, tracing off, no access log and no
authorisation, all of which is in its favour. Beside it, a session endpoint with FastAPI and PyJWT.

    OPENAI_BASE_URL=http://127.0.0.1:9000/v1 OPENAI_API_KEY=sk-x python -m bench.peers.chatkit_python --port 9001
"""

import argparse
import secrets
import time
from collections.abc import AsyncIterator
from typing import Annotated

import jwt
import uvicorn
from chatkit.agents import AgentContext, simple_to_agent_input, stream_agent_response
from chatkit.server import ChatKitServer, StreamingResult
from chatkit.types import ThreadMetadata, ThreadStreamEvent, UserMessageItem
from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel

from agents import Agent, Runner, set_tracing_disabled
from bench.peers.memory_store import Context, MemoryStore

SESSION_SECONDS = 600
SIGNING_KEY = secrets.token_hex(32)

set_tracing_disabled(True)
assistant = Agent[AgentContext[Context]](model="bench-1", name="Assistant", instructions="You are a helpful assistant.")


class AssistantServer(ChatKitServer[Context]):
    """Answers with the agent, the last twenty items as its history."""

    async def respond(
        self, thread: ThreadMetadata, input_user_message: UserMessageItem | None, context: Context
    ) -> AsyncIterator[ThreadStreamEvent]:
        items = await self.store.load_thread_items(thread.id, after=None, limit=20, order="desc", context=context)
        agent_input = await simple_to_agent_input(list(reversed(items.data)))
        agent_context = AgentContext(thread=thread, store=self.store, request_context=context)
        result = Runner.run_streamed(assistant, agent_input, context=agent_context)
        async for event in stream_agent_response(agent_context, result):
            yield event


class WorkflowIn(BaseModel):
    id: str
    version: str | None = None


class SessionIn(BaseModel):
    user: str
    workflow: WorkflowIn


class SessionOut(BaseModel):
    id: str
    object: str = "chatkit.session"
    client_secret: str
    expires_at: int
    status: str = "active"
    user: str
    workflow: WorkflowIn


app = FastAPI()
bearer = HTTPBearer()
server = AssistantServer(MemoryStore())


@app.post("/chatkit")
async def chatkit(request: Request) -> Response:
    result = await server.process(await request.body(), context={"user_id": "bench"})
    if isinstance(result, StreamingResult):
        return StreamingResponse(result, media_type="text/event-stream")
    return Response(content=result.json, media_type="application/json")


@app.post("/v1/chatkit/sessions")
async def create_session(
    body: SessionIn, credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]
) -> SessionOut:
    session_id = f"cksess_{secrets.token_hex(16)}"
    expires_at = int(time.time()) + SESSION_SECONDS
    claims = {"sub": body.user, "sid": session_id, "wf": body.workflow.id, "exp": expires_at}
    token = jwt.encode(claims, SIGNING_KEY, algorithm="HS256")
    return SessionOut(id=session_id, client_secret=token, expires_at=expires_at, user=body.user, workflow=body.workflow)


@app.get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, backlog=8192)


if __name__ == "__main__":
    main()
