# Maestro as a server, for speech that is streamed. Built and run from the repository's root:
#   docker build -f infra/assistant/server.Dockerfile -t recado-assistant .
#   docker run -p 7100:7100 --env-file settings.env recado-assistant
FROM python:3.13-slim

RUN useradd --system --create-home recado
WORKDIR /srv/recado
COPY infra/requirements/ requirements/
RUN pip install --no-cache-dir -c requirements/develop.txt \
        aiohttp aws-lambda-powertools babel boto3 grpcio jinja2 protobuf pydantic python-ulid \
        thriftpy2 tzdata urllib3

COPY layers/common/python/recado/ recado/
COPY functions/assistant/ assistant/
ENV PYTHONPATH=/srv/recado PYTHONUNBUFFERED=1 POWERTOOLS_SERVICE_NAME=assistant
USER recado
ENTRYPOINT ["python", "-m", "assistant.server", "--host", "0.0.0.0"]
