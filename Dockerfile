# Three stages: the widget by Node, the wheel by Python, and a small image that holds neither sources nor compilers.
# Every RUN uses paths relative to its WORKDIR, so that scripts/docker-steps can replay the steps without Docker.

FROM node:20-slim AS widget
WORKDIR /src/widget
COPY widget/package.json widget/package-lock.json widget/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY widget ./
RUN npm run build

FROM python:3.13-slim AS wheel
WORKDIR /src
COPY requirements-build.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements-build.lock
COPY pyproject.toml hatch_build.py README.md CHANGELOG.md LICENSE ./
COPY server server
COPY --from=widget /src/server/chatdock/web/static server/chatdock/web/static
RUN pip wheel --no-deps --no-build-isolation --wheel-dir dist .

FROM python:3.13-slim
WORKDIR /app
COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY --from=wheel /src/dist dist
RUN pip install --no-cache-dir --no-deps dist/*.whl && rm -r dist
WORKDIR /
RUN install --directory --mode 0770 --owner 10001 --group 10001 data
ENV HOST=0.0.0.0 PORT=8000 CHATDOCK_DATA_DIR=/data PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/healthz', timeout=3)"]
CMD ["sh", "-c", "chatdock migrate && exec chatdock serve"]
