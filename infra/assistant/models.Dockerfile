# A model service: the engines that work offline; with ENGINES=cpu the large ones too; with ENGINES=gpu those
# with NVIDIA's libraries, whose versions no lock pins. Built and run from the repository's root:
#   docker build -f infra/assistant/models.Dockerfile -t recado-models .
#   docker run -p 7101:7101 recado-models --service stt --protocol grpc --port 7101
FROM python:3.13-slim

ARG ENGINES=offline
RUN apt-get update && apt-get install -y --no-install-recommends espeak-ng \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home recado

WORKDIR /srv/recado
COPY layers/runtime/requirements.txt requirements/runtime.txt
COPY layers/assistant/requirements.txt requirements/assistant.txt
COPY infra/requirements/ requirements/
# pip takes no hashes from constraints: the engines' own packages are pinned by version only.
RUN pip install --no-cache-dir --no-deps --require-hashes \
        -r requirements/runtime.txt -r requirements/assistant.txt -r requirements/lambda.txt \
    && sed '/--hash/d; s/ \\$//' requirements/develop.txt > requirements/versions.txt \
    && pip install --no-cache-dir -c requirements/versions.txt numpy pocketsphinx soxr typer \
    && case "$ENGINES" in \
         cpu) pip install --no-cache-dir --no-deps --require-hashes -r requirements/engines.txt ;; \
         gpu) pip install --no-cache-dir -r requirements/engines.in ;; \
       esac

COPY layers/common/python/recado/ recado/
COPY functions/assistant/ assistant/
COPY infra/model_services/ model_services/
ENV PYTHONPATH=/srv/recado PYTHONUNBUFFERED=1
USER recado
ENTRYPOINT ["python", "-m", "model_services", "--host", "0.0.0.0"]
