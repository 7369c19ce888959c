# Maestro as a server, for speech that is streamed. Built and run from the repository's root:
#   docker build -f infra/assistant/server.Dockerfile -t recado-assistant .
#   docker run -p 7100:7100 --env-file settings.env recado-assistant
FROM python:3.13-slim

RUN useradd --system --create-home recado
WORKDIR /srv/recado
COPY layers/runtime/requirements.txt requirements/runtime.txt
COPY layers/assistant/requirements.txt requirements/assistant.txt
COPY infra/requirements/lambda.txt requirements/lambda.txt
RUN pip install --no-cache-dir --no-deps --require-hashes \
        -r requirements/runtime.txt -r requirements/assistant.txt -r requirements/lambda.txt

COPY layers/common/python/recado/ recado/
COPY functions/assistant/ assistant/
ENV PYTHONPATH=/srv/recado PYTHONUNBUFFERED=1 POWERTOOLS_SERVICE_NAME=assistant
USER recado
ENTRYPOINT ["python", "-m", "assistant.server", "--host", "0.0.0.0"]
